"""The kill matrix: which check finds which mutant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..engine.engine import Engine
from ..mutants.record import Mutant
from ..reference import factory_of
from ..subjects.python import FactorySubject
from ..suite.catalogue import Item, items_for
from ..suite.runner import Explorer, Plan

_BAD = ("fail", "warn")


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one mutant on one seed: the items that found it. `meant` are those that should, by name of item."""

    mutant: str
    seed: int
    meant: tuple[str, ...]
    found_by: tuple[str, ...]

    @property
    def survived(self) -> bool:
        """Whether nobody found it."""
        return not self.found_by

    @property
    def unexpected(self) -> bool:
        """Whether only checks found it that it is not meant for."""
        return bool(self.found_by) and not set(self.meant) & set(self.found_by)


def judge_mutant(mutant: Mutant, *, seed: int = 0, only_meant: bool = False, factor: float = 1.0) -> Row:
    """Which items find a mutant; `only_meant` asks no others than those that should."""
    factory = factory_of({mutant.provider: mutant.client})
    with Engine(FactorySubject(factory, mutant.name)) as engine:
        items = _items(engine, mutant.provider, mutant.kills if only_meant else ())
        explorer = Explorer(engine, Plan(seed=seed, factor=factor, shrink=False))
        found = [result.name for result in explorer.results(items) if result.status in _BAD]
    meant = [item.name for item in _items(engine, mutant.provider, mutant.kills)]
    return Row(mutant.name, seed, tuple(meant), tuple(found))


def _items(engine: Engine, provider: str, ids: Iterable[str]) -> Sequence[Item]:
    subject = engine.subject
    return items_for(subject.capabilities, subject.conditions, [provider], ids)
