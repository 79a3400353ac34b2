"""A tenant's armed faults, compiled per operation: one that is armed elsewhere costs a request one look-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count

from ..seeds import draw
from .kinds import find_kind
from .records import Fault
from .targets import MEDIA, Target

DOOR = "door"
AT_SUBMIT = frozenset({"outcome", "duration", "delivery"})  # effects on a job, which strike when it is created
MOST_CHANCES = 10_000  # different requests whose repetitions are told apart by a fault with a probability

Strike = dict[str, "Armed"]  # what hits one request, by effect


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that lies in wait, and what it has done so far.

    A `cyclic` one begins anew when it is spent and one request has passed. `origin` says who armed it.
    """

    id: int
    fault: Fault
    effect: str
    origin: str = ""
    job: str | None = None
    cyclic: bool = False
    hits: int = 0
    _seen: int = 0
    _run: int = 0
    _repeats: dict[bytes, int] = field(default_factory=dict)

    def meets(self, seed: int, request: bytes) -> bool:
        """Count a matching request, given as the bytes that tell it from others, and say if it is to be hit."""
        fault = self.fault
        self._seen += 1
        if self._seen <= fault.skip:
            return False
        if fault.times is not None and self._run >= fault.times:
            if self.cyclic:
                self._run, self._seen = 0, min(1, fault.skip)
            return False
        return fault.probability is None or self._chance(seed, request) < fault.probability

    def hit(self) -> None:
        """Count a hit."""
        self.hits += 1
        self._run += 1

    def describe(self) -> str:
        """`fault 3 of bad-gateway-burst: edge-page, before commit`, for the journal."""
        origin = f" of {self.origin}" if self.origin else ""
        when = f", {self.fault.when} commit" if self.fault.when else ""
        return f"fault {self.id}{origin}: {self.fault.kind}{when}"

    def _chance(self, seed: int, request: bytes) -> float:
        """A draw that depends on the request and on how often it was sent, not on what else is going on."""
        digest = blake2b(request, digest_size=8).digest()
        if len(self._repeats) >= MOST_CHANCES:
            self._repeats.clear()
        repeat = self._repeats[digest] = self._repeats.get(digest, -1) + 1
        return draw(f"{seed}/{self.id}/{digest.hex()}/{repeat}", "fault")


@dataclass(slots=True)
class _Rules:
    """What is armed on one operation, for all jobs and for single ones."""

    general: list[Armed] = field(default_factory=list)
    by_job: dict[str, list[Armed]] = field(default_factory=dict)

    def about(self, job: str | None) -> Iterator[Armed]:
        yield from self.general
        if job is not None and self.by_job:
            yield from self.by_job.get(job, ())


class FaultTable:
    """Faults by operation. `rules` is empty as long as nothing is armed."""

    def __init__(self) -> None:
        self.rules: dict[Target, _Rules] = {}
        self.armed: list[Armed] = []
        self.closed: set[Target] = set()
        self._targets: dict[int, list[Target]] = {}
        self._ids = count(1)

    def make(self, fault: Fault, *, origin: str = "", job: str | None = None, cyclic: bool = False) -> Armed:
        """A fault with a number, not armed yet. `job` is the hex digits of the one job that it is about."""
        return Armed(next(self._ids), fault, find_kind(fault.kind).effect, origin, job, cyclic)

    def arm(self, armed: Armed, targets: Iterable[Target]) -> None:
        """Let a fault lie in wait on these operations."""
        self.armed.append(armed)
        self._targets[armed.id] = list(targets)
        for target in self._targets[armed.id]:
            if armed.effect == DOOR:
                self.closed.add(_door(target))
            else:
                self.lay(armed, target)

    def lay(self, armed: Armed, target: Target) -> None:
        """Let a fault lie in wait on one operation without showing it in `armed`."""
        rules = self.rules.setdefault(target, _Rules())
        if armed.job is None:
            rules.general.append(armed)
        else:
            rules.by_job.setdefault(armed.job, []).append(armed)

    def disarm(self, number: int) -> None:
        """Take back the fault with this number. KeyError if none is armed."""
        for target in self._targets.pop(number):
            rules = self.rules.get(target, _Rules())
            for laid in (rules.general, *rules.by_job.values()):
                laid[:] = [each for each in laid if each.id != number]
            if not rules.general and not any(rules.by_job.values()):
                self.rules.pop(target, None)
        self.armed = [each for each in self.armed if each.id != number]
        doors = [each for each in self.armed if each.effect == DOOR]
        self.closed = {_door(target) for each in doors for target in self._targets[each.id]}

    def clear(self) -> None:
        """Disarm everything."""
        self.armed.clear()
        self._targets.clear()
        self.rules.clear()
        self.closed.clear()

    def strike(
        self, target: Target, seed: int, request: bytes, *, job: str | None = None, at_submit: bool = False
    ) -> Strike:
        """What hits this request: the first fault of each effect. Those on jobs are asked for `at_submit`."""
        rules = self.rules.get(target)
        return {} if rules is None else strike_first(rules.about(job), seed, request, at_submit=at_submit)


def strike_first(armed: Iterable[Armed], seed: int, request: bytes, *, at_submit: bool = False) -> Strike:
    """The first of these faults for each effect that meets the request."""
    struck: Strike = {}
    for each in armed:
        if (each.effect in AT_SUBMIT) == at_submit and each.effect not in struck and each.meets(seed, request):
            each.hit()
            struck[each.effect] = each
    return struck


def _door(target: Target) -> Target:
    """The address that is closed: a provider's results or everything else of it."""
    return target[0], MEDIA if target[1] == MEDIA else ""
