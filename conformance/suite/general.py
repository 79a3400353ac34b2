"""Scenarios of all kinds, whose journals are judged by every check that needs no more than a journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..checks.passive import PassiveJudge
from ..checks.record import FINE, Ruling, Verdict
from ..engine.run import Run
from ..scenarios.model import Call, Scenario
from ..scenarios.space import Space

_LONG = 300.0  # seconds; longer than any rhythm of polling takes to change

_SLOW_DOWN: dict[str, Any] = {"kind": "problem", "problem": "rate-limited"}
_NUISANCES: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"kind": "edge-page", "operation": "result", "times": 2},),
    ({"kind": "edge-page", "operation": "result", "times": 8},),
    ({"kind": "reset", "operation": "result"},),
    ({"kind": "empty", "operation": "result"},),
    ({**_SLOW_DOWN, "operation": "result", "retry_after": 17, "times": 2},),
    ({**_SLOW_DOWN, "operation": "result", "retry_after": 40, "retry_after_as": "date"},),
    ({**_SLOW_DOWN, "operation": "result", "times": 6},),
    ({**_SLOW_DOWN, "operation": "submit", "retry_after": 8},),
    ({"kind": "key-revoked", "operation": "result"},),
    ({"kind": "status", "status": 400, "operation": "result", "times": None},),
    ({"kind": "problem", "problem": "parameter-invalid", "operation": "submit", "times": 3},),
    ({"kind": "problem", "problem": "credits-exhausted", "operation": "submit", "times": 3},),
    ({"kind": "reset", "operation": "submit", "when": "after"},),
    ({"kind": "unknown-fields", "operation": "*", "times": None},),
    ({"kind": "reordered-keys", "operation": "*", "times": None},),
)


def fixed(space: Space) -> list[Scenario]:
    """One scenario for each reading alone, each nuisance, each ending and each story, and a long job."""
    plain = Scenario(space.provider, seed=space.seed)
    return [
        *(replace(plain, readings=reading) for reading in [{}, *space.single_readings()]),
        *(replace(plain, faults=faults) for faults in _NUISANCES),
        *(replace(plain, ending=ending) for ending in space.spec.behaviour.failures),
        *(replace(plain, calls=calls) for calls in _stories(space)),
        *([] if space.words.waits else [replace(plain, seconds=_LONG)]),
    ]


def paired(space: Space) -> list[Scenario]:
    """One scenario for each pair of readings."""
    return [Scenario(space.provider, readings=pair, seed=space.seed) for pair in space.paired_readings()]


def anything(space: Space) -> SearchStrategy[Scenario]:
    """Any wish, time, ending and reading, with or without something going wrong on the way."""
    endings = st.one_of(st.just("succeeded"), space.failures(), space.moderations())
    faults = st.one_of(st.just(()), st.just(()), st.sampled_from(_NUISANCES))
    calls = st.one_of(
        space.wishes().map(lambda wish: (Call(wish),)),
        st.builds(lambda wish, images: (Call(replace(wish, images=images)),), space.wishes(), space.pictures()),
        *([st.sampled_from(_stories(space))] if _stories(space) else []),
    )
    return space.scenarios(calls=calls, ending=endings, faults=faults)


class JournalRulings:
    """What every check of journals says of a run, worked out once per run."""

    def __init__(self) -> None:
        self._latest: tuple[Run, dict[str, Verdict]] | None = None

    def of(self, run: Run) -> dict[str, Ruling]:
        """By id: a sentence, or FINE; checks that had nothing to judge are not there."""
        return {
            id: verdict.findings[0].sentence if verdict.findings else FINE
            for id, verdict in self._verdicts(run).items()
        }

    def culprit(self, run: Run, id: str) -> int | None:
        """The number of the exchange that broke a check first."""
        verdict = self._verdicts(run).get(id)
        return verdict.findings[0].exchange if verdict is not None and verdict.findings else None

    def _verdicts(self, run: Run) -> dict[str, Verdict]:
        if self._latest is None or self._latest[0] is not run:
            self._latest = run, _judged(run)
        return self._latest[1]


def _judged(run: Run) -> dict[str, Verdict]:
    judge = PassiveJudge({run.provider: run.spec})
    for seen in sorted(run.exchanges, key=lambda seen: seen.done):
        judge.feed(seen.exchange)
    return {verdict.check.id: verdict for verdict in judge.verdicts() if verdict.cases}


def _stories(space: Space) -> list[tuple[Call, ...]]:
    stories: list[tuple[Call, ...]] = []
    if space.words.conversations and "follow-up" in space.can:
        stories.append((Call(), Call(follows=0)))
        stories.append((Call(), Call(follows=0), Call(follows=1)))
    if space.words.lists and "list" in space.can:
        stories.append((Call(), Call(op="list")))
    return stories
