"""What callers ask for: the body of a request, read and checked as far as that needs no provider."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from ..client import GenerateRequest
from .errors import GatewayError
from .fields import READERS

# Fields of OpenAI's that libraries send along, with the only values that ask for nothing.
HARMLESS: Final[Mapping[str, tuple[Any, ...]]] = {
    "quality": ("auto",), "size": ("auto",), "background": ("auto",), "moderation": ("auto",), "stream": (False,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """One request for images: `n` of them, handed over as `response_format` says."""

    model: str
    request: GenerateRequest
    n: int
    response_format: str
    fingerprint: str


def read_wish(content: bytes) -> Wish:
    """The wish in a body. Raises GatewayError."""
    body = parse(content)
    for name, value in body.items():
        if name in HARMLESS:
            if not (value is None or any(value == each and type(value) is type(each) for each in HARMLESS[name])):
                hint = "; say it with aspect_ratio and resolution" if name == "size" else ""
                raise GatewayError("unsupported_value", f"{name} can only be auto or absent{hint}", param=name)
        elif name not in READERS:
            raise GatewayError("unknown_parameter", "there is no such parameter", param=name[:100])
    given = {name: _read(name, body[name]) for name in READERS if body.get(name) is not None}
    for name in ("model", "prompt"):
        if name not in given:
            raise GatewayError("invalid_request", f"{name} is required", param=name)
    request = GenerateRequest(
        given["prompt"], ratio=given.get("aspect_ratio"), resolution=given.get("resolution"),
        images=given.get("images", ()), output_format=given.get("output_format"),
        temperature=given.get("temperature"), top_p=given.get("top_p"),
    )  # fmt: skip
    return Wish(given["model"], request, given.get("n", 1), given.get("response_format", "url"), _fingerprint(body))


def parse(content: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises GatewayError."""
    try:
        body = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise GatewayError("invalid_request", "the body is no JSON") from None
    if not isinstance(body, dict):
        raise GatewayError("invalid_request", "the body is no JSON object")
    return body


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _fingerprint(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _read(name: str, value: Any) -> Any:
    try:
        return READERS[name](value)
    except (ValueError, TypeError) as error:
        raise GatewayError("invalid_request", f"{name} {error}", param=name) from None
