"""What the three providers of the innocent on urllib have in common: exceptions, a line, and refusals."""

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError


class Unsupported(NotImplementedError):
    """Nothing was sent."""


class Refused(ValueError):
    """The provider does not want that."""


class NoKey(PermissionError):
    """The key is not good."""


class NoCredits(PermissionError):
    """The account is empty."""


class TooMany(BlockingIOError):
    """Not now."""


class Broken(ConnectionError):
    """The provider, or what lies before it, failed."""


class Unclear(ConnectionError):
    """Maybe it was taken, maybe not."""


class Blocked(RuntimeError):
    """Moderation."""


class Failed(RuntimeError):
    """The job failed."""


class TooLate(TimeoutError):
    """The job may still be done one day."""


class Nonsense(ValueError):
    """The answer makes no sense."""


class Lost(Exception):
    """No answer; `sent` where somebody may have heard the question."""

    def __init__(self, text: str, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent


class _Untouched(urllib.request.HTTPErrorProcessor):
    """Every answer is an answer: no exception for an error, and nobody goes where a redirect points."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        """As it came."""
        return response

    https_response = http_response


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Untouched)


class Line:
    """A way to one provider, until the end of one call."""

    def __init__(self, base_url: str, headers: Mapping[str, str], deadline: float) -> None:
        self._base_url = base_url
        self._headers = headers
        self._deadline = deadline
        self._ends = time.monotonic() + deadline

    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.001, self._ends - time.monotonic())

    def wait(self, seconds: float, job: str) -> None:
        """Sleep, but not beyond the deadline. Raises TooLate."""
        time.sleep(min(seconds, self.left()))
        if time.monotonic() >= self._ends:
            raise tell(TooLate(f"job {job} is not done in {self._deadline:g} s"), task_id=job)

    def ask(self, method: str, path: str, body: Any = None, quiet: float | None = None) -> SimpleNamespace:
        """Status, headers and content of an answer. Raises Lost. After `quiet` seconds of silence nothing will come."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {**self._headers, **({"Content-Type": "application/json"} if content else {})}
        return self._open(urllib.request.Request(f"{self._base_url}{path}", content, headers, method=method), quiet)

    def fetch(self, url: str) -> SimpleNamespace:
        """The same for an address of others, to whom the key is nothing. Raises Lost."""
        return self._open(urllib.request.Request(url), 30.0)

    def _open(self, request: urllib.request.Request, quiet: float | None) -> SimpleNamespace:
        left = self.left()
        try:
            with _OPENER.open(request, timeout=left if quiet is None else min(quiet, left)) as response:
                content = b"".join(self._pieces(response))
        except (OSError, HTTPException) as error:
            refused = isinstance(getattr(error, "reason", None), ConnectionRefusedError)
            lost = Lost(f"{type(error).__name__}", not (isinstance(error, URLError) and refused))
        else:
            return SimpleNamespace(status=response.status, headers=response.headers, content=content)
        raise lost

    def _pieces(self, response: HTTPResponse) -> Iterator[bytes]:
        due = response.length
        response.fp.raw._sock.settimeout(min(20.0, self.left()))  # type: ignore[attr-defined]
        while piece := response.read1(65_536):
            due = None if due is None else due - len(piece)
            yield piece
            if time.monotonic() >= self._ends:
                raise TimeoutError("too slow")
        if due:
            raise ConnectionError("cut short")


def tell(error: Exception, **facts: Any) -> Exception:
    """An exception with facts about it."""
    vars(error).update(facts)
    return error


def parse(content: bytes) -> Any:
    """The JSON object in a body, if there is one."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def array(value: Any) -> list[Any]:
    """A list; an empty one in the place of anything else."""
    return value if isinstance(value, list) else []


def look(value: Any, *keys: Any) -> Any:
    """What is at the end of a way through objects and arrays, if it is there."""
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def pause_of(answer: SimpleNamespace) -> float | None:
    """Seconds that the provider wants to be left alone for."""
    told = answer.headers.get("Retry-After")
    if told and not told.isdigit():
        try:
            return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
        except ValueError:
            return None
    return float(told) if told else None


def refusal(answer: SimpleNamespace, job: str | None = None) -> Exception:
    """The exception for an answer that is none."""
    body = parse(answer.content)
    code = look(body, "error", "code") or look(body, "error", "status")
    text = look(body, "error", "message") or look(body, "message") or "no reason given"
    request_id = look(body, "error", "request_id")
    digit = code // 10_000 if isinstance(code, int) else 0
    kinds: dict[int, type[Exception]] = {1: NoKey, 2: Refused, 3: NoCredits, 5: TooMany, 6: Broken}
    usual: dict[int, type[Exception]] = {401: NoKey, 402: NoCredits, 403: NoKey, 429: TooMany}
    kind = kinds.get(digit) or usual.get(answer.status) or (Refused if 400 <= answer.status < 500 else Broken)
    if isinstance(code, str) and "quota" in code:
        kind = NoCredits
    if kind is Broken and body is None and job is None:
        kind = Unclear
    facts = {"code": code if isinstance(code, str | int) else None, "request_id": request_id, "task_id": job}
    return tell(kind(f"{answer.status}: {text}"), retry_after=pause_of(answer), **facts)


def submit(line: Line, path: str, body: Any, quiet: float | None = None) -> Any:
    """The body of the answer that a submit was accepted with."""
    try:
        answer = line.ask("POST", path, body, quiet)
    except Lost as lost:
        raise (Unclear if lost.sent else Broken)(f"the submit got no answer: {lost}") from None
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    body = parse(answer.content)
    if body is None:
        raise Unclear("the submit was taken and may be paid, but its answer cannot be read")
    return body
