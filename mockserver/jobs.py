"""Jobs: what was asked, how it will go, and the state that follows from these at any instant.

A job's state is a pure function of its plan, the interventions on it and the time. Nothing ticks.
"""

from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple

Phase = Literal["queued", "running", "succeeded", "failed", "cancelled"]

SUCCEEDED = "succeeded"
CANCELLED = "cancelled"


@dataclass(slots=True)
class ImageOrder:
    """The images a request asks for, in neutral terms; sizes in pixels."""

    prompt: str
    tier: str
    width: int
    height: int
    count: int = 1
    format: str = "png"


class Plan(NamedTuple):
    """What will happen if nobody interferes: seconds queued, seconds to the end, the ending, the price."""

    queued: float
    duration: float
    ending: str
    price: float


class Intervention(NamedTuple):
    """Something done to a job from outside at an instant: an ending, or the expiry of its results."""

    at: float
    kind: Literal["end", "expire"]
    ending: str = ""


class State(NamedTuple):
    """A job at one instant. `reason` names the failure (a key of the provider's `failures`)."""

    phase: Phase
    since: float
    progress: float
    reason: str = ""

    @property
    def terminal(self) -> bool:
        return self.phase not in ("queued", "running")


@dataclass(slots=True)
class Job:
    """One job. `hex` is its 128-bit identity; `payload` the body to echo, where the provider echoes it."""

    hex: str
    provider: str
    operation: str
    submitted: float
    plan: Plan
    order: ImageOrder
    model: str
    payload: bytes | None = None
    interventions: tuple[Intervention, ...] = ()
    polls: int = 0

    def end(self) -> tuple[float, str]:
        """The instant (unix seconds, infinity for never) and the ending that come first."""
        best = (self.submitted + self.plan.duration, self.plan.ending)
        for intervention in self.interventions:
            if intervention.kind == "end" and intervention.at < best[0]:
                best = (intervention.at, intervention.ending)
        return best

    def state(self, now: float) -> State:
        """The state at `now` (unix seconds)."""
        ends, ending = self.end()
        if now >= ends:
            return State(_phase_of(ending), ends, 1.0, "" if ending in (SUCCEEDED, CANCELLED) else ending)
        starts = self.submitted + self.plan.queued
        if now < starts:
            return State("queued", self.submitted, 0.0)
        return State("running", starts, _fraction(now, self.submitted, ends))

    def expiry(self, life: float | None) -> float:
        """The instant from which results are gone, for results that live `life` seconds (None: for ever)."""
        natural = inf if life is None else self.end()[0] + life
        return min([natural, *(i.at for i in self.interventions if i.kind == "expire")])


def outcome_of(ending: str) -> str:
    """The class of an ending by which money is judged: succeeded, cancelled, moderated or failed."""
    if ending in (SUCCEEDED, CANCELLED):
        return ending
    return "moderated" if ending.startswith("moderated") else "failed"


def _phase_of(ending: str) -> Phase:
    if ending == SUCCEEDED:
        return "succeeded"
    return "cancelled" if ending == CANCELLED else "failed"


def _fraction(now: float, start: float, end: float) -> float:
    return 0.0 if end == inf else (now - start) / (end - start)
