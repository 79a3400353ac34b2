"""What the three providers of the innocent on requests have in common."""

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

import requests
import urllib3

from ..client import GenerateRequest, Image, Result

LONGEST = 900.0  # seconds for one call
SHAPES = (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError)
NO_FACTS: Mapping[str, Any] = MappingProxyType({})


class Trouble(Exception):
    """Anything that went wrong; `kind` is a category, `facts` what else is known."""

    def __init__(self, kind: str, text: str, **facts: Any) -> None:
        super().__init__(text)
        self.kind = kind
        self.facts = facts


class Lost(Exception):
    """No answer came; `heard` says whether the request may have been taken all the same."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.heard = "NewConnectionError" not in str(error) and not isinstance(error, requests.ConnectTimeout)


class Reply:
    """Status, headers and body of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status = status
        self.headers = headers
        self.content = content

    def parsed(self) -> Any:
        """The JSON in the body. Raises ValueError or RecursionError."""
        return json.loads(self.content)

    def pause(self) -> float | None:
        """Seconds that the provider asks for."""
        told = self.headers.get("Retry-After")
        if told is None:
            return None
        try:
            return float(told) if told.isdigit() else max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
        except ValueError:
            return None


class Client:
    """One provider; subclasses say where to send what, and how to read it."""

    secret = "aUTHORIZATION"
    patience = 60.0  # seconds without a byte

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url
        self._key = api_key
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": "Innocent/1.0 (+requests)", "X-TRACE-id": "none"})

    def generate(self, request: GenerateRequest) -> Result:
        """Submit, wait, fetch. Raises Trouble."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _call(self, method: str, path: str, ends: float, body: Mapping[str, Any] | None = None) -> Reply:
        headers = {self.secret: self._key if self.secret == "api-key" else f"Bearer {self._key}"}
        data = None
        if body is not None:
            headers["content-TYPE"] = "application/json; charset=utf-8"
            data = json.dumps(dict(sorted(body.items(), reverse=True)), indent=4).encode()
        return self._send(method, f"{self._base_url}{path}", ends, headers, data)

    def _send(
        self, method: str, url: str, ends: float, headers: Mapping[str, str] = NO_FACTS, data: bytes | None = None
    ) -> Reply:
        left = max(0.01, ends - time.monotonic())
        try:
            prepared = self._session.prepare_request(requests.Request(method, url, dict(headers), data=data))
            prepared.url = url  # as it was written
            limits = (10, min(left, self.patience))
            response = self._session.send(prepared, timeout=limits, stream=True, allow_redirects=False)
            with response:
                return Reply(response.status_code, response.headers, read(response, ends))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            lost = Lost(error)
        raise lost

    def _submit(self, path: str, body: Mapping[str, Any], ends: float) -> Any:
        try:
            reply = self._call("POST", path, ends, body)
        except Lost as lost:
            kind, what = ("ambiguous", "may have been") if lost.heard else ("server", "was not")
            raise Trouble(kind, f"the request {what} taken: {lost}") from None
        if reply.status >= 300:
            raise self._refusal(reply)
        try:
            return reply.parsed()
        except SHAPES:
            raise Trouble("ambiguous", "the request was taken, but the answer cannot be read") from None

    def _refusal(self, reply: Reply, **facts: Any) -> Trouble:
        try:
            facts.update(self._told(reply.parsed()))
        except SHAPES:
            if reply.status >= 500 or reply.status < 400:
                return Trouble("server" if facts else "ambiguous", f"a page with status {reply.status}", **facts)
        text = facts.pop("text", "") or "refused"
        kinds = {401: "auth", 402: "credits", 403: "auth", 429: "rate_limited"}
        kind = facts.pop("kind", None) or kinds.get(reply.status) or ("invalid" if reply.status < 500 else "server")
        return Trouble(kind, f"{reply.status}: {text}".replace(self._key, "…"), retry_after=reply.pause(), **facts)

    def _told(self, body: Any) -> dict[str, Any]:
        """Facts in the body of an error, `text` among them. Raises one of SHAPES where there are none."""
        raise NotImplementedError

    def _image(self, url: str, ends: float, **facts: Any) -> Image:
        try:
            self._look(url, ends)
            reply = self._send("GET", url, ends)
        except Lost as lost:
            raise Trouble("server", f"{url} could not be fetched: {lost}", **facts) from None
        mime = mime_of(reply.content)
        if reply.status != 200 or mime is None:
            raise Trouble("server", f"{url} is no image but an answer {reply.status}", **facts)
        return Image(data=reply.content, mime=mime)

    def _look(self, url: str, ends: float) -> None:
        """Ask how large an image is, although nothing depends on it."""
        self._send("HEAD", url, ends)


class Polled(Client):
    rhythm: tuple[float, float, float] = (12.0, 12.0, 12.0)  # seconds to the first poll, between polls, after 3 minutes

    def resume(self, task_id: str) -> Result:
        """The images of an earlier job. Raises Trouble."""
        return self._follow(task_id, time.monotonic() + LONGEST, 0.0)

    def _follow(self, id: str, ends: float, first: float) -> Result:
        started = time.monotonic()
        wait = first
        while time.monotonic() + wait < ends:
            time.sleep(wait)
            asked = time.monotonic()
            body = self._ask(id, ends)
            try:
                urls = self._urls(body, id)
            except SHAPES:
                raise Trouble("protocol", "the job is done, but the answer is not as documented", task_id=id) from None
            if urls is not None:
                return Result(tuple(self._image(url, ends, task_id=id) for url in urls), id)
            wait = self.rhythm[1 if asked - started < 180 else 2]
        raise Trouble("timeout", f"job {id} is not done after {LONGEST:g} s", task_id=id)

    def _ask(self, id: str, ends: float) -> Any:
        try:
            reply = self._call("GET", self._place(id), ends)
        except Lost as lost:
            raise Trouble("server", f"a poll was lost: {lost}", task_id=id) from None
        if reply.status >= 300:
            raise self._refusal(reply, task_id=id)
        try:
            return reply.parsed()
        except SHAPES:
            raise Trouble("protocol", "a poll was not answered with JSON", task_id=id) from None

    def _place(self, id: str) -> str:
        raise NotImplementedError

    def _urls(self, body: Any, id: str) -> list[str] | None:
        """Where the images are; None as long as there are none. Raises Trouble, or one of SHAPES."""
        raise NotImplementedError


def refuse(request: GenerateRequest, *fields: str) -> None:
    for field in fields:
        if getattr(request, field) not in (None, ()):
            raise Trouble("unsupported", f"this provider knows no {field}")


def id_of(body: Any, field: str) -> str:
    id = body.get(field) if isinstance(body, dict) else None
    if not isinstance(id, str):
        raise Trouble("ambiguous", "the request was taken, but the answer names no job")
    return id


def filled(urls: list[str], id: str) -> list[str]:
    if not urls:
        raise Trouble("failed", "the job is done, but there is no image", task_id=id)
    return urls


def read(response: requests.Response, ends: float) -> bytes:
    """The whole body, however slowly it comes, but not beyond the end of the call."""
    parts = []
    while part := response.raw.read1(65536, decode_content=True):
        parts.append(part)
        if time.monotonic() > ends:
            raise TimeoutError("the answer goes on for ever")
    return b"".join(parts)


def mime_of(content: bytes) -> str | None:
    known = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
    return next((mime for start, mime in known.items() if content.startswith(start)), None)
