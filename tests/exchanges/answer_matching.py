"""Whether an answer is the documented one: same keys, same types, same constants, the rest by kind.

A kind says what stands at a JSON pointer where the document's value cannot come back: an id, a time, a URL.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEX_DIGITS = set("abcdef")

_RUN = re.compile(r"[0-9A-Za-z]+")


def deviations(documented: Any, actual: Any, kinds: Mapping[str, str], at: str = "") -> Iterator[str]:
    """Every place where `actual` is not what the document shows, as a sentence that begins with its JSON pointer."""
    place = at or "/"
    if at in kinds:
        if not KINDS[kinds[at]](documented, actual):
            yield f"{place}: {actual!r} is no {kinds[at]} like {documented!r}"
    elif _json_type(documented) != _json_type(actual):
        yield f"{place}: {_json_type(actual)} {actual!r} instead of {_json_type(documented)} {documented!r}"
    elif isinstance(documented, dict):
        for name in documented.keys() | actual.keys():
            there = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in actual:
                yield f"{there}: missing"
            elif name not in documented:
                yield f"{there}: {actual[name]!r} is not in the document"
            else:
                yield from deviations(documented[name], actual[name], kinds, there)
    elif isinstance(documented, list):
        if len(documented) != len(actual):
            yield f"{place}: {len(actual)} entries instead of {len(documented)}"
        for index, (one, other) in enumerate(zip(documented, actual, strict=False)):
            yield from deviations(one, other, kinds, f"{at}/{index}")
    elif documented != actual:
        yield f"{place}: {actual!r} instead of {documented!r}"


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", dict: "object", list: "array", type(None): "null"}[type(value)]


def _is_id(documented: str, actual: Any) -> bool:
    """Built of the same words, with digits and letters in the same groups."""
    parts, end = [], 0
    for run in _RUN.finditer(documented):
        parts.append(re.escape(documented[end : run.start()]))
        parts.append(run[0] if _is_word(run[0]) else f"[0-9a-z]{{{len(run[0])}}}")
        end = run.end()
    pattern = "".join(parts) + re.escape(documented[end:])
    return isinstance(actual, str) and re.fullmatch(pattern, actual) is not None


def _is_word(run: str) -> bool:
    """`task`, but not `abcd`, which may be hexadecimal digits."""
    return run.isalpha() and not set(run) <= HEX_DIGITS


def _is_time(documented: int | str, actual: Any) -> bool:
    """Whole seconds, or a text with its digits in the same places."""
    if isinstance(documented, int):
        return isinstance(actual, int) and not isinstance(actual, bool)
    return isinstance(actual, str) and re.sub(r"\d", "0", actual) == re.sub(r"\d", "0", documented)


def _is_media_url(documented: str, actual: Any) -> bool:
    """A URL of a file with the same suffix and with the same query parameters in the same order."""
    if not isinstance(actual, str):
        return False
    shown, given = urlsplit(documented), urlsplit(actual)
    return (
        given.scheme in ("http", "https")
        and bool(given.netloc)
        and _suffix(given.path) == _suffix(shown.path)
        and [name for name, _ in parse_qsl(given.query)] == [name for name, _ in parse_qsl(shown.query)]
    )


def _is_storage_key(documented: str, actual: Any) -> bool:
    """A path, not a URL, in the same folder, whose file name begins with the time and has the same suffix."""
    folder, _, name = documented.rpartition("/")
    stamp = re.match(r"[\d_]+", name)
    assert stamp is not None
    digits = re.sub(r"\d", r"\\d", stamp[0])
    pattern = f"{re.escape(folder)}/{digits}[a-z0-9_]+{re.escape(_suffix(name))}"
    return isinstance(actual, str) and re.fullmatch(pattern, actual) is not None


def _is_base64(documented: str, actual: Any) -> bool:
    """Strict base64 of a PNG."""
    try:
        return b64decode(actual, validate=True).startswith(PNG_SIGNATURE)
    except (TypeError, ValueError):
        return False


def _is_text(documented: str, actual: Any) -> bool:
    return isinstance(actual, str) and actual != ""


def _is_number(documented: float, actual: Any) -> bool:
    return _json_type(actual) == "number" and type(actual) is type(documented)


def _suffix(path: str) -> str:
    return path[path.rindex(".") :]


KINDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "id": _is_id,
    "request_id": _is_id,
    "time": _is_time,
    "media_url": _is_media_url,
    "storage_key": _is_storage_key,
    "base64": _is_base64,
    "text": _is_text,
    "number": _is_number,
}
