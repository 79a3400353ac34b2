"""Exchanges that somebody kept: JSON lines of `serve --journal` or of the control API, its JSON, or a HAR file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from ...mockserver.control.records import ExchangeRecord
from ...mockserver.journal import Exchange
from ...specs.cache import read_yaml
from ...specs.complaints import complaint
from ...specs.openapi import standalone
from ...specs.references import dotted
from .records import exchange_of

_CONTROL_API = Path(__file__).parents[2] / "mockserver" / "control" / "openapi.yaml"


class BadRecording(Exception):
    """A file cannot be read as exchanges; the message is one sentence with the line, or the entry, where it fails."""


def read_recording(file: Path) -> list[Exchange]:
    """The exchanges of a file, in the order in which they ended. Raises BadRecording, and OSError for a missing file.

    A HAR file that we did not write is read for requests to the documented origins of the providers.
    """
    content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise BadRecording(f"{file} is empty; a journal has one JSON object per line.")
    try:
        return list(_read(file, content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadRecording(f"{file}, line {line}: this is not UTF-8 text.") from None


def exchange_from_json(row: Any, place: str) -> Exchange:
    """The exchange of one JSON record at a place such as `journal.jsonl, line 3`. Raises BadRecording."""
    validator, schema = _schema()
    if not validator.is_valid(row):
        part, problem = complaint(schema, row) or ((), "does not fit its schema")
        raise BadRecording(f"{place}: this is not a recorded exchange: {dotted(part)}{': ' if part else ''}{problem}.")
    try:
        return exchange_of(ExchangeRecord.from_json(row))
    except ValueError as error:
        raise BadRecording(f"{place}: this is not a recorded exchange: {error}.") from None


def _read(file: Path, content: bytes) -> Iterator[Exchange]:
    from .har import read_har

    whole = _whole(content)
    if isinstance(whole, dict) and "log" in whole:
        return read_har(file, whole["log"])
    if isinstance(whole, dict) and isinstance(whole.get("exchanges"), list):
        return _from_rows(file, "entry", enumerate(whole["exchanges"], 1))
    if whole is None and b'"log"' in content[:200]:
        _parsed(content, file)  # a HAR file that is broken: says where
    return _from_rows(file, "line", _lines(file, content))


def _whole(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (json.JSONDecodeError, RecursionError):
        return None


def _lines(file: Path, content: bytes) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield number, _parsed(line, file, number - 1)


def _parsed(text: bytes, file: Path, lines_before: int = 0) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place, reason = f"{file}, line {lines_before + error.lineno}", error.msg
    except RecursionError:
        place, reason = f"{file}, line {lines_before + 1}", "nested too deep"
    raise BadRecording(f"{place}: this is not valid JSON ({reason}).")


def _from_rows(file: Path, unit: str, rows: Iterable[tuple[int, Any]]) -> Iterator[Exchange]:
    for number, row in rows:
        yield exchange_from_json(row, f"{file}, {unit} {number}")


@cache
def _schema() -> tuple[jsonschema_rs.Draft202012Validator, Mapping[str, Any]]:
    schema = standalone(read_yaml(_CONTROL_API), {"$ref": "#/components/schemas/Exchange"})
    return jsonschema_rs.Draft202012Validator(dict(schema)), schema
