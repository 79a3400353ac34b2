"""Scenarios of all kinds with one client of one provider, run as far as somebody needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..checks.record import FINE
from ..engine.run import Run
from ..scenarios.model import Scenario
from ..scenarios.space import Space
from .falsify import Play, Search, draw
from .general import JournalRulings, anything, fixed, paired


@dataclass(slots=True)
class _Sighting:
    """What has been seen of one check of journals so far."""

    cases: int = 0
    broken: tuple[Scenario, Run, str] | None = None


class Watch:
    """Every run is judged by every check of journals; what was run for one check counts for the others as well."""

    def __init__(self, space: Space, play: Play, rulings: JournalRulings, count: int, *, pairs: bool = True) -> None:
        """`count` scenarios of all kinds are run beside the fixed ones; with `pairs` those for pairs of readings."""
        self._play = play
        self._rulings = rulings
        self._sightings: dict[str, _Sighting] = {}
        self._left = self._scenarios(space, count, pairs)
        self.tried = 0

    def look_for(self, id: str, is_over: Callable[[], bool]) -> Search:
        """Go on until a check of journals is broken, or all is run, or it `is_over`."""
        sighting = self._sightings.setdefault(id, _Sighting())
        while sighting.broken is None and not is_over():
            scenario = next(self._left, None)
            if scenario is None:
                break
            self._take(self._play(scenario))
        return Search(self.tried, sighting.cases, sighting.broken)

    def _take(self, run: Run) -> None:
        self.tried += 1
        for id, ruling in self._rulings.of(run).items():
            sighting = self._sightings.setdefault(id, _Sighting())
            sighting.cases += 1
            if ruling is not FINE and sighting.broken is None:
                sighting.broken = (run.scenario, run, str(ruling))

    @staticmethod
    def _scenarios(space: Space, count: int, pairs: bool) -> Iterator[Scenario]:
        yield from fixed(space)
        yield from paired(space) if pairs else ()
        yield from draw(anything(space), seed=space.seed, count=count)
