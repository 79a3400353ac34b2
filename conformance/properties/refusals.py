"""Refusals of a submit, in any envelope that a document leaves open, and what the caller hears of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from ..checks.record import Ruling
from ..engine.outcome import Outcome
from ..engine.run import Run
from ..scenarios.model import Scenario
from ..scenarios.space import Space
from .judging import told_as
from .record import Explore, RunJudge

Categories = Mapping[str, tuple[str, ...]]  # by the simulator's neutral name of a problem

_REFUSED: Final[Mapping[str, Any]] = {"kind": "problem", "operation": "submit", "times": None}
_PATIENT: Final = ("rate_limited", "server")  # who tries again until the time is up ends with a time-out


def refused_for(problems: Iterable[str]) -> Explore:
    """Scenarios in which every submit is refused for one of these problems, in each form that an error may have."""
    named = tuple(problems)

    def explore(space: Space) -> Any:
        plain = Scenario(space.provider, deadline=600.0, seed=space.seed)
        refusals = [
            replace(plain, readings=reading, faults=({**_REFUSED, "problem": problem},))
            for problem in named
            for reading in _forms(space)
        ]
        return space.st.sampled_from(refusals)

    return explore


def told_by_status(categories: Categories) -> RunJudge:
    """The category of an error follows the HTTP status, whatever the body."""

    def judge(run: Run) -> Ruling:
        if not any(seen.exchange.fault for seen in run.submits):
            return None
        expected = categories[run.scenario.faults[0]["problem"]]
        patient = ("timeout",) if set(expected) & set(_PATIENT) else ()
        return told_as(run.outcome, (*expected, *patient))

    return judge


def is_typed(outcome: Outcome) -> bool:
    """Whether the caller gets an error that says what kind it is."""
    return outcome.kind in ("error", "unsupported") and outcome.category is not None


def names(outcome: Outcome, *words: object) -> bool:
    """Whether the error says one of these words, in its code, its status or its message."""
    said = f"{outcome.code} {outcome.status} {outcome.message}".lower()
    return any(str(word).lower() in said for word in words)


def _forms(space: Space) -> list[Mapping[str, str]]:
    behaviour = space.spec.behaviour
    name = behaviour.raw["errors"]["envelope_reading"]
    return [{name: value} for value in behaviour.choices[name].values]
