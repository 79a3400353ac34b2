"""Looking for a scenario that breaks a check, and for the smallest one that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import FlakyFailure, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Scenario

SHRINKING = (Phase.generate, Phase.shrink)
FINDING = (Phase.generate,)

Play = Callable[[Scenario], Run]


@dataclass(slots=True)
class Search:
    """What a search came to: scenarios `tried`, those in which there was something to judge, and what broke.

    `unsupported` are those of which the client said that it does not support them, and sent nothing.
    `broken` is the smallest scenario found, as it was played, its run and what was said of it. Of clients that behave
    differently from time to time it is one that broke the check once.
    """

    tried: int = 0
    examples: int = 0
    broken: tuple[Scenario, Run, str] | None = None
    unsupported: int = 0


class _Broken(Exception):
    """A scenario broke the check; for Hypothesis, which takes any exception as one."""


def search(
    strategy: SearchStrategy[Scenario],
    play: Play,
    judge: Callable[[Run], Ruling],
    *,
    seed: int,
    examples: int,
    shrink: bool = True,
    is_over: Callable[[], bool] = lambda: False,
) -> Search:
    """Try so many scenarios of a strategy. `is_over` ends the search early, with what there is by then."""
    found = Search()

    def test(scenario: Scenario) -> None:
        if is_over():
            return
        run = play(scenario)
        ruling = judge(run)
        found.tried += 1
        found.examples += ruling is not None
        found.unsupported += is_unsupported(run)
        if ruling is not None and ruling is not FINE:
            found.broken = (run.scenario, run, str(ruling))
            raise _Broken

    try:
        _property(strategy, test, seed, examples, SHRINKING if shrink else FINDING)()
    except (_Broken, FlakyFailure):
        pass
    except Unsatisfiable:
        return found
    return found


def is_unsupported(run: Run) -> bool:
    """Whether the client said that it does not support what was wished for, and sent nothing."""
    return run.outcome.kind == "unsupported" and not run.submits


def draw(strategy: SearchStrategy[Scenario], *, seed: int, count: int) -> list[Scenario]:
    """So many scenarios of a strategy, or as many as there are."""
    drawn: list[Scenario] = []

    def keep(scenario: Scenario) -> None:
        drawn.append(scenario)

    _property(strategy, keep, seed, count, FINDING)()
    return drawn


def _property(
    strategy: SearchStrategy[Scenario], test: Callable[[Scenario], None], seed: int, examples: int, phases: Any
) -> Callable[[], None]:
    configure = settings(
        max_examples=examples,
        phases=phases,
        deadline=None,
        database=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    prepared: Callable[[], None] = seeded(seed)(configure(given(strategy)(test)))
    return prepared
