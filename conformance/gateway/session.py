"""One scenario with a gateway: each call as the requests of its dialect, and their answers as an outcome."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ..client import Bytes, GenerateRequest
from ..engine.outcome import Delivered, Heard, Outcome
from ..scenarios.model import Manner
from ..subjects.protocol import quoted
from .dialect import IMAGES, Dialect, Flow
from .driver import Around, Driver
from .file import GatewayFile
from .template import filled, filled_text, placeholders

if TYPE_CHECKING:
    from ..engine.stage import Stage
    from ..subjects.base import Ask

WRONG_KEY: Final = "sk-nobodys-key-0000000000000000"
_CATEGORIES: Final = {
    401: "auth", 402: "credits", 403: "auth", 408: "timeout", 429: "rate_limited", 499: "cancelled", 504: "timeout",
}  # fmt: skip
_OPTIONS: Final = ("ratio", "resolution", "count", "output_format", "temperature", "top_p")
_LONGEST_TEXT: Final = 2_000


class GatewaySession:
    """Asks a gateway at a URL. `logged` gives what the gateway has written since, `end` ends what was opened for it.

    `around` makes what is entered while the gateway is to answer, `scenario` is put behind marks of repetition, where
    a gateway may remember those of other scenarios.
    """

    def __init__(
        self,
        file: GatewayFile,
        base_url: str,
        provider: str,
        stage: Stage,
        logged: Callable[[], str],
        end: Callable[[], Any],
        around: Around = nullcontext,
        scenario: str = "",
    ) -> None:
        self._file = file
        self._dialect: Dialect = file.dialect
        self._provider = provider
        self._stage = stage
        self._driver = Driver(f"{base_url}{file.prefix}", stage, around)
        self._listed: list[Any] = []
        self._scenario = scenario
        self._logged = logged
        self._end = end

    async def call(self, ask: Ask) -> Outcome:
        """Make a call; see Session."""
        if ask.op == "models":
            return await self._list_models(ask)
        if ask.op in ("status", "resume"):
            return await self._ask_after(ask, wait=ask.op == "resume")
        if ask.op == "send":
            return await self._send(ask)
        assert ask.request is not None
        return await self._generate(ask, ask.request)

    async def close(self) -> None:
        """Be done with it."""
        await self._driver.close()
        await self._end()

    def logged(self) -> str:
        """What the gateway has written."""
        return self._logged()

    def heard(self) -> tuple[Heard, ...]:
        """Every request and its answer."""
        return self._driver.heard

    async def _generate(self, ask: Ask, request: GenerateRequest) -> Outcome:
        wants = _asked(request)
        flow = self._dialect.flow(ask.manner.flow, wants)
        values = self._values(ask.manner, request)
        places = placeholders([flow.path, flow.body])
        lacking = [name for name in wants if name not in flow.takes]
        lacking += [name for name in ask.manner.put if name not in places]
        if lacking:
            return Outcome("unsupported", category="unsupported", message=f"it has no field for {', '.join(lacking)}")
        headers = {name: filled_text(text, values) for name, text in flow.headers.items()}
        mark = self._file.claims.idempotency
        if mark and ask.manner.idempotency is not None:
            headers[mark] = f"{ask.manner.idempotency}{self._scenario}"
        body = {**(filled(flow.body, values) or {}), **ask.manner.extra}
        path = filled_text(flow.path, {name: quote(str(value), safe="") for name, value in values.items()})
        raw = ask.manner.raw
        answer = await self._driver.ask(
            ask.number, "submit", raw.get("method", flow.method), raw.get("path", path),
            headers={**headers, **ask.manner.headers, **self._keys(ask.manner)},
            body=raw["body"].encode("latin-1") if "body" in raw else body, key=ask.manner.key,
        )  # fmt: skip
        if not answer.ok or flow.poll is None:
            return await self._ended(ask, flow, answer)
        id = _found(flow.id or "id", answer.json)
        if not isinstance(id, str | int):
            return _garbled(answer, "the answer to the submit has no id of the job")
        if ask.op == "submit":
            return Outcome("result", task_id=str(id), status=answer.status, told=_told(answer))
        return await self._wait(ask, flow, str(id))

    async def _ask_after(self, ask: Ask, *, wait: bool) -> Outcome:
        flow = self._dialect.flow("async")
        id = ask.manner.job or ask.task_id
        if flow.poll is None or id is None:
            return Outcome("unsupported", category="unsupported", message="there is no job to ask for")
        if wait:
            return await self._wait(ask, flow, id)
        answer = await self._poll(ask, flow, id)
        return await self._ended(ask, flow, answer, id, fetch=False)

    async def _wait(self, ask: Ask, flow: Flow, id: str) -> Outcome:
        assert flow.poll is not None
        every = ask.manner.poll_every or flow.poll.every
        while True:
            await self._stage.sleep(every)
            answer = await self._poll(ask, flow, id)
            status = _found(flow.poll.status, answer.json)
            if not answer.ok or status in (*flow.poll.done, *flow.poll.failed):
                return await self._ended(ask, flow, answer, id)

    async def _poll(self, ask: Ask, flow: Flow, id: str) -> Heard:
        assert flow.poll is not None
        path = flow.poll.path.replace("{id}", quote(id, safe=""))
        return await self._driver.ask(
            ask.number, "poll", flow.poll.method, path, headers=self._keys(ask.manner), key=ask.manner.key
        )

    async def _send(self, ask: Ask) -> Outcome:
        """One request as it is; its path may have the gateway's prefix or lack it."""
        raw, prefix = ask.manner.raw, self._file.prefix
        path = raw["path"].removeprefix(prefix) if raw["path"].startswith(f"{prefix}/") else raw["path"]
        answer = await self._driver.ask(
            ask.number, "send", raw["method"], path, headers={**ask.manner.headers, **self._keys(ask.manner)},
            body=raw["body"].encode("latin-1") if "body" in raw else None, key=ask.manner.key,
        )  # fmt: skip
        return Outcome("result", status=answer.status, told=_told(answer)) if answer.ok else self._error(answer)

    async def _list_models(self, ask: Ask) -> Outcome:
        where = self._dialect.models
        answer = await self._driver.ask(
            ask.number, "models", "GET", where["path"], headers=self._keys(ask.manner), key=ask.manner.key
        )
        if not answer.ok:
            return self._error(answer)
        listing = _found(where["ids"], answer.json)
        self._listed = listing if isinstance(listing, list) else []
        return Outcome("result", listing=listing, status=answer.status, told=_told(answer))

    async def _ended(
        self, ask: Ask, flow: Flow, answer: Heard, id: str | None = None, *, fetch: bool = True
    ) -> Outcome:
        """What a call came to with its last answer; the images it has URLs of are fetched without any key."""
        state = _found(flow.poll.status, answer.json) if flow.poll is not None else None
        if not answer.ok or (flow.poll is not None and state in flow.poll.failed):
            return self._error(answer, id)
        if answer.json is None:
            return _garbled(answer, "the answer is no JSON")
        rows = _found(flow.answer["images"], answer.json)
        try:
            images = tuple(_delivered(flow.answer, row) for row in rows or ())
        except (ValueError, TypeError) as error:
            return _garbled(answer, str(error))
        if fetch:
            images = tuple([await self._fetched(ask.number, image) for image in images])
        usage = _found(flow.answer["usage"], answer.json) if "usage" in flow.answer else None
        return Outcome(
            "result", images=images, task_id=id, usage=usage if isinstance(usage, Mapping) else {},
            status=answer.status, told=_told(answer),
        )  # fmt: skip

    async def _fetched(self, call: int, image: Delivered) -> Delivered:
        """An image with the bytes that lie at its URL, for whoever has no key."""
        if image.url is None or not image.url.startswith(("http://", "https://")):
            return image
        answer = await self._driver.ask(call, "fetch", "GET", image.url)
        return replace(image, data=answer.body) if answer.ok else image

    def _error(self, answer: Heard, id: str | None = None) -> Outcome:
        said = {name: _found(path, answer.json) for name, path in self._dialect.error.items()}
        status = answer.status
        category = _CATEGORIES.get(status, "failed" if status < 400 else "invalid" if status < 500 else "server")
        return Outcome(
            "error", category=category if status else None, status=status or None, task_id=id,
            code=said.get("code") if isinstance(said.get("code"), str | int) else None,
            message=str(said.get("message") or answer.problem or f"HTTP {status}")[:_LONGEST_TEXT],
            request_id=_text(said.get("request_id")), told=_told(answer),
            exception="" if status else "failure to answer",
        )  # fmt: skip

    def _keys(self, manner: Manner) -> dict[str, str]:
        known = self._file.claims.keys
        key = known.get(manner.key) or _made_up_key(manner.key, known)
        if key is None:
            return {}
        return {name: filled_text(text, {"key": key}) for name, text in self._dialect.auth.items()}

    def _values(self, manner: Manner, request: GenerateRequest) -> dict[str, Any]:
        model = self._model(manner)
        pictures = [_picture(image) for image in request.images]
        values = {
            "model": model,
            "prompt": request.prompt, "ratio": request.ratio, "resolution": request.resolution,
            "count": request.count, "output_format": request.output_format, "temperature": request.temperature,
            "top_p": request.top_p, "form": self._dialect.forms.get(manner.form or ""),
            "images": [each["image.uri"] for each in pictures] or None,
            "image": pictures[0]["image.uri"] if pictures else None, "pictures": pictures or None,
        }  # fmt: skip
        return values | {name: _put(value, str(model)) for name, value in manner.put.items()}

    def _model(self, manner: Manner) -> Any:
        """What to ask for: by place in the list, by name, or what leads to the provider."""
        models = self._file.models
        if manner.listed is not None:
            return self._listed[manner.listed % len(self._listed)] if self._listed else None
        if manner.model == "":
            return models.get("any")
        return manner.model if manner.model is not None else models.get(self._provider, models.get("any"))


