"""Steps of the calls of the innocent on blocking httpx: what to send, how long to wait, what was got."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

from ..client import Category, ClientError, GenerateRequest, Image, Result, Url


@dataclass(frozen=True)
class Send:
    """A request to be sent; `patience` are seconds without a byte, None for until the deadline."""

    method: str
    path: str
    body: Any = None
    patience: float | None = 25.0


@dataclass(frozen=True)
class Wait:
    """Seconds to be waited for; `known` is the job by then."""

    seconds: float
    known: str | None = None


@dataclass(frozen=True)
class Got:
    """An answer, or none: then `status` is 0, and `sent` says whether there was a connection at all."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    sent: bool = True

    @property
    def data(self) -> dict[str, Any] | None:
        """The JSON object in the body, if there is one."""
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @property
    def pause(self) -> float | None:
        """Seconds that the provider asks for, by its own clock."""
        told = self.headers.get("retry-after", "")
        try:
            if told.strip().isdecimal():
                return float(told)
            return (parsedate_to_datetime(told) - parsedate_to_datetime(self.headers["date"])).total_seconds()
        except (KeyError, TypeError, ValueError):
            return None


T = TypeVar("T")
Steps = Generator[Send | Wait, Got | None, T]
Flow = Steps[Result]


def get(value: Any, *path: str | int) -> Any:
    for step in path:
        fits = isinstance(value, dict) if isinstance(step, str) else isinstance(value, list) and len(value) > step
        value = (value.get(step) if isinstance(step, str) else value[step]) if fits else None
    return value


def only(request: GenerateRequest, **offered: Sequence[Any]) -> None:
    """Refuse every wish that is not among what is offered."""
    for name in ("ratio", "resolution", "count", "output_format", "temperature", "top_p", "channel"):
        wanted = getattr(request, name)
        if wanted is not None and wanted not in offered.get(name, ()):
            raise ClientError(f"no {name} {wanted} here", category="unsupported")
    kinds = offered.get("images", ())
    inline = any(isinstance(image, Url) and not image.url.startswith("http") for image in request.images)
    if inline or len(request.images) > 14 or any(type(image) not in kinds for image in request.images):
        raise ClientError("no such references here", category="unsupported")
    if request.previous is not None and "previous" not in offered:
        raise ClientError("nothing to go on from here", category="unsupported")


def refused(got: Got, job: str | None = None) -> ClientError:
    data = got.data
    error = get(data, "error")
    code = get(error, "code") or get(error, "status")
    said = [error, get(error, "message"), get(error, "details"), get(data, "detail")]
    text = next((each for each in reversed(said) if isinstance(each, str) and each), "no reason given")
    first = str(code)[:1] if isinstance(code, int) and code >= 10_000 else ""
    by_code: dict[str, Category] = {"1": "auth", "2": "invalid", "3": "credits", "5": "rate_limited", "6": "server"}
    by_status: dict[int, Category] = {401: "auth", 402: "credits", 403: "auth", 429: "rate_limited"}
    category = by_code.get(first) or by_status.get(got.status) or ("invalid" if 400 <= got.status < 500 else "server")
    if isinstance(code, str) and "quota" in code:
        category = "credits"
    if category == "server" and data is None and job is None:
        category = "ambiguous"
    return ClientError(
        f"answered with {got.status}: {text}",
        category=category,
        code=code if isinstance(code, str | int) and code else None,
        request_id=get(error, "request_id"),
        task_id=job,
        retry_after=got.pause,
        status=got.status,
    )


def submit(send: Send) -> Steps[Got]:
    """The accepted answer; after a 429 it is tried twice more, later than it would have to be."""
    for further in (2, 1, 0):
        got = yield send
        assert got is not None
        if not got.status:
            text = "nobody knows whether that was taken" if got.sent else "nobody is there"
            raise ClientError(text, category="ambiguous" if got.sent else "server")
        if 200 <= got.status < 300:
            return got
        problem = refused(got)
        if problem.category != "rate_limited" or not further or (got.pause or 0) > 120:
            raise problem
        yield Wait(15.0 if got.pause is None else got.pause * 1.5 + 1)
    raise AssertionError("the last try returns or raises")


def follow(path: str, job: str, first: float, gaps: Iterator[float], over: Sequence[str]) -> Steps[dict[str, Any]]:
    """The record of a job that is over."""
    yield Wait(first, job)
    lost = 0
    while True:
        got = yield Send("GET", f"{path}/{quote(job, safe='')}")
        assert got is not None
        data = got.data
        if got.status == 200 and data is not None:
            lost = 0
            if data.get("status") in over:
                return data
            yield Wait(next(gaps), job)
            continue
        if 300 <= got.status < 500 and got.status != 429:
            raise refused(got, job)
        lost += 1
        if lost > 7:
            raise refused(got, job) if got.status else ClientError("lost", category="server", task_id=job)
        if got.pause is not None or lost > 1 or got.status == 429:
            yield Wait(max(5.0 * lost, (got.pause or 0.0) * 1.5 + 1), job)


def known_as(got: Got, name: str) -> str:
    id = get(got.data, name)
    if not isinstance(id, str) or not id:
        problem = refused(got) if get(got.data, "error", "code") else None
        raise problem or ClientError("taken, but nobody knows as what", category="ambiguous")
    return id


def delivered(urls: Any, job: str, conversation: Any = None) -> Result:
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        raise ClientError("done, but without images", category="failed", task_id=job)
    return Result(tuple(Image(url=url) for url in urls), job, conversation=conversation)
