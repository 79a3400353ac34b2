"""From a subject to a report: smoke test, exploration, requirement set, baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from typing import Any, Final

from ...specs import provider_names
from ..client import Capabilities
from ..engine.engine import Engine
from ..subjects.base import Subject
from .baseline import Baseline
from .catalogue import Item, items_for
from .requirements import LATEST, required
from .results import CheckResult, Effort, Level, Report
from .runner import Explorer, Plan
from .smoke import smoke_test

LEVELS: Final[tuple[Level, ...]] = ("MUST", "HOUSE", "SHOULD")  # from the worst

OK, FAILED, USAGE, ADAPTER, HARNESS, STALE = range(6)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged: which providers and checks (all if empty), by which set and baseline, how thoroughly."""

    providers: Sequence[str] = ()
    checks: Sequence[str] = ()
    levels: Sequence[Level] = LEVELS
    requirements: str = LATEST
    baseline: Baseline = field(default_factory=Baseline)
    plan: Plan = field(default_factory=Plan)
    fail_on: Sequence[Level] = ("MUST", "HOUSE")


@dataclass
class Listener:
    """What wants to know how far it is; every method may be left as it is."""

    begin: Callable[[int], Any] = lambda total: None
    running: Callable[[str], Any] = lambda name: None
    done: Callable[[CheckResult], Any] = lambda result: None


def providers_of(capabilities: Capabilities, order: Order) -> list[str]:
    """The providers to judge a client by: those that it names, or all, as far as they are ordered."""
    declared = capabilities.providers or tuple(provider_names())
    return [name for name in provider_names() if name in declared and name in (order.providers or declared)]


def plan_items(subject: Subject, order: Order) -> list[Item]:
    """What is judged about a subject that takes every provider it may. Raises UnknownCheck, UnknownRequirements."""
    levels = required(order.requirements)
    wanted = providers_of(subject.capabilities, order)
    items = items_for(subject.capabilities, subject.conditions, wanted, order.checks)
    return [item for item in items if levels.get(item.check.id) in order.levels]


def judge_subject(
    engine: Engine, order: Order, today: date, listener: Listener | None = None, part: Sequence[str] = ()
) -> Report:
    """The report on the subject of an engine. Raises SubjectError, UnknownCheck and UnknownRequirements.

    With `part` only these of its providers are judged, as if the others were as well, elsewhere.
    """
    tell = listener or Listener()
    capabilities = engine.subject.capabilities
    wanted = [name for name in providers_of(capabilities, order) if name in part or not part]
    planned = plan_items(engine.subject, order)
    served = smoke_test(engine, wanted, declared=bool(capabilities.providers), seed=order.plan.seed)
    items = [item for item in planned if item.provider in served]
    levels = required(order.requirements)
    explorer = Explorer(engine, order.plan, announce=tell.running)
    tell.begin(len(items))
    results = []
    for result in explorer.results(items):
        [result] = order.baseline.applied([replace(result, level=levels[result.id])], today)
        tell.done(result)
        results.append(result)
    return Report(
        subject={"name": capabilities.name, "version": capabilities.version, **engine.subject.described()},
        results=sorted_as(items, results),
        effort=Effort(engine.scenarios, engine.seconds, engine.virtual_seconds),
        seed=order.plan.seed,
        requirements=order.requirements,
        fail_on=tuple(order.fail_on),
        unexplored=tuple(explorer.unexplored),
        version=version("safelight"),
    )


def sorted_as(items: Sequence[Item], results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Results in the order of the items that they are of."""
    places = {item.name: number for number, item in enumerate(items)}
    return tuple(sorted(results, key=lambda result: places[result.name]))


def exit_code(report: Report) -> int:
    """0 if nothing speaks against the subject, 1 if a scored check failed, 5 for a stale baseline.

    3 if something is wrong with the way it is run, such as an adapter that breaks down or processes that are left.
    """
    statuses = {result.status for result in report.results}
    if "adapter-error" in statuses:
        return ADAPTER
    if failing(report):
        return FAILED
    if report.problems:
        return ADAPTER
    return STALE if "stale-baseline" in statuses else OK


def failing(report: Report) -> list[CheckResult]:
    """The results that make the run fail: broken or not exercised, at a level that counts."""
    red = report.of_status("fail", "warn", "not-exercised")
    return [result for result in red if result.level in report.fail_on]
