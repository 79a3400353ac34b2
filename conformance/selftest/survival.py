"""What became of a mechanical mutant."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from ...specs.cache import read_yaml
from ..engine.engine import Engine
from ..subjects.errors import SubjectError
from ..subjects.python import FactorySubject
from ..suite.catalogue import items_for
from ..suite.runner import Explorer, Plan
from ..suite.smoke import smoke_test
from .matrix import FOUND
from .mechanical import Change, all_changes, mutated, providers_touched

EXPLAINED: Final = Path(__file__).with_name("survivors.yaml")

_LONGEST: Final = 5.0  # real seconds for one scenario
_PATIENCE: Final = 30.0  # seconds of CPU for one provider in one pass; the reference client takes about eight
_PASSES: Final = (0.15, 1.0)  # of the usual number of scenarios: most die at once, the others get more
_BROKEN: Final = (*FOUND, "not-exercised")


@dataclass(frozen=True, slots=True)
class Fate:
    """A change, and the item that found it; None for a survivor. `explained` says why nothing finds it."""

    change: Change
    found_by: str | None
    explained: str = ""


def fate_of(id: str, passes: Sequence[float] = _PASSES) -> Fate:
    """Judge one mechanical mutant, until something finds it. `passes` are shares of the usual number of scenarios."""
    change = next(each for each in all_changes() if each.id == id)
    found_by = _finder(change, passes)
    return Fate(change, found_by, "" if found_by else explanations().get(change.id, ""))


@cache
def explanations() -> dict[str, str]:
    """Why survivors are no bugs, by id of change."""
    rows = read_yaml(EXPLAINED)["survivors"] if EXPLAINED.exists() else []
    return {id: row["because"] for row in rows for id in row["changes"]}


def _finder(change: Change, passes: Sequence[float]) -> str | None:
    try:
        package = mutated(change)
        classes = dict(package.CLASSES)
        factory = package.factory_of(classes)
    except Exception as error:
        return f"import ({type(error).__name__})"
    for factor in passes:
        for provider in providers_touched(change, tuple(classes)):
            found = _find(factory, provider, factor)
            if found is not None:
                return found
    return None


def _find(factory: Any, provider: str, factor: float) -> str | None:
    try:
        with Engine(FactorySubject(factory, "mechanical"), longest=_LONGEST) as engine:
            subject = engine.subject
            if provider not in smoke_test(engine, [provider], declared=True):
                return "the adapter test"
            items = items_for(subject.capabilities, subject.conditions, [provider])
            explorer = Explorer(engine, Plan(factor=factor, shrink=False))
            ends = time.process_time() + _PATIENCE
            for result in explorer.results(items):
                if result.status in _BROKEN:
                    return result.name
                if time.process_time() > ends:
                    return "the time limit"
    except SubjectError:
        return "the adapter test"
    return None
