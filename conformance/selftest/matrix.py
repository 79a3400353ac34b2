"""The kill matrix: which check finds which mutant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..engine.engine import Engine
from ..gateway.app import AppSubject
from ..gateway.file import read_gateway
from ..mutants.catalogue import mutants
from ..mutants.record import Mutant
from ..reference import factory_of, make
from ..reference_gateway import GATEWAY_FILE, app_of
from ..subjects.base import Subject
from ..subjects.errors import SubjectError
from ..subjects.python import FactorySubject
from ..suite.catalogue import Item, items_for
from ..suite.results import CheckResult
from ..suite.runner import Explorer, Plan

FOUND: Final = ("fail", "warn")
LONGEST: Final = 10.0  # real seconds for one scenario with a mutant
_QUICK: Final = 0.2  # of the usual number of scenarios, for checks that a mutant is not meant for
_ADAPTER: Final = "the adapter test"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one mutant on one seed: `meant` are the items that should find it, `found_by` those that did.

    `found_by` is complete only on the first seed: later it takes no more than one to find a mutant. Beyond the meant
    ones it is complete only where `others` were asked as well.
    """

    mutant: str
    seed: int
    meant: tuple[str, ...]
    found_by: tuple[str, ...]
    others: bool

    @property
    def survived(self) -> bool:
        """Whether nobody found it."""
        return not self.found_by

    @property
    def unexpected(self) -> bool:
        """Whether only checks found it that it is not meant for."""
        return bool(self.found_by) and not set(self.meant) & set(self.found_by)


def judge_mutant(name: str, seeds: int = 1, *, others: bool = False) -> list[Row]:
    """Which items find the mutant of this name, on each of so many seeds.

    Those that it is meant for are asked first. If they find nothing, or with `others` on the first seed, all that are
    left are asked with fewer scenarios.
    """
    mutant = mutants()[name]
    with Engine(subject_of(mutant), longest=LONGEST) as engine:
        return [_row(engine, mutant, seed, others=others and not seed) for seed in range(seeds)]


def subject_of(mutant: Mutant) -> Subject:
    """The mutant, to be judged."""
    if mutant.is_gateway:
        return AppSubject(read_gateway(GATEWAY_FILE), app_of(mutant.client))
    return FactorySubject(factory_of({mutant.provider: mutant.client}), mutant.name)


def reference_of(mutant: Mutant) -> Subject:
    """What it would be without its bug."""
    return AppSubject(read_gateway(GATEWAY_FILE)) if mutant.is_gateway else FactorySubject(make, "reference")


def _row(engine: Engine, mutant: Mutant, seed: int, *, others: bool) -> Row:
    meant = _items(engine, mutant, mutant.kills)
    found = _finders(engine, meant, Plan(seed=seed, shrink=False), one=seed > 0)
    ask = others or not found
    if ask:
        known = {item.name for item in meant}
        rest = [item for item in _items(engine, mutant) if item.name not in known]
        found += _finders(engine, rest, Plan(seed=seed, shrink=False, factor=_QUICK))
    return Row(mutant.name, seed, tuple(item.name for item in meant), tuple(found), ask)


def _finders(engine: Engine, items: Sequence[Item], plan: Plan, *, one: bool = False) -> list[str]:
    """The items that find it; `one` is enough if so said."""
    try:
        found = (result.name for result in Explorer(engine, plan).results(items) if _is_found(result))
        return list(islice(found, 1 if one else None))
    except SubjectError:
        return [_ADAPTER]


def _is_found(result: CheckResult) -> bool:
    return result.status in FOUND


def _items(engine: Engine, mutant: Mutant, ids: Iterable[str] = ()) -> list[Item]:
    subject = engine.subject
    return items_for(subject.capabilities, subject.conditions, [mutant.provider], ids)
