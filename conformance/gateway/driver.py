"""Requests to a gateway over HTTP, each of them noted with what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp
import orjson
from yarl import URL

from ..engine.outcome import Heard

if TYPE_CHECKING:
    from ..engine.stage import Stage

Around = Callable[[], AbstractContextManager[object]]

HUNG_UP: Final = "the caller hung up"
_LARGEST: Final = 64 * 2**20  # bytes of an answer


class Driver:
    """Asks one gateway during one scenario. `heard` has every request in order of its beginning.

    `around` makes what is entered while the gateway is to answer.
    """

    def __init__(self, base_url: str, stage: Stage, around: Around = nullcontext) -> None:
        self.base_url = base_url.rstrip("/")
        self._around = around
        self._origin = URL(base_url).origin()
        self._stage = stage
        self._noted: list[Heard | None] = []
        # A connection for each request, so that no request is answered by what another one has left behind.
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    @property
    def heard(self) -> tuple[Heard, ...]:
        """What was asked and answered so far."""
        return tuple(each for each in self._noted if each is not None)

    async def ask(
        self, call: int, role: str, method: str, path: str, *,
        headers: Mapping[str, str] | None = None, body: Any = None, key: str = "none",
    ) -> Heard:  # fmt: skip
        """One request. `path` may be a whole URL; `body` is sent as JSON, bytes as they are. What fails is noted."""
        url = path if urlsplit(path).scheme else f"{self.base_url}{path}"
        sent = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        labels = {"Content-Type": "application/json"} if sent else {}
        begun = self._stage.now
        place = len(self._noted)
        self._noted.append(None)
        answer: dict[str, Any] = {"problem": HUNG_UP}
        try:
            answer = await self._exchange(method, url, {**labels, **(headers or {})}, sent)
        finally:
            heard = Heard(call, role, method, url, begun, self._stage.now, key, sent, **answer)
            self._noted[place] = heard
        return heard

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], sent: bytes) -> dict[str, Any]:
        try:
            target = URL(url, encoded=True)  # as it is: signatures cover every byte
            around = self._around if target.origin() == self._origin else nullcontext
            with around():
                return await self._answer(method, target, headers, sent)
        except aiohttp.ClientResponseError as error:
            return {"problem": f"the answer is no HTTP ({' '.join(error.message.split())})"}
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return {"problem": _told(error)}

    async def _answer(self, method: str, target: URL, headers: Mapping[str, str], sent: bytes) -> dict[str, Any]:
        async with self._http.request(method, target, headers=headers, data=sent or None) as answer:
            status, labels = answer.status, dict(answer.headers)
            try:
                body = await answer.content.read(_LARGEST) if method == "HEAD" else await answer.read()
            except (aiohttp.ClientError, OSError) as error:
                return {"status": status, "headers": labels, "problem": f"the answer broke off: {_told(error)}"}
            return {"status": status, "headers": labels, "body": body}


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__
