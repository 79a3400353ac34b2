"""The fields of a request, each with a reader that raises ValueError saying what it has to be."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final
from urllib.parse import urlsplit

from ..client import Bytes, Url
from ..reference.wishes import RATIOS, RESOLUTIONS

MOST_IMAGES: Final = 4
MOST_REFERENCES: Final = 14
LONGEST_PROMPT: Final = 32_000  # code points
LONGEST_URL: Final = 8_192

_DATA_URI = re.compile(r"data:(image/[a-z0-9.+-]+);base64,", re.IGNORECASE)


def _text(longest: int, least: int = 1) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= longest:
            raise ValueError(f"has to be text of {least} to {longest} characters")
        return value

    return read


def _choice(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"has to be one of {', '.join(allowed)}")
        return value

    return read


def _resolution(value: Any) -> str:
    return _choice(*sorted(RESOLUTIONS))(value.upper() if isinstance(value, str) else value)


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"has to be a number from {least:g} to {most:g}")
        return value

    return read


def _count(value: Any) -> int:
    number = _number(1, MOST_IMAGES)(value)
    if not isfinite(number) or number != int(number):
        raise ValueError(f"has to be a whole number from 1 to {MOST_IMAGES}")
    return int(number)


def _references(value: Any) -> tuple[Url | Bytes, ...]:
    if not isinstance(value, list) or len(value) > MOST_REFERENCES:
        raise ValueError(f"has to be a list of at most {MOST_REFERENCES} URLs or data URIs")
    return tuple(_reference(entry) for entry in value)


def _reference(entry: Any) -> Url | Bytes:
    try:
        return _data(entry) if entry[:5].lower() == "data:" else _address(entry)
    except (ValueError, TypeError, AttributeError):
        raise ValueError("holds something that is neither an http(s) URL nor an image as a base64 data URI") from None


def _data(entry: str) -> Bytes:
    start = _DATA_URI.match(entry)
    data = b64decode(entry[start.end() :], validate=True) if start else b""
    if start is None or not data:
        raise ValueError
    return Bytes(data, start[1].lower())


def _address(entry: str) -> Url:
    parts = urlsplit(entry)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError
    if len(entry) > LONGEST_URL or not entry.isprintable():
        raise ValueError
    return Url(entry)


READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "model": _text(200),
    "prompt": _text(LONGEST_PROMPT),
    "n": _count,
    "response_format": _choice("url", "b64_json"),
    "output_format": _choice("png", "jpeg", "webp"),
    "aspect_ratio": _choice("auto", *sorted(RATIOS)),
    "resolution": _resolution,
    "images": _references,
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "user": _text(10_000, least=0),
}
