"""HTTP: one request at a time, each on a connection of its own, so that nothing is sent twice behind our back."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

import orjson

from ...specs.model import SecurityScheme
from .evidence import Answer
from .record import Key
from .troubles import CannotJudge

if TYPE_CHECKING:
    import aiohttp

LARGEST: Final = 64 * 2**20  # bytes of an answer that are read
_REDIRECTS: Final = 5


class Caller:
    """Sends requests to a server and remembers how many; an async context manager.

    `seconds` is how long a request may take, unless it says otherwise.
    """

    def __init__(self, base_url: str, api_key: str, wrong_key: str, seconds: float) -> None:
        self.base_url = base_url.rstrip("/")
        self._keys: Mapping[Key, str | None] = {"given": api_key, "wrong": wrong_key, "none": None}
        self._seconds = seconds
        self.count = 0
        self._reached = False

    async def __aenter__(self) -> Self:
        import aiohttp

        self._started = self._now()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def ask(
        self,
        method: str,
        path: str,
        scheme: SecurityScheme | None,
        key: Key,
        body: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Send one request to the API. Raises CannotJudge where no connection can be made and there never was one."""
        headers = {"Accept": "application/json"}
        secret = self._keys[key]
        url = self.base_url + path
        if secret is not None and scheme is not None:
            if scheme.kind == "query":
                url += f"{'&' if '?' in url else '?'}{urlencode({scheme.parameter: secret})}"
            else:
                headers[scheme.parameter] = f"Bearer {secret}" if scheme.kind == "bearer" else secret
        content = b"" if body is None else orjson.dumps(body)
        if content:
            headers["Content-Type"] = "application/json"
        answer = Answer(self.count, method, url, headers, content, self.at)
        await self._send(answer, seconds, redirects=False)
        if not answer.sent and not self._reached:
            raise CannotJudge(f"{answer.lost[0].upper()}{answer.lost[1:]}; look at the address {self.base_url}.")
        self._reached = True
        return answer

    async def fetch(self, url: str) -> Answer:
        """Fetch a result as anybody could, without a key."""
        answer = Answer(self.count, "GET", url, {}, b"", self.at)
        if url.lower().startswith(("http://", "https://")):
            await self._send(answer, None, redirects=True)
        else:
            answer.lost = "it is no http(s) URL"
        return answer

    @property
    def at(self) -> float:
        """Seconds since the beginning."""
        return self._now() - self._started

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _send(self, answer: Answer, seconds: float | None, *, redirects: bool) -> None:
        import aiohttp

        self.count += 1
        limit = seconds or self._seconds
        try:
            async with asyncio.timeout(limit), self._session.request(
                answer.method, answer.url, data=answer.request_body or None, headers=answer.request_headers,
                allow_redirects=redirects, max_redirects=_REDIRECTS, timeout=aiohttp.ClientTimeout(total=None),
            ) as response:  # fmt: skip
                answer.status, answer.headers = response.status, dict(response.headers)
                answer.body = await _read(response)
        except TimeoutError:
            answer.status, answer.lost = 0, f"no answer within {limit:g} s"
        except aiohttp.ClientConnectorError as error:
            answer.sent, answer.lost = False, _unreachable(error)
        except aiohttp.InvalidURL:
            answer.lost = "it is no valid URL"
        except aiohttp.TooManyRedirects:
            answer.lost = "it is redirected without end"
        except aiohttp.ClientResponseError as error:
            answer.lost = f"the answer is not HTTP: {' '.join(error.message.split())[:80]}"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            answer.lost = f"the connection broke ({' '.join(str(error).split())[:80] or type(error).__name__})"
        if answer.lost:
            answer.status = 0
        answer.until = self.at


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise ValueError(f"the answer is larger than {LARGEST >> 20} MiB")
    return b"".join(chunks)


def _unreachable(error: aiohttp.ClientConnectorError) -> str:
    import aiohttp

    where = f"{error.host}, port {error.port}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"there is no host {error.host}"
    cause: Any = error.os_error
    if isinstance(error, aiohttp.ClientSSLError) or isinstance(cause, ssl.SSLError):
        reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "TLS failed"
        return f"no secure connection can be made to {where} ({str(reason).replace('_', ' ').lower()})"
    reason = (os.strerror(cause.errno) if cause.errno and cause.errno > 0 else str(cause)).lower()
    return f"nothing answers at {where} ({reason})"
