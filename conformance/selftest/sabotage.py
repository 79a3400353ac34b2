"""Breaking the harness on purpose: whatever is broken, some probe has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest.mock import patch

from ...mockserver import journal, ledger, tenants, world
from ...mockserver.faults import table
from ..engine import engine
from ..reports import html, junit
from ..suite import baseline, falsify, judging, runner
from ..virtual import clock
from .probes import PROBES


@dataclass(frozen=True)
class Sabotage:
    """One way to break the harness, in a sentence, and how: pairs of an object and what replaces an attribute of it."""

    name: str
    breaks: str
    patches: Callable[[], list[Any]]


@dataclass(frozen=True, slots=True)
class Discovery:
    """Which probes noticed a sabotage."""

    sabotage: str
    breaks: str
    noticed_by: tuple[str, ...]


def discover(name: str) -> Discovery:
    """Break the harness in this way and ask every probe."""
    sabotage = SABOTAGES[name]
    with _broken(sabotage):
        noticed = tuple(probe for probe in PROBES if not _holds(probe))
    return Discovery(name, sabotage.breaks, noticed)


def failing_probes() -> dict[str, str]:
    """The probes that fail although nothing is broken, each with what it says."""
    return {name: str(error) for name in PROBES if (error := _error_of(name)) is not None}


@contextmanager
def _broken(sabotage: Sabotage) -> Iterator[None]:
    with ExitStack() as stack:
        for each in sabotage.patches():
            stack.enter_context(each)
        yield


def _holds(probe: str) -> bool:
    return _error_of(probe) is None


def _error_of(probe: str) -> Exception | None:
    try:
        PROBES[probe]()
    except Exception as error:
        return error
    return None


def _jump_always(self: Any, seconds: float) -> None:
    self._now += seconds


def _wait_never(self: Any, timeout: float) -> Any:
    self._time.jump(timeout)
    return []


def _forget_every_second(original: Any) -> Any:
    def append(self: Any, exchange: Any) -> None:
        if exchange.number % 2:
            original(self, exchange)

    return append


def _without_last_failure(render: Any) -> Any:
    def rendered(report: Any, *args: Any, **options: Any) -> Any:
        return render(replace(report, results=report.results[:-1]), *args, **options)

    return rendered


def _unseeded(self: Any, scenario: Any, virtual: Any, *, original: Any) -> Any:
    _unseeded_runs.append(None)
    return original(self, replace(scenario, seed=len(_unseeded_runs)), virtual)


_unseeded_runs: list[None] = []
_set_up = engine.Engine._set_up
_search = falsify.search


def _always_fine(*args: Any, **options: Any) -> Any:
    strategy, play, _, *rest = args
    return _search(strategy, play, lambda run: True, *rest, **options)


def _unshrunk(*args: Any, **options: Any) -> Any:
    return _search(*args, **{**options, "shrink": False})


SABOTAGES: Final[Mapping[str, Sabotage]] = {
    each.name: each
    for each in (
        Sabotage("open-door", "the simulator serves requests without a key",
                 lambda: [patch.object(world.World, "authenticate", lambda *args: None)]),
        Sabotage("impatient-clock", "virtual time jumps while somebody holds it",
                 lambda: [patch.object(clock.VirtualTime, "jump", _jump_always),
                          patch.object(clock.VirtualSelector, "_wait", _wait_never)]),
        Sabotage("sticky-ledger", "the ledger keeps the charge of failed jobs",
                 lambda: [patch.object(ledger.Wallet, "expect_refund", lambda self, job: None),
                          patch.object(ledger, "outcome_of", lambda ending: "succeeded")]),
        Sabotage("blind-check", "every check passes whatever it sees",
                 lambda: [patch.object(runner, "search", _always_fine)]),
        Sabotage("lossy-page", "the HTML report drops a failure",
                 lambda: [patch.object(html, "html_page", _without_last_failure(html.html_page))]),
        Sabotage("lossy-junit", "the JUnit report drops a failure",
                 lambda: [patch.object(junit, "junit_xml", _without_last_failure(junit.junit_xml))]),
        Sabotage("mild-exit", "the exit code is 0 whatever was found",
                 lambda: [patch.object(judging, "exit_code", lambda report: 0)]),
        Sabotage("deaf-faults", "faults never strike",
                 lambda: [patch.object(table.FaultTable, "strike", lambda *args, **options: {})]),
        Sabotage("stubborn-readings", "readings stay at their defaults",
                 lambda: [patch.object(tenants.Tenant, "choose", lambda *args: None)]),
        Sabotage("forgetful-journal", "the journal loses every second exchange",
                 lambda: [patch.object(journal.Journal, "append", _forget_every_second(journal.Journal.append))]),
        Sabotage("happy-endings", "every job ends well",
                 lambda: [patch.object(engine, "SUCCEEDED", _Anything())]),
        Sabotage("idle-shrinker", "counterexamples are left as they were found",
                 lambda: [patch.object(runner, "search", _unshrunk)]),
        Sabotage("eternal-baseline", "what is in the baseline may fail for ever",
                 lambda: [patch.object(baseline.Baseline, "_apply", _forgiven)]),
        Sabotage("restless-seed", "the same scenario is played with another seed each time",
                 lambda: [patch.object(engine.Engine, "_set_up",
                                       lambda self, scenario, virtual: _unseeded(
                                           self, scenario, virtual, original=_set_up))]),
    )
}  # fmt: skip


class _Anything:
    """Equal to every ending."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def _forgiven(self: Any, result: Any, today: Any) -> Any:
    return replace(result, status="expected-fail")
