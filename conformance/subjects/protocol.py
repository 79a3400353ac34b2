"""The protocol with adapters, as protocol.yaml has it: reading lines, and saying what is wrong with one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

from ...specs.cache import read_yaml
from .errors import AdapterError

FILE: Final = Path(__file__).with_name("protocol.yaml")
VERSION: Final = 1
LONGEST_LINE: Final = 256 * 1024 * 1024  # bytes; four images of 4K in base64 are a fraction of that

_QUOTED: Final = 120  # characters of a line that are shown
_EVENTS: Final = ("sleep", "awake", "now")


def quoted(line: bytes | str) -> str:
    """A line for a sentence: on one line itself, and not too long."""
    text = line if isinstance(line, str) else line.decode("utf-8", "replace")
    shown = repr(text.strip())[1:-1]
    return f"`{shown}`" if len(shown) <= _QUOTED else f"`{shown[: _QUOTED - 3]}...`"


def read_message(line: bytes, who: str) -> dict[str, Any]:
    """The object on a line. Raises AdapterError, in whose sentences the adapter is called `who`."""
    try:
        message = json.loads(line.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise AdapterError(f"{who} wrote a line that is not UTF-8: {quoted(line)}.") from None
    except (ValueError, RecursionError) as error:
        what = _lower(getattr(error, "msg", str(error)))
        raise AdapterError(
            f"{who} wrote a line that is not JSON ({what}): {quoted(line)}; "
            "its standard output is for the protocol alone, what it logs goes to standard error."
        ) from None
    if not isinstance(message, dict):
        raise AdapterError(f"{who} wrote a line that is no JSON object: {quoted(line)}.")
    return message


def read_event(message: dict[str, Any], line: bytes, who: str) -> str:
    """The name of a valid event. Raises AdapterError."""
    name = message["event"]
    if name not in _EVENTS:
        raise AdapterError(f"{who} sent the unknown event {name!r}: {quoted(line)}; there are {', '.join(_EVENTS)}.")
    check(name, message, line, f"{who} sent a wrong event")
    return str(name)


def check(definition: str, value: Any, line: bytes | str, complaint: str) -> None:
    """Raise AdapterError with a complaint, the place and the line unless the value is as the protocol defines it."""
    wrong = fault_in(definition, value)
    if wrong:
        raise AdapterError(f"{complaint} ({wrong}): {quoted(line)}.")


def fault_in(definition: str, value: Any) -> str:
    """Where a value is not as the protocol defines it, and why; empty where it is."""
    import jsonschema_rs

    try:
        validator(definition).validate(value)
    except jsonschema_rs.ValidationError as error:
        place = ".".join(map(str, error.instance_path))
        return f"{place}: {error.message}" if place else error.message
    return ""


@cache
def document() -> Any:
    """The protocol as JSON Schemas."""
    return read_yaml(FILE)


@cache
def validator(definition: str) -> Any:
    """A validator for one of the protocol's definitions."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": document()["$defs"]})


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
