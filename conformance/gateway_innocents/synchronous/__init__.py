"""A WSGI application on the standard library, in front of three providers, with an API of its own.

It has one caller and no failover, and hands over bytes. What it is asked at a provider it asks once.
"""

from __future__ import annotations

import json
import logging
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import Any, Final
from uuid import uuid4

from ...client import GenerateRequest
from ...innocents import urllib_base as trouble
from ...innocents.urllib_client import Factory

PROVIDERS: Final = ("reapi", "tokaify", "onemin")
SIZES: Final = ("1K", "2K", "4K")
SHAPES: Final = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
WAIT: Final = 60.0  # seconds, for a provider that does not say how long it is busy
FIELDS: Final = frozenset({"provider", "text", "shape", "size", "number", "heat", "focus"})
WORDS: Final = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 422: "Unprocessable",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip

_log = logging.getLogger("innocent.synchronous")


class Refusal(Exception):
    """An answer that is no image."""

    def __init__(self, status: int, detail: str, wait: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.wait = wait


_ENDS: Final[tuple[tuple[type[Exception], int, str], ...]] = (
    (trouble.Unsupported, 422, "this provider cannot do that"),
    (trouble.Refused, 400, "the provider does not want that"),
    (trouble.TooMany, 503, "the provider is busy"),
    (trouble.NoCredits, 503, "our balance at the provider is used up"),
    (trouble.NoKey, 502, "the provider does not let us in"),
    (trouble.Unclear, 502, "nobody knows whether the provider took it"),
    (trouble.Blocked, 422, "moderation refused it"),
    (trouble.TooLate, 504, "it took too long"),
    (Exception, 502, "the provider failed"),
)


class Gateway:
    """What is called with an environment and start_response."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._key = environ["CALLERS_KEY"]
        factory = Factory()
        self._clients = {
            name: factory(
                provider=name, base_url=environ[f"{name}.url"], api_key=environ[f"{name}.key"], deadline=800.0
            )
            for name in PROVIDERS
        }

    def __call__(self, request: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        number = uuid4().hex
        headers = [("Content-Type", "application/json"), ("X-Trace-Id", number)]
        try:
            status, body = 200, self._answer(request)
        except Refusal as refusal:
            status, body = refusal.status, {"detail": str(refusal), "trace_id": number}
            if refusal.wait:
                headers.append(("Retry-After", str(ceil(refusal.wait))))
        except Exception:
            _log.exception("a request failed")
            status, body = 500, {"detail": "something is wrong here", "trace_id": number}
        start_response(f"{status} {WORDS[status]}", headers)
        return [json.dumps(body).encode()]

    def _answer(self, request: Mapping[str, Any]) -> Any:
        if request.get("HTTP_X_DOOR_KEY") != self._key:
            raise Refusal(403, "who are you?")
        if request["PATH_INFO"] != "/draw":
            raise Refusal(404, "one can draw here, and nothing else")
        if request["REQUEST_METHOD"] != "POST":
            raise Refusal(405, "a drawing is ordered with POST")
        provider, wish = understood(request["wsgi.input"].read())
        try:
            result = self._clients[provider].generate(wish)
            return {"drawings": [b64encode(image.data or fetched(image.url)).decode() for image in result.images]}
        except Exception as error:
            raise _refusal(error) from None


def _refusal(error: Exception) -> Refusal:
    """What a caller is told. Once there is a job, nothing but moderation is due to the caller."""
    status, detail = next((status, detail) for kind, status, detail in _ENDS if isinstance(error, kind))
    has_job = getattr(error, "task_id", None) is not None and not isinstance(error, trouble.Blocked)
    wait = (getattr(error, "retry_after", None) or WAIT) if isinstance(error, trouble.TooMany) else None
    return Refusal(502 if has_job and status < 500 else status, detail, wait)


def understood(content: bytes) -> tuple[str, GenerateRequest]:
    """The provider and the wish of a body."""
    body = trouble.parse(content)
    if body is None:
        raise Refusal(400, "that is no JSON object")
    if strange := sorted(body.keys() - FIELDS):
        raise Refusal(400, f"nothing is known of {strange[0]!a}")
    text, number = body.get("text"), body.get("number", 1)
    if body.get("provider") not in PROVIDERS:
        raise Refusal(400, f"provider has to be one of {', '.join(PROVIDERS)}")
    if not isinstance(text, str) or not text.strip() or any("\ud800" <= each <= "\udfff" for each in text):
        raise Refusal(400, "text has to say what is to be drawn")
    if type(number) is not int or not 1 <= number <= 4:
        raise Refusal(400, "number has to be from 1 to 4")
    for name, allowed in {"shape": SHAPES, "size": (*SIZES, *map(str.lower, SIZES))}.items():
        if body.get(name, allowed[0]) not in allowed:
            raise Refusal(400, f"{name} has to be one of {', '.join(allowed)}")
    for name, most in {"heat": 2, "focus": 1}.items():
        value = body.get(name, 0)
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise Refusal(400, f"{name} has to be from 0 to {most}")
    return body["provider"], GenerateRequest(
        text, ratio=body.get("shape"), resolution=body.get("size"), count=body.get("number"),
        temperature=body.get("heat"), top_p=body.get("focus"),
    )  # fmt: skip


def fetched(url: str) -> bytes:
    """What lies at a URL."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        content: bytes = answer.read()
    return content


make = Gateway
