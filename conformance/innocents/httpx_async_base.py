"""What the three providers of the innocent on asynchronous httpx have in common."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final
from urllib.parse import quote

import httpx

from ..client import GenerateRequest

TRUST: Final = ssl.create_default_context()
QUIET: Final = 30.0  # seconds without a byte, after which a poll is given up


class Why(Enum):
    """The categories, as somebody would write them who likes enumerations."""

    AUTH = "auth"
    CREDITS = "credits"
    RATE_LIMITED = "rate_limited"
    INVALID = "invalid"
    UNSUPPORTED = "unsupported"
    BLOCKED = "blocked"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    SERVER = "server"
    AMBIGUOUS = "ambiguous"
    PROTOCOL = "protocol"


class NoImages(Exception):
    """There are no images, and `category` says why."""

    def __init__(
        self,
        category: Why,
        text: str,
        *,
        task_id: str | None = None,
        code: Any = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.category = category
        self.task_id = task_id
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after


@dataclass
class Picture:
    """An image of a result."""

    url: str | None = None
    data: bytes | None = None
    mime: str | None = None


@dataclass
class Pictures:
    """A result of its own kind, with the names that count."""

    images: list[Picture]
    task_id: str | None = None
    expires_at: datetime | None = None
    usage: dict[str, int] = field(default_factory=dict)
    conversation: Any = None


@dataclass
class Trail:
    """What one call has left with the provider: submits without an answer, and jobs."""

    in_flight: int = 0
    ids: list[str] = field(default_factory=list)


@dataclass
class Heard:
    """An answer; `body` is None where it is no JSON object."""

    status: int
    headers: httpx.Headers
    body: dict[str, Any] | None

    @property
    def wait(self) -> float | None:
        """Seconds for which to wait, told as a number or as a date."""
        told = self.headers.get("retry-after")
        if told is None:
            return None
        if told.isdigit():
            return float(told)
        then, now = (httpx_date(text) for text in (told, self.headers.get("date", "")))
        return (then - now).total_seconds() if then and now else None


class Unheard(Exception):
    """No answer; `asked` where the request may have arrived."""

    def __init__(self, what: str, asked: bool) -> None:
        super().__init__(what)
        self.asked = asked


def httpx_date(text: str) -> datetime | None:
    """A date of HTTP in its usual form."""
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %Z")
    except ValueError:
        return None


def dig(value: Any, *keys: str) -> Any:
    """A value deep inside objects; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def rows(value: Any) -> list[Any]:
    """A list, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def texts(*values: Any) -> str:
    """The first that is a text, and a shrug if none is."""
    return next((value for value in values if isinstance(value, str) and value), "no reason given")


class Innocent:
    """What the three have in common."""

    offers: Mapping[str, Sequence[Any]] = {}
    longest_prompt = 1_000_000
    patience: float | None = 45.0  # seconds without a byte of the answer to a submit

    def __init__(self, base_url: str, api_key: str, deadline: float) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._deadline = deadline

    async def generate(self, request: GenerateRequest) -> Pictures:
        """Raises NoImages."""
        self._consider(request)
        trail = Trail()
        try:
            return await asyncio.wait_for(self._make(request, trail), self._deadline)
        except TimeoutError:
            why = Why.AMBIGUOUS if trail.in_flight else Why.TIMEOUT
            raise NoImages(why, f"not done in {self._deadline:g} s", task_id=",".join(trail.ids) or None) from None

    async def _make(self, request: GenerateRequest, trail: Trail) -> Pictures:
        raise NotImplementedError

    def _consider(self, request: GenerateRequest) -> None:
        for name in ("ratio", "resolution", "count", "output_format", "temperature", "top_p", "channel"):
            wanted = getattr(request, name)
            if wanted is not None and wanted not in self.offers.get(name, ()):
                raise NoImages(Why.UNSUPPORTED, f"{name} cannot be {wanted}")
        if not 1 <= len(request.prompt) <= self.longest_prompt:
            raise NoImages(Why.INVALID, "the prompt is empty or too long")
        kinds = self.offers.get("images", ())
        if len(request.images) > 14 or any(type(image) not in kinds for image in request.images):
            raise NoImages(Why.UNSUPPORTED, "references cannot be given so")
        if request.previous is not None and "previous" not in self.offers:
            raise NoImages(Why.UNSUPPORTED, "there are no conversations")

    async def _send(self, method: str, path: str, body: Any = None, patience: float | None = QUIET) -> Heard:
        headers = {"authorization": f"Bearer {self._api_key}", "connection": "close", "accept-encoding": "identity"}
        if body is not None:
            headers["content-type"] = "application/json"
        content = None if body is None else json.dumps(body, separators=(" ,  ", " : ")).encode() + b"\r\n"
        answer = await self._fetch(method, f"{self._base_url}{path}", headers, content, patience)
        try:
            value = json.loads(answer.content)
        except (ValueError, RecursionError):
            value = None
        return Heard(answer.status_code, answer.headers, value if isinstance(value, dict) else None)

    async def _fetch(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> httpx.Response:
        limits = httpx.Timeout(patience, connect=12)
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=limits, verify=TRUST) as client:
                return await client.request(method, url, headers=headers, content=content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            what, asked = type(error).__name__, False
        except httpx.HTTPError as error:
            what, asked = type(error).__name__, True
        raise Unheard(what, asked)

    async def _submit(self, path: str, body: Any, trail: Trail) -> Heard:
        for pause in (20.0, 40.0, None):
            trail.in_flight += 1
            try:
                heard = await self._send("POST", path, body, self.patience)
            except Unheard as lost:
                why = Why.AMBIGUOUS if lost.asked else Why.SERVER
                raise NoImages(why, f"no answer to the submit: {lost}") from None
            trail.in_flight -= 1
            if heard.status < 300:
                return heard
            trouble = self._trouble(heard)
            if trouble.category is not Why.RATE_LIMITED or pause is None:
                raise trouble
            await asyncio.sleep(pause if heard.wait is None else heard.wait)
        raise AssertionError("the last time is the last")

    def _trouble(self, heard: Heard, id: str | None = None) -> NoImages:
        error = dig(heard.body, "error")
        word = error if isinstance(error, str) and " " not in error else None
        code = dig(error, "code") or dig(heard.body, "code") or word
        text = texts(dig(error, "message"), dig(heard.body, "message"), dig(heard.body, "detail"), error)
        whys = {401: Why.AUTH, 402: Why.CREDITS, 403: Why.AUTH, 429: Why.RATE_LIMITED}
        why = whys.get(heard.status) or (Why.INVALID if 400 <= heard.status < 500 else Why.SERVER)
        if "quota" in str(code):
            why = Why.CREDITS
        if why is Why.SERVER and heard.body is None and id is None:
            why = Why.AMBIGUOUS
        shown = text.replace(self._api_key, "(key)")
        return NoImages(why, f"{heard.status}: {shown}", task_id=id, code=code, retry_after=heard.wait)

    async def _all(self, makings: Sequence[Awaitable[Pictures]]) -> Pictures:
        """Several results as one; those that failed are missing, unless all did."""
        found = await asyncio.gather(*makings, return_exceptions=True)
        good = [each for each in found if isinstance(each, Pictures)]
        if not good:
            raise next(each for each in found if isinstance(each, BaseException))
        first = good[0]
        usage = {name: sum(each.usage.get(name, 0) for each in good) for name in first.usage}
        images = [image for each in good for image in each.images]
        return Pictures(images, first.task_id, first.expires_at, usage, first.conversation)


class Polling(Innocent):
    """Waits longer after each poll, up to twenty seconds."""

    first = 5.0  # seconds to the first poll
    over: Sequence[str] = ()

    def _place(self, id: str) -> str:
        raise NotImplementedError

    async def _follow(self, id: str) -> dict[str, Any]:
        wait, lost = self.first, 0
        while True:
            await asyncio.sleep(wait)
            wait = min(20.0, wait * 1.5)
            try:
                heard = await self._send("GET", self._place(quote(id, safe="")))
            except Unheard as unheard:
                trouble = NoImages(Why.SERVER, f"polls are lost: {unheard}", task_id=id)
            else:
                if heard.status == 200 and heard.body is not None:
                    lost = 0
                    if dig(heard.body, "status") in self.over:
                        return heard.body
                    continue
                trouble = self._trouble(heard, id)
                if 300 <= heard.status < 500 and heard.status != 429:
                    raise trouble
                wait = max(wait, heard.wait or 0.0)
            lost += 1
            if lost == 9:
                raise trouble