def _asked(request: GenerateRequest) -> list[str]:
    """What is wished for beside a prompt, by the names of placeholders."""
    return [name for name in _OPTIONS if getattr(request, name) is not None] + [IMAGES] * bool(request.images)


def _made_up_key(whose: str, known: Mapping[str, str]) -> str | None:
    """A key that is nobody's; None for a call without any."""
    own = known.get("own", "")
    keys = {"wrong": WRONG_KEY, "empty": "", "shorter": own[:-1], "longer": f"{own}0", "recased": own.swapcase()}
    made = keys.get(whose)
    return WRONG_KEY if made in known.values() else made


def _put(value: Any, model: str) -> Any:
    return value.replace("{model}", model) if isinstance(value, str) else value


def _picture(image: Any) -> dict[str, str | None]:
    if not isinstance(image, Bytes):
        return {"image.uri": image.url, "image.url": image.url, "image.base64": None, "image.mime": None}
    data = b64encode(image.data).decode()
    uri = f"data:{image.mime};base64,{data}"
    return {"image.uri": uri, "image.url": None, "image.base64": data, "image.mime": image.mime}


def _delivered(paths: Mapping[str, str], row: Any) -> Delivered:
    """An image of an answer. ValueError for what is none."""
    url, data, mime = (_found(paths[name], row) if name in paths else None for name in ("url", "base64", "mime"))
    if isinstance(data, str):
        try:
            return Delivered(data=b64decode(data, validate=True), mime=_text(mime))
        except NotBase64:
            raise ValueError("an image of the answer is no base64") from None
    if not isinstance(url, str):
        raise ValueError("an image of the answer has neither a URL nor base64")
    return Delivered(url=url, mime=_text(mime))


def _garbled(answer: Heard, problem: str) -> Outcome:
    said = f"the gateway answered {answer.method} {answer.url}: {problem}: {quoted(answer.body[:400])}"
    return Outcome("error", garbled=said, status=answer.status, told=_told(answer), exception="no result")


def _told(answer: Heard) -> str:
    """All that a caller sees of an answer, but for what images consist of."""
    labels = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{labels}\n\n{answer.body.decode('utf-8', 'replace')}" if len(answer.body) < 200_000 else labels


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _found(path: str, document: Any) -> Any:
    return _compiled(path).search(document) if document is not None else None


@cache
def _compiled(path: str) -> Any:
    import jmespath

    return jmespath.compile(path)
