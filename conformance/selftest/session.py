"""The whole selftest: mutants on several seeds, innocents, and a broken harness, on all cores."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Final, TypeVar

from ..mutants.catalogue import mutants
from ..suite.catalogue import all_checks
from .innocence import Acquittal, acquit, innocents
from .matrix import Row, judge_mutant
from .mechanical import all_changes
from .sabotage import SABOTAGES, Discovery, discover, failing_probes
from .survival import Fate, fate_of

SEEDS: Final = 5

T = TypeVar("T")
_FULL: Final = 4.0  # times the usual number of scenarios for innocents
Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the selftest found.

    `rows` are of mutants, one per seed; `unproven` the checks that find no mutant meant for them. `probes` failed
    although nothing was broken, with what they say.
    """

    rows: tuple[Row, ...] = ()
    unproven: tuple[str, ...] = ()
    acquittals: tuple[Acquittal, ...] = ()
    discoveries: tuple[Discovery, ...] = ()
    probes: dict[str, str] = field(default_factory=dict)

    @property
    def survivors(self) -> list[Row]:
        """Mutants that nobody found on some seed."""
        return [row for row in self.rows if row.survived]

    @property
    def unexpected(self) -> list[Row]:
        """Mutants that only checks found that they are not meant for."""
        return [row for row in self.rows if row.unexpected]

    @property
    def accused(self) -> list[Acquittal]:
        """Innocents that some check accuses."""
        return [each for each in self.acquittals if each.accusations]

    @property
    def undiscovered(self) -> list[Discovery]:
        """Ways to break the harness that no probe noticed."""
        return [each for each in self.discoveries if not each.noticed_by]

    @property
    def holds(self) -> bool:
        """Whether there is nothing to complain of."""
        return not (
            self.survivors or self.unexpected or self.unproven or self.accused or self.undiscovered or self.probes
        )


def prove(seeds: int = SEEDS, *, full: bool = False, jobs: int | None = None, tell: Tell = lambda text: None) -> Proof:
    """Run all of it but the mechanical part, `jobs` processes at once (as many as there are cores if None).

    Mutants are judged by the checks that are meant for them, with `full` on the first seed by all others as well, and
    innocents on more scenarios.
    """
    with _pool(jobs) as pool:
        probing = pool.submit(failing_probes)
        rest = [
            *(pool.submit(acquit, name, thoroughness=_FULL if full else 1.0) for name in innocents()),
            *(pool.submit(discover, name) for name in SABOTAGES),
            *(pool.submit(judge_mutant, name, seeds, others=full) for name in mutants()),
        ]
        done = [
            each for result in _collected(rest, tell) for each in (result if isinstance(result, list) else [result])
        ]
        probes = probing.result()
    rows = sorted(_of(Row, done), key=lambda row: (row.mutant, row.seed))
    return Proof(
        tuple(rows),
        tuple(_unproven(rows)),
        tuple(_of(Acquittal, done)),
        tuple(_of(Discovery, done)),
        probes,
    )


def mutate_mechanically(
    share: float = 1.0, *, seed: int = 0, jobs: int | None = None, tell: Tell = lambda text: None
) -> list[Fate]:
    """What becomes of mechanical mutants, or of a random `share` of them (0 to 1)."""
    ids = [change.id for change in all_changes()]
    chosen = random.Random(seed).sample(ids, max(1, round(len(ids) * share)))
    with _pool(jobs) as pool:
        fates = list(_collected([pool.submit(fate_of, id) for id in chosen], tell))
    return sorted(fates, key=lambda fate: (fate.change.module, fate.change.line, fate.change.id))


def _unproven(rows: Iterable[Row]) -> Iterator[str]:
    found = {name.rpartition("/")[2] for row in rows for name in row.found_by if name in row.meant}
    yield from (id for id in all_checks() if id not in found)


def _collected(futures: Sequence[Any], tell: Tell) -> Iterator[Any]:
    for number, future in enumerate(as_completed(futures), start=1):
        tell(f"{number} of {len(futures)}")
        yield future.result()


def _of(kind: type[T], done: Iterable[Any]) -> list[T]:
    return [each for each in done if isinstance(each, kind)]


def _pool(jobs: int | None) -> ProcessPoolExecutor:
    # Each process starts anew: virtual time patches the process it is in, and threads do not survive a fork.
    return ProcessPoolExecutor(jobs or os.cpu_count() or 1, mp_context=get_context("spawn"))
