"""What there is to say of one check, as plain text: for CI logs and for tools that show a message and no more."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

from ..suite.results import CheckResult
from .masking import result_without_keys
from .tallies import WORDS
from .texts import plural
from .transcript import transcript_text
from .words import basis_in_words, scenario_in_words

_MOST_LINES = 60


def failure_text(result: CheckResult, again: str = "") -> str:
    """Statement and citation, why it matters, what was seen, the scenario, the transcript, and the command `again`."""
    return "\n".join(_parts(result_without_keys(result), again))


def cited_in_words(result: CheckResult) -> str:
    """Where the rule stands and how the document bears it out."""
    return f"{result.citation} ({basis_in_words(result.basis)})"


def judged_in_words(result: CheckResult) -> str:
    """How much the verdict rests on."""
    found = result.counterexample
    runs = f", {plural(found.runs, 'scenario')} to find and shrink it" if found and found.runs else ""
    return f"judged in {result.examples} of {plural(result.tried, 'scenario')}{runs}"


def said(result: CheckResult) -> str:
    """What was seen; where nothing was, the note or what the status means."""
    if result.counterexample is not None:
        return result.counterexample.sentence
    return result.note or WORDS[result.status].meaning


def _parts(result: CheckResult, again: str) -> Iterator[str]:
    yield f"{result.level} {WORDS[result.status].name}: {result.statement}"
    yield cited_in_words(result)
    if result.why:
        yield f"Why: {result.why}"
    if result.note:
        yield f"Note: {result.note}"
    found = result.counterexample
    if found is None:
        return
    yield f"Seen: {found.sentence}"
    yield f"Scenario: {scenario_in_words(found.scenario)}"
    yield f"\n{indent(transcript_text(found.transcript, _MOST_LINES), '  ')}\n"
    if again:
        yield f"Again: {again}"
