"""Judging a client: every item of the catalogue, each a property of its own, within a budget."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Final

import orjson

from ..checks.record import Ruling
from ..client.capabilities import ASKING, ASSUMED
from ..engine.engine import Engine
from ..engine.run import Run
from ..properties.record import Property
from ..scenarios.hurried import hurried
from ..scenarios.model import Scenario
from ..scenarios.space import Space
from . import general
from .catalogue import Item
from .falsify import Search, is_unsupported, search
from .results import CheckResult, Counterexample, Status
from .transcripts import transcript_of
from .watch import Watch

_FIRST_ROUND: Final = 3  # examples per check, if time is short, before any check has more
_ENOUGH: Final = 3  # scenarios after which a check that had nothing to judge is said not to be exercised
_REMEMBERED: Final = 128  # runs
_ALL_KINDS: Final = 60  # scenarios of all kinds per provider, beside those for the readings
_EFFORT: Final = 100  # scenarios of a check that usually tries very many
_MANY: Final = 30  # of those from which on readings are played in pairs as well


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to explore.

    `each` is the number of scenarios for each check, None for its own; `factor` multiplies it. `budget` ends all of it
    after so many seconds; `shrink` looks for the smallest counterexample, and `clock` tells the time.
    """

    seed: int = 0
    each: int | None = None
    factor: float = 1.0
    budget: float = inf
    shrink: bool = True
    clock: Callable[[], float] = time.perf_counter

    def scenarios(self, usual: int) -> int:
        """How many to try of a search that usually tries so many."""
        return max(1, round((self.each or usual) * self.factor))


@dataclass(slots=True)
class _Progress:
    """What is known of an item so far."""

    search: Search = field(default_factory=Search)
    rounds: int = 0
    wanted: int = 0


