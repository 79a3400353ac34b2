"""What a request and its answer held, from the detail of an event.

`request` and `response` are bodies, as a text or as JSON data, `request_headers` and `response_headers` their headers
by name; whatever else there is, is shown as it is.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .texts import grouped, one_line, shortened, visible

HEADERS: Final = ("request_headers", "response_headers")
_LONGEST_STRING: Final = 300  # in JSON; images inside it are much longer
_LONGEST_TEXT: Final = 6_000
_STATUS_FIELDS: Final = ("status", "state", "message", "detail")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a detail with its title, ready to be read."""

    title: str
    text: str


def parts_of(detail: Mapping[str, Any]) -> list[Part]:
    """Everything in the detail of an event: headers, bodies, and whatever else there is."""
    return [part for part in (_part(detail, name) for name in detail) if part.text]


def headers_of(detail: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """The headers of a message, by name and value."""
    headers = detail.get(name)
    return [(str(header), str(value)) for header, value in headers.items()] if isinstance(headers, Mapping) else []


def says(detail: Mapping[str, Any]) -> str:
    """What an answer says in a word or two: its `says` where there is one, else a status or an error in its JSON."""
    if "says" in detail:
        return one_line(str(detail["says"]))
    data = _parsed(detail.get("response"))
    return shortened(one_line(" ".join(_told(data))), 60) if isinstance(data, Mapping) else ""


def pretty(value: Any) -> str:
    """JSON indented and with its long strings cut, any other text as it is; all of it visible and of bounded length."""
    data = _parsed(value)
    if isinstance(data, str):
        return _cut(visible(data))
    try:
        text = json.dumps(_trimmed(data), indent=2, ensure_ascii=False, default=str)
    except RecursionError:
        text = str(value) if isinstance(value, str) else "(nested too deeply to be shown)"
    return _cut(visible(text))


def _part(detail: Mapping[str, Any], name: str) -> Part:
    title = visible(name.replace("_", " "))
    if name in HEADERS and isinstance(detail[name], Mapping):
        return Part(title, "\n".join(one_line(f"{header}: {text}") for header, text in headers_of(detail, name)))
    return Part(title, "" if detail[name] in (None, "", [], ()) else pretty(detail[name]))


def _parsed(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _trimmed(data: Any) -> Any:
    if isinstance(data, str):
        return data if len(data) <= _LONGEST_STRING else f"{data[:60]}… ({grouped(len(data))} characters)"
    if isinstance(data, Mapping):
        return {str(name): _trimmed(value) for name, value in data.items()}
    return [_trimmed(value) for value in data] if isinstance(data, list | tuple) else data


def _told(data: Mapping[str, Any]) -> Iterator[str]:
    error = data.get("error")
    if isinstance(error, Mapping):
        yield from (str(error[name]) for name in ("code", "message") if error.get(name) not in (None, ""))
        return
    if isinstance(error, str):
        yield error
        return
    yield from (str(data[name]) for name in _STATUS_FIELDS if isinstance(data.get(name), str))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}\n… ({grouped(len(text) - _LONGEST_TEXT)} more characters)"
