"""What is known to fail for now: a file with a reason and a last day for each check, so that nothing is forgotten.

    expected_failures:
      - check: reapi.poll.first-wait
        reason: our queue wakes after 20 s; the next release waits 30
        expires: 2026-12-31

An entry whose check passes is stale and one whose day has passed has lapsed; both fail the run (exit code 5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import yaml

from .catalogue import all_checks
from .results import CheckResult, Status

SCHEMA: Final = Path(__file__).with_name("baseline.schema.yaml")
LIFE: Final = timedelta(days=90)  # of an entry that --update-baseline writes
NO_REASON: Final = "not looked at yet"

_FAILING: Final[tuple[Status, ...]] = ("fail", "warn", "not-exercised")
_HEADER: Final = """\
# Checks that are known to fail. Each needs a reason and a last day; what passes again has to be taken out.
"""


class BadBaseline(ValueError):
    """The file is no baseline; the message is one sentence that says where and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known failure: `check` as results name it, or a bare id for every provider."""

    check: str
    reason: str
    expires: date

    def covers(self, result: CheckResult) -> bool:
        """Whether this entry is about a result."""
        return self.check in (result.name, result.id)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a file, in order."""

    entries: tuple[Entry, ...] = ()

    def applied(self, results: Iterable[CheckResult], today: date) -> list[CheckResult]:
        """The results with what is known taken into account."""
        return [self._apply(result, today) for result in results]

    def updated(self, results: Iterable[CheckResult], today: date) -> Baseline:
        """A baseline of what fails at present; reasons and days that are there already stay."""
        failing = [result for result in results if result.status in _FAILING]
        return Baseline(tuple(dict.fromkeys(self._entry_for(result, today) for result in failing)))

    def _apply(self, result: CheckResult, today: date) -> CheckResult:
        entry = next((entry for entry in self.entries if entry.covers(result)), None)
        if entry is None or result.status == "not-applicable":
            return result
        if result.status not in _FAILING:
            note = f"the baseline expects it to fail ({entry.reason}), but it passes: take the entry out"
            return replace(result, status="stale-baseline", note=note)
        if today > entry.expires:
            note = f"the baseline let it fail until {entry.expires}: {entry.reason}"
            return replace(result, status="stale-baseline", note=note)
        return replace(result, status="expected-fail", note=f"{entry.reason} (until {entry.expires})")

    def _entry_for(self, result: CheckResult, today: date) -> Entry:
        known = next((entry for entry in self.entries if entry.covers(result)), None)
        if known is not None and known.expires >= today:
            return known
        return Entry(result.name, known.reason if known else NO_REASON, today + LIFE)


def read_baseline(path: Path, ids: Collection[str] | None = None) -> Baseline:
    """The baseline in a file, about checks with these ids; those of clients and gateways if None.

    Raises BadBaseline, and OSError where it cannot be read.
    """
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise BadBaseline(f"{path}{where} is no YAML: {getattr(error, 'problem', error)}.") from None
    _check(path, document)
    return Baseline(tuple(_entry(path, row, ids or all_checks()) for row in document["expected_failures"]))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline. Raises OSError."""
    rows = [{"check": each.check, "reason": each.reason, "expires": str(each.expires)} for each in baseline.entries]
    text = yaml.safe_dump({"expected_failures": rows}, sort_keys=False, allow_unicode=True, width=110)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEADER + text, "utf-8")


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, so that the schema can speak of them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check(path: Path, document: Any) -> None:
    from jsonschema import Draft202012Validator

    schema = yaml.safe_load(SCHEMA.read_text("utf-8"))
    error = next(iter(Draft202012Validator(schema).iter_errors(document)), None)
    if error is not None:
        place = ".".join(str(part) for part in error.absolute_path) or "the top"
        hint = _key_hint(error.instance, error.schema) if error.validator == "additionalProperties" else ""
        raise BadBaseline(f"{path}: at {place}: {error.message}{hint}.")


def _key_hint(instance: Mapping[str, Any], schema: Any) -> str:
    known = list(schema["properties"])
    for name in instance:
        near = get_close_matches(str(name), known, n=1)
        if name not in known and near:
            return f"; did you mean {near[0]!r}?"
    return ""


def _entry(path: Path, row: Mapping[str, str], ids: Collection[str]) -> Entry:
    id = row["check"].rpartition("/")[2]
    if id not in ids:
        near = get_close_matches(id, ids, n=1)
        hint = f"did you mean {near[0]}?" if near else "`safelight checks` lists them."
        raise BadBaseline(f"{path}: there is no check {id!r}; {hint}")
    try:
        expires = date.fromisoformat(row["expires"])
    except ValueError:
        raise BadBaseline(f"{path}: {row['check']} expires on {row['expires']}, which is no day.") from None
    return Entry(row["check"], row["reason"], expires)