class Explorer:
    """Runs scenarios on an engine for one check after another."""

    def __init__(
        self, engine: Engine, plan: Plan | None = None, announce: Callable[[str], object] = lambda name: None
    ) -> None:
        self.engine = engine
        self._announce = announce
        self.plan = plan or Plan()
        self._ends = self.plan.clock() + self.plan.budget
        self._runs: OrderedDict[bytes, Run] = OrderedDict()
        self._rulings = general.JournalRulings()
        self._watches: dict[str, Watch] = {}
        self.unexplored: list[str] = []

    def results(self, items: Sequence[Item]) -> Iterator[CheckResult]:
        """Judge the items; each result comes as soon as it is certain. Raises SubjectError."""
        progress = {item.name: _Progress() for item in items}
        for item in items:
            if item.missing:
                yield item.result("not-applicable", note=f"the client does not have {', '.join(item.missing)}")
        open_items = [item for item in items if not item.missing]
        if self.plan.budget != inf:
            for item in open_items:
                self._explore(item, progress[item.name], self._first_round)
        for item in open_items:
            self._explore(item, progress[item.name], None)
            yield self._result(item, progress[item.name])

    def judge(self, item: Item) -> CheckResult:
        """One item."""
        return next(iter(self.results([item])))

    def play(self, scenario: Scenario) -> Run:
        """The run of a scenario, which may be one that was run a moment ago; gateways in real time get shorter ones."""
        if self._in_real_time:
            scenario = hurried(scenario)
        key = orjson.dumps(scenario.as_json(), option=orjson.OPT_SORT_KEYS)
        if key not in self._runs:
            self._runs[key] = self.engine.run(scenario)
            if len(self._runs) > _REMEMBERED:
                self._runs.popitem(last=False)
        return self._runs[key]

    def space(self, provider: str) -> Space:
        """The scenarios there are for this client of a provider."""
        subject = self.engine.subject
        can = subject.capabilities.features | subject.conditions
        return Space(provider, can, self.plan.seed, subject.claims, self.plan.scenarios(_EFFORT) / _EFFORT)

    @property
    def _in_real_time(self) -> bool:
        """Whether this is a gateway for which every second is one: it gets short scenarios, and few."""
        subject = self.engine.subject
        return subject.lasting and subject.clock == "real" and subject.rate == 1.0

    @property
    def _first_round(self) -> int:
        return 1 if self._in_real_time else _FIRST_ROUND

    @property
    def _shrinks(self) -> bool:
        return self.plan.shrink and not self._in_real_time

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.plan.clock() >= self._ends

    def _explore(self, item: Item, progress: _Progress, most: int | None) -> None:
        if progress.search.broken is not None:
            return
        self._announce(item.name)
        if isinstance(item.check, Property):
            self._explore_property(item, item.check, progress, most)
        elif most is None:
            self._watch_journals(item, progress)

    def _explore_property(self, item: Item, check: Property, progress: _Progress, most: int | None) -> None:
        wanted = self.plan.scenarios(check.examples)
        progress.wanted = wanted
        strategy = check.explore(self.space(item.provider))
        if strategy is None:
            return
        seed = self.plan.seed + progress.rounds
        if most is None and progress.rounds and wanted <= self._first_round:
            return
        found = search(
            strategy, self.play, check.judge, seed=seed, examples=min(wanted, most or wanted),
            shrink=self._shrinks, is_over=lambda: self.is_over,
        )  # fmt: skip
        progress.rounds += 1
        _add(progress.search, found)

    def _watch_journals(self, item: Item, progress: _Progress) -> None:
        watch = self._watches.get(item.provider)
        if watch is None:
            space = self.space(item.provider)
            count = self.plan.scenarios(_ALL_KINDS)
            watch = Watch(space, self.play, self._rulings, count, pairs=count >= _MANY)
            self._watches[item.provider] = watch
        found = progress.search = watch.look_for(item.check.id, lambda: self.is_over)
        if found.broken is not None:
            found.broken = self._smallest(item, found.broken)

    def _smallest(self, item: Item, broken: tuple[Scenario, Run, str]) -> tuple[Scenario, Run, str]:
        """The smallest scenario of all kinds that breaks a check of journals; the one that is known if need be."""
        plain = Scenario(item.provider, seed=self.plan.seed)
        if not self._shrinks or broken[0] == plain:
            return broken
        found = search(
            general.anything(self.space(item.provider)), self.play, partial(self._ruling, item.check.id),
            seed=self.plan.seed, examples=self.plan.scenarios(_ALL_KINDS), is_over=lambda: self.is_over,
        )  # fmt: skip
        return found.broken or broken

    def _ruling(self, id: str, run: Run) -> Ruling:
        return self._rulings.of(run).get(id)

    def _result(self, item: Item, progress: _Progress) -> CheckResult:
        found = progress.search
        counts = {"examples": found.examples, "tried": found.tried}
        if self._is_unsupported(item, found):
            return item.result("not-applicable", note="the client says that it does not support this here", **counts)
        if found.broken is not None:
            scenario, run, sentence = found.broken
            transcript = transcript_of(run, self._rulings.culprit(run, item.check.id))
            example = Counterexample(sentence, scenario.as_json(), transcript, found.tried)
            status: Status = "warn" if item.level == "SHOULD" else "fail"
            return item.result(status, counterexample=example, **counts)
        if self.is_over and found.tried < max(1, progress.wanted):
            self.unexplored.append(item.name)
        if found.examples:
            return item.result("pass", **counts)
        usual = item.check.examples if isinstance(item.check, Property) else 1
        if found.tried < _ENOUGH and (self.is_over or progress.wanted < min(_ENOUGH, usual)):
            return item.result("not-applicable", note="too few scenarios were tried to exercise it", **counts)
        if not isinstance(item.check, Property):
            return item.result("not-applicable", note="the client never did anything that it judges", **counts)
        return item.result("not-exercised", note=_why_not(found), **counts)

    def _is_unsupported(self, item: Item, found: Search) -> bool:
        """Whether a client that did not declare a feature for this very provider says that it lacks it here."""
        capabilities = self.engine.subject.capabilities
        assumed = capabilities.features == ASSUMED
        if not isinstance(item.check, Property) or not item.check.needs & ASKING:
            return False
        if found.broken is not None:
            return assumed and is_unsupported(found.broken[1])
        refused = found.examples == 0 < found.tried == found.unsupported
        return refused and (assumed or len(capabilities.providers) != 1)


def _add(total: Search, more: Search) -> None:
    total.tried += more.tried
    total.examples += more.examples
    total.unsupported += more.unsupported
    total.broken = more.broken


def _why_not(found: Search) -> str:
    if not found.tried:
        return "there was no scenario for it"
    return f"in {found.tried} scenarios there was nothing to judge; does the client do what it declares?"
