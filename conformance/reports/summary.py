"""What a run came to and what it took, in a sentence each."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from ..suite.results import Effort, Report
from .tallies import LEVELS, RED, WORDS, Tone, statuses
from .texts import duration, grouped, plural


def verdict_in_words(report: Report) -> str:
    """`2 MUST and 1 HOUSE checks failed, 1 not exercised; 3 warnings`, or that every check passed."""
    worst = _red(report) or [_fine(report)]
    return "; ".join(", ".join(clauses) for clauses in (worst, _mild(report)) if clauses)


def headline(report: Report) -> str:
    """The worst of it alone."""
    return (_red(report) or [_fine(report)])[0]


def _red(report: Report) -> list[str]:
    counts = statuses(report)
    levels = Counter(result.level for result in report.of_status("fail"))
    failed = " and ".join(f"{levels[level]} {level}" for level in LEVELS if levels[level])
    red = [f"{failed} {'check' if counts.get('fail') == 1 else 'checks'} failed"] if failed else []
    red += [_counted(counts[status], WORDS[status].name) for status in RED[1:] if status in counts]
    return [*red, *([plural(len(report.problems), "problem")] if report.problems else [])]


def _mild(report: Report) -> list[str]:
    counts = statuses(report)
    return [_counted(counts[status], WORDS[status].name) for status in ("warn", "expected-fail") if status in counts]


def _fine(report: Report) -> str:
    if not report.results:
        return "nothing was judged"
    return "no check failed" if _mild(report) else "every check passed that applies"


def verdict_tone(report: Report) -> Tone:
    """How good that is."""
    if not report.results:
        return "quiet"
    if report.of_status(*RED) or report.problems:
        return "bad"
    return "doubtful" if report.of_status("warn", "expected-fail") else "good"


def effort_in_words(effort: Effort) -> str:
    """Scenarios and their rate, and the virtual time lived through for each real second; in real time, requests."""
    if effort.scenarios and not effort.virtual_seconds:
        return f"{plural(effort.scenarios, 'request')} in {duration(round(effort.seconds, 1))}"
    scenarios = f"{plural(effort.scenarios, 'scenario')} in {duration(round(effort.seconds, 1))}"
    if effort.seconds < 0.001:
        return scenarios
    rate = f"{grouped(effort.scenarios / effort.seconds)} per second"
    lived = f"{duration(round(effort.virtual_seconds))} of virtual time"
    return f"{scenarios} ({rate}); {lived}, {grouped(effort.virtual_seconds / effort.seconds)} s for each real one"


def gaps(report: Report, most: int | None = None) -> str:
    """What was not explored to the end, all of it or the first few."""
    named = report.unexplored[:most]
    left = len(report.unexplored) - len(named)
    return f"{', '.join(named)}{f' and {left} more' if left else ''}"


def date_in_words(date: datetime) -> str:
    """`14 August 2026, 12:03 UTC`, with the zone where it is known."""
    return f"{date.day} {date:%B %Y, %H:%M} {date.tzname() or ''}".rstrip()


def _counted(count: int, name: str) -> str:
    countable = name in ("warning", "expected failure", "adapter error")
    return plural(count, name) if countable else f"{count} {name}"
