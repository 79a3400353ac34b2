"""A good and a bad transcript for a check: the reference client, and a mutant of it, in the same scenario."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.engine import Engine
from ..mutants.catalogue import mutants
from ..mutants.record import Mutant
from ..scenarios.model import Scenario
from ..suite.catalogue import items_for
from ..suite.results import Event
from ..suite.runner import Explorer
from ..suite.transcripts import transcript_of
from .matrix import reference_of, subject_of


@dataclass(frozen=True, slots=True)
class Showing:
    """What breaking a check looks like (`bad`, with the bug and the sentence) and keeping it (`good`)."""

    bug: str
    sentence: str
    bad: tuple[Event, ...]
    good: tuple[Event, ...]


def show(check: str) -> Showing | None:
    """A showing of a check, worked out on the spot; None if no mutant is meant for it."""
    for mutant in mutants().values():
        if check in mutant.kills and (showing := _shown(check, mutant)) is not None:
            return showing
    return None


def _shown(check: str, mutant: Mutant) -> Showing | None:
    with Engine(subject_of(mutant)) as engine:
        subject = engine.subject
        [item] = items_for(subject.capabilities, subject.conditions, [mutant.provider], [check])
        example = Explorer(engine).judge(item).counterexample
    if example is None:
        return None
    with Engine(reference_of(mutant)) as engine:
        good = transcript_of(engine.run(Scenario.from_json(example.scenario)))
    return Showing(mutant.bug, example.sentence, example.transcript, good)
