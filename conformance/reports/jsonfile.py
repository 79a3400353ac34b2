"""The JSON report: everything there is, for scripts and for `replay`. Its form is result.schema.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeVar

from ..suite.results import CheckResult, Counterexample, Effort, Event, Report
from .masking import without_keys
from .texts import one_line

FORMAT: Final = 1
SCHEMA_FILE: Final = Path(__file__).with_name("result.schema.json")
_Record = TypeVar("_Record", CheckResult, Counterexample, Effort, Event)
_SAID: Final = ("at", "kind", "text")  # of an event, always
_DEFAULTS: Final = {name: value for name, value in asdict(Event(0.0, "call", "")).items() if name not in _SAID}


class NotAResult(ValueError):
    """A file is no JSON report that can be read; the message is one sentence that says why."""


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of the report."""
    document: dict[str, Any] = json.loads(SCHEMA_FILE.read_bytes())
    return document


def as_json(report: Report) -> dict[str, Any]:
    """The report without keys as JSON data, which `from_json` turns into the same report."""
    clean = without_keys(report)
    counts = Counter(result.status for result in clean.results)
    document: dict[str, Any] = _plain(clean)
    for row, result in zip(document["results"], clean.results, strict=True):
        row["name"] = result.name
    return {"format": FORMAT, **document, "counts": _plain(counts)}


def encoded(document: Any) -> bytes:
    """JSON data as the content of a file; what cannot be written in UTF-8 is escaped as JSON does it."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def from_json(document: Any) -> Report:
    """The report of `as_json`. Raises NotAResult."""
    _check(document)
    known: dict[str, Any] = {each.name: document[each.name] for each in fields(Report) if each.name in document}
    for name in ("fail_on", "unexplored", "problems"):
        known[name] = tuple(known.get(name, ()))
    known["results"] = tuple(_read_result(row) for row in document["results"])
    known["effort"] = _read(Effort, document["effort"])
    return Report(**known)


def read_report(path: Path) -> Report:
    """The report in a file. Raises NotAResult, also for a file that cannot be read."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise NotAResult(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise NotAResult(f"{path} holds no JSON; name a file that --json has written.") from None
    try:
        return from_json(document)
    except NotAResult as error:
        raise NotAResult(f"{path} is no result of Safelight: {error}") from None


def _plain(value: Any) -> Any:
    """JSON data, whatever a client or an adapter put into it."""
    if isinstance(value, Event):
        return _trimmed(_fields(value))
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return value if isinstance(value, float) and isfinite(value) else str(value)


def _fields(record: Any) -> dict[str, Any]:
    return {each.name: _plain(getattr(record, each.name)) for each in fields(record)}


def _trimmed(event: dict[str, Any]) -> dict[str, Any]:
    """An event without what it does not say: most say little, and there are many."""
    return {name: value for name, value in event.items() if name in _SAID or value != _DEFAULTS[name]}


def _read_result(row: Mapping[str, Any]) -> CheckResult:
    found = row.get("counterexample")
    if found is None:
        return _read(CheckResult, row)
    transcript = tuple(_read(Event, event) for event in found["transcript"])
    return _read(CheckResult, {**row, "counterexample": _read(Counterexample, {**found, "transcript": transcript})})


def _read(kind: type[_Record], row: Mapping[str, Any]) -> _Record:
    return kind(**{each.name: row[each.name] for each in fields(kind) if each.name in row})


def _check(document: Any) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    version = document.get("format") if isinstance(document, Mapping) else None
    if isinstance(version, int) and version != FORMAT:
        raise NotAResult(f"it has format {version}, and this version of Safelight reads format {FORMAT}.")
    error = best_match(Draft202012Validator(schema()).iter_errors(document))
    if error is not None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        where = f"at {place.lstrip('.')}, " if place else ""
        raise NotAResult(f"{where}{one_line(error.message)[:300]}.")
