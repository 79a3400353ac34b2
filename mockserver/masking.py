"""Keeping keys out of everything that is written down.

A key is masked where it was given, and wherever else it turns up in the exchange: an error body may echo it,
shortened or escaped. A text of under eight characters is masked only where it was given: no provider's key is
that short, and `Bearer null` must not blot out every null.
"""

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote_plus

from .journal import Exchange

SHORTEST_KEY = 8
RECOGNISED = 16  # so many first characters of a longer key give it away where it is cut off

_HEADERS = frozenset({
    "authorization", "proxy-authorization", "api-key", "apikey", "x-api-key", "x-goog-api-key", "x-auth-token",
    "x-access-token", "x-safelight-token",
})  # fmt: skip
_COOKIES = frozenset({"cookie", "set-cookie"})
_PARAMETERS = frozenset({"key", "api_key", "apikey", "api-key", "token", "access_token"})
_SCHEMES = frozenset({"basic", "bearer", "digest", "token"})
_PREFIX = re.compile(r"(?:[A-Za-z0-9]{1,8}[-_]){0,2}")


def mask(secret: str) -> str:
    """`rk_live_***` for a key of that prefix; a prefix that is much of the key is not shown."""
    found = _PREFIX.match(secret)
    prefix = found[0] if found else ""
    return f"{prefix if len(prefix) * 3 <= len(secret) else ''}***"


class Masker:
    """Masks the keys that an exchange carries, and further `secrets`, in its parts."""

    def __init__(self, exchange: Exchange, secrets: Iterable[str] = ()) -> None:
        found = {*secrets, *_secrets_of(exchange)}
        self._masks = {spelling: mask(s) for s in found if len(s) >= SHORTEST_KEY for spelling in _spellings(s)}
        beginnings = sorted({spelling[:RECOGNISED] for spelling in self._masks}, key=len, reverse=True)
        self._beginning = re.compile("|".join(map(re.escape, beginnings))) if beginnings else None

    def text(self, text: str) -> str:
        """The text without keys, nor any that is cut off after its beginning."""
        if self._beginning is None:
            return text
        pieces, position = [], 0
        while match := self._beginning.search(text, position):
            start = match.start()
            length, spelling = max((_agreement(text, start, spelling), spelling) for spelling in self._masks)
            pieces += [text[position:start], self._masks[spelling]]
            position = start + length
        return "".join(pieces) + text[position:]

    def body(self, body: bytes) -> bytes:
        """The body without keys."""
        return self.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def header(self, name: str, value: str) -> str:
        """The value of a header without keys."""
        lower = name.lower()
        if lower in _HEADERS:
            scheme, key = _split_scheme(lower, value)
            value = f"{scheme}{mask(key)}"
        elif lower in _COOKIES:
            value = "; ".join(f"{part.partition('=')[0].strip()}=***" for part in value.split(";"))
        return self.text(value)

    def target(self, target: str) -> str:
        """Path and query without keys."""
        path, mark, query = target.partition("?")
        return self.text(path + mark + "&".join(map(_mask_parameter, query.split("&"))))


def _secrets_of(exchange: Exchange) -> Iterator[str]:
    for headers in (exchange.request_headers, exchange.response_headers):
        for name, value in headers.items():
            if name.lower() in _HEADERS:
                yield _split_scheme(name.lower(), value)[1]
            elif name.lower() in _COOKIES:
                yield from (part.partition("=")[2].strip() for part in value.split(";"))
    for parameter in exchange.target.partition("?")[2].split("&"):
        name, _, value = parameter.partition("=")
        if unquote_plus(name).lower() in _PARAMETERS:
            yield from (value, unquote_plus(value))


def _split_scheme(lower_name: str, value: str) -> tuple[str, str]:
    """`Bearer ` and the key of an Authorization header; other headers are all key."""
    word, space, key = value.partition(" ")
    has_scheme = space and lower_name.endswith("authorization") and word.lower() in _SCHEMES
    return (f"{word} ", key.strip()) if has_scheme else ("", value)


def _mask_parameter(parameter: str) -> str:
    name, mark, value = parameter.partition("=")
    secret = mark and unquote_plus(name).lower() in _PARAMETERS
    return f"{name}={mask(unquote_plus(value))}" if secret else parameter


def _spellings(secret: str) -> Iterator[str]:
    """A key as it may stand in a text, in JSON, in JSON quoted in JSON, and in a URL."""
    yield secret
    once = _escaped([secret])
    yield from once
    yield from _escaped(once)
    yield quote(secret, safe="", errors="surrogateescape")
    yield quote(secret, errors="surrogateescape")
    yield quote_plus(secret, errors="surrogateescape")


def _escaped(texts: list[str]) -> list[str]:
    return [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for text in texts for ascii_only in (True, False)]


def _agreement(text: str, start: int, spelling: str) -> int:
    """How many characters of the text from `start` are those of the spelling."""
    pairs = enumerate(zip(text[start : start + len(spelling)], spelling, strict=False))
    return next((n for n, (one, two) in pairs if one != two), min(len(text) - start, len(spelling)))
