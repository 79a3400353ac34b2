"""One HTML page for the people who maintain a client. It needs nothing but itself and lets nothing else run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...specs import SpecError, load
from ..suite.results import CheckResult, Event, Report
from . import prose, summary, tallies, words
from .bodies import Part, parts_of
from .masking import without_keys
from .replaying import replay_command
from .texts import one_line, visible
from .timeline import ROW, TOP, Timeline, timeline
from .transcript import Line, transcript_lines

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES: Final = Path(__file__).with_name("templates")
_LISTED: Final = ("pass", "not-applicable")  # the rest have a card each


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a transcript with what is in it, or with the rows that it stands for."""

    line: Line
    number: int
    parts: Sequence[Part] = ()
    folded: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A result that is not fine, with everything that is shown of it."""

    result: CheckResult
    clauses: Sequence[str] = ()
    replay: str = ""
    timeline: Timeline | None = None
    rows: Sequence[Row] = ()


def html_page(report: Report, *, date: datetime | None = None, result_file: str | None = None) -> str:
    """The page. `date` is when the client was judged, `result_file` the JSON report for replay commands."""
    report = without_keys(report)
    style, script = (TEMPLATES / "style.css").read_text("utf-8"), (TEMPLATES / "script.js").read_text("utf-8")
    shown = tallies.worst_first(result for result in report.results if result.status not in _LISTED)
    return _environment().get_template("page.html").render(
        report=report,
        date=date,
        style=_trusted(style),
        script=_trusted(script),
        policy=_policy(style, script),
        cards=[_card(report, result, result_file) for result in shown],
        listed={name: _listed(report, name) for name in tallies.providers(report) if _listed(report, name)},
        providers={name: _title(name) for name in tallies.providers(report)},
        tallied=tallies.tallied(report.results),
        levels=[level for level in tallies.LEVELS if any(result.level == level for result in report.results)],
        statuses=tallies.statuses(report),
        kept=tallies.kept(report, "MUST"),
    )  # fmt: skip


def _card(report: Report, result: CheckResult, result_file: str | None) -> Card:
    found = result.counterexample
    if found is None:
        return Card(result)
    return Card(
        result,
        words.scenario_clauses(found.scenario),
        replay_command(report, result, result_file),
        timeline(found.transcript) if found.transcript else None,
        _rows(transcript_lines(found.transcript)),
    )


def _rows(lines: Sequence[Line]) -> list[Row]:
    rows: list[Row] = []
    number = 0
    for line in lines:
        if line.at is None and line.events:
            folded = [_row(each, number + n) for n, each in enumerate(_unfolded(line.events))]
            rows.append(Row(line, number, folded=folded))
        else:
            rows.append(_row(line, number))
        number += len(line.events)
    return rows


def _row(line: Line, number: int) -> Row:
    return Row(line, number, parts_of(line.events[0].detail) if line.events else ())


def _unfolded(events: Sequence[Event]) -> list[Line]:
    return [line for event in events for line in transcript_lines([event]) if line.events]


def _listed(report: Report, provider: str) -> list[CheckResult]:
    return [result for result in report.results if result.provider == provider and result.status in _LISTED]


def _title(provider: str) -> str:
    try:
        return load(provider).title
    except SpecError:
        return provider


def _policy(style: str, script: str) -> str:
    """Only our own style and script, known by their hashes: whatever a transcript holds, it stays a text."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_readable,
    )
    environment.filters |= {"spans": _code_spans, "one_line": one_line}
    environment.globals |= {
        "words": words,
        "prose": prose,
        "summary": summary,
        "tallies": tallies,
        "row": ROW,
        "top": TOP,
    }
    return environment


def _readable(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 1)  # pixels
    return visible(value) if type(value) is str else value


def _trusted(own: str) -> Markup:
    from markupsafe import Markup

    return Markup(own)


def _code_spans(text: str) -> Markup:
    """The text escaped, with what stands in backticks as code."""
    from markupsafe import Markup, escape

    pieces = visible(text).split("`")
    if len(pieces) % 2 == 0:
        return escape(visible(text))
    tagged = [Markup("<code>{}</code>").format(piece) if n % 2 else escape(piece) for n, piece in enumerate(pieces)]
    return Markup("").join(tagged)
