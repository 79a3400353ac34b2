"""The verdict for the person who waits for it: a table, then each finding, then what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..suite.results import CheckResult, Report
from .masking import without_keys
from .progress import Progress
from .prose import cited_in_words, failure_text, said
from .replaying import replay_command
from .summary import effort_in_words, gaps, verdict_in_words, verdict_tone
from .tallies import LEVELS, STATUSES, WORDS, Tone, providers, statuses, tallied, worst_first
from .texts import visible
from .transcript import Line, columns, excerpt, transcript_lines
from .words import scenario_in_words, subject_in_words

__all__ = ["Progress", "failure_text", "print_finding", "print_report", "print_table", "print_transcript"]

MOST_LINES: Final = 40  # of a transcript
MOST_GAPS: Final = 6

_STYLES: Final[Mapping[Tone, str]] = {"good": "green", "bad": "red", "doubtful": "yellow", "quiet": "dim"}
_LINE_STYLES: Final[Mapping[Tone, str]] = {"good": "", "bad": "red", "doubtful": "yellow", "quiet": "dim"}
_INDENT: Final = 4


def print_report(report: Report, *, result_file: str | Path | None = None, console: Console | None = None) -> None:
    """Everything, the verdict last. Replay commands name the JSON report `result_file` where there is one."""
    console, report = console or Console(), without_keys(report)
    print_table(console, report)
    for result in worst_first(result for result in report.results if result.status not in ("pass", "not-applicable")):
        if result.status in ("warn", "expected-fail"):
            _print_briefly(console, result, replay_command(report, result, result_file))
        else:
            print_finding(console, result, replay_command(report, result, result_file))
    print_effort(console, report)


def print_table(console: Console, report: Report) -> None:
    """How many checks came to what, by provider and level."""
    counts, columns = tallied(report.results), sorted(statuses(report), key=STATUSES.index)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("provider", no_wrap=True)
    table.add_column("level", no_wrap=True)
    for status in columns:
        table.add_column(WORDS[status].column, justify="right", no_wrap=True)
    for provider in providers(report):
        name = provider
        for level in (level for level in LEVELS if (provider, level) in counts):
            row = counts[provider, level]
            cells = [Text(str(row[s]) if row[s] else "·", _STYLES[WORDS[s].tone] if row[s] else "dim") for s in columns]
            table.add_row(_text(name), level, *cells)
            name = ""
        table.add_section()
    console.print(_text(subject_in_words(report.subject), "bold"))
    console.print()
    console.print(table)
    console.print()


def print_finding(console: Console, result: CheckResult, again: str) -> None:
    """One result with all there is to it, and the command that shows it again."""
    console.print(_head(result))
    found = result.counterexample
    rows = {"": result.statement, "rule": cited_in_words(result), "why": result.why}
    rows |= {"seen": found.sentence, "scenario": scenario_in_words(found.scenario)} if found else {}
    rows |= {"note": result.note if result.note or found else said(result)}
    for label, text in rows.items():
        _print_labelled(console, label, text)
    if found is not None:
        if found.transcript:
            console.print()
            print_transcript(console, excerpt(transcript_lines(found.transcript), MOST_LINES))
            console.print()
        _print_command(console, again)
    console.print()


def print_transcript(console: Console, lines: Sequence[Line]) -> None:
    """The lines in columns; cut at the width of a terminal, but whole where they go to a file."""
    for line, text in zip(lines, columns(lines), strict=True):
        styled = Text(f"  {text}", "bold red" if line.broke else _LINE_STYLES[line.tone])
        if console.is_terminal:
            styled.truncate(console.width, overflow="ellipsis")
        console.print(styled, soft_wrap=True)


def print_effort(console: Console, report: Report) -> None:
    """What it took, what was left out, what went wrong with the run itself, and the verdict."""
    for problem in report.problems:
        _print_wrapped(console, _text(f"Problem: {problem}", "red"))
    if report.unexplored:
        _print_wrapped(console, _text(f"Not explored to the end: {gaps(report, MOST_GAPS)}.", "yellow"))
    _print_wrapped(
        console, _text(f"{effort_in_words(report.effort)}; seed {report.seed}, requirements {report.requirements}.")
    )
    verdict = verdict_in_words(report)
    style = _STYLES[verdict_tone(report)]
    _print_wrapped(console, _text(f"{verdict[0].upper()}{verdict[1:]}.", f"bold {style}"))


def _print_briefly(console: Console, result: CheckResult, again: str) -> None:
    console.print(_head(result))
    _print_labelled(console, "", said(result))
    if result.counterexample is not None:
        _print_labelled(console, "note", result.note)
    _print_labelled(console, "rule", f"{cited_in_words(result)}: {result.statement}")
    if result.counterexample is not None:
        _print_command(console, again)
    console.print()


def _print_labelled(console: Console, label: str, text: str) -> None:
    if not text:
        return
    _print_wrapped(console, Text.assemble((f"{label}: " if label else "", "dim"), _text(text)), _INDENT)


def _print_wrapped(console: Console, text: Text, indent: int = 0) -> None:
    """Broken into lines here, since rich leaves spaces at their ends."""
    for line in text.wrap(console, max(20, console.width - indent)):
        line.rstrip()
        console.print(Text(" " * indent).append(line), soft_wrap=True)


def _print_command(console: Console, again: str) -> None:
    """On one line whatever its length, so that it can be copied."""
    console.print(Text.assemble(" " * _INDENT, ("again: ", "dim"), _text(again, "bold")), soft_wrap=True)


def _head(result: CheckResult) -> Text:
    words = WORDS[result.status]
    head = _text(f"{words.mark} {result.name}", f"bold {_STYLES[words.tone]}")
    return head.append(f"  {result.level} {words.name}", "dim" if words.tone == "quiet" else _STYLES[words.tone])


def _text(text: str, style: str = "") -> Text:
    """Never read as markup, and with nothing in it that a terminal would obey."""
    return Text(visible(text), style)
