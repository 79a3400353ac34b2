"""Counting results, putting the worst first, and the words for what became of a check."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ..suite.results import CheckResult, Level, Report, Status

Tone = Literal["good", "bad", "doubtful", "quiet"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
LEVELS: Final[tuple[Level, ...]] = ("MUST", "HOUSE", "SHOULD")


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How a status is called, in a column and in a sentence, and what it means."""

    name: str
    column: str
    mark: str
    tone: Tone
    meaning: str


WORDS: Final[Mapping[Status, StatusWords]] = {
    "pass": StatusWords("passed", "pass", "✓", "good", "every scenario in which there was something to judge was fine"),
    "fail": StatusWords("failed", "fail", "✗", "bad", "a scenario was found in which the rule is broken"),
    "warn": StatusWords("warning", "warn", "!", "doubtful", "what is only recommended is not done"),
    "not-exercised": StatusWords(
        "not exercised", "not run", "○", "bad",
        "the check applies, but nothing came up that it could judge, which proves nothing",
    ),
    "not-applicable": StatusWords(
        "not applicable", "n/a", "–", "quiet", "what the check needs is not claimed",
    ),
    "expected-fail": StatusWords(
        "expected failure", "expected", "~", "doubtful", "the rule is broken, and the baseline says why",
    ),
    "stale-baseline": StatusWords(
        "stale baseline", "stale", "✗", "bad", "the baseline expects a failure that is gone, or its time is up",
    ),
    "adapter-error": StatusWords(
        "adapter error", "adapter", "✗", "bad", "the adapter broke down, so nothing is known",
    ),
}  # fmt: skip
_SEVERITY: Final[tuple[Status, ...]] = (
    "fail", "adapter-error", "stale-baseline", "not-exercised", "warn", "expected-fail", "pass", "not-applicable",
)  # fmt: skip
RED: Final = _SEVERITY[:4]


def worst_first(results: Iterable[CheckResult]) -> list[CheckResult]:
    """By status, then by level, otherwise in their order."""
    return sorted(results, key=lambda result: (_SEVERITY.index(result.status), LEVELS.index(result.level)))


def providers(report: Report) -> list[str]:
    """Those with results, in their order."""
    return list(dict.fromkeys(result.provider for result in report.results))


def statuses(report: Report) -> Mapping[Status, int]:
    """How many results there are of each status that occurs, the worst first."""
    counts = Counter(result.status for result in report.results)
    return {status: counts[status] for status in _SEVERITY if counts[status]}


def tallied(results: Iterable[CheckResult]) -> Mapping[tuple[str, Level], Counter[Status]]:
    """How many results of each status there are, by provider and level."""
    counts: dict[tuple[str, Level], Counter[Status]] = {}
    for result in results:
        counts.setdefault((result.provider, result.level), Counter())[result.status] += 1
    return counts


def kept(report: Report, level: Level) -> tuple[int, int]:
    """How many checks of a level passed, and how many apply."""
    applied = [each for each in report.results if each.level == level and each.status != "not-applicable"]
    return sum(each.status == "pass" for each in applied), len(applied)
