"""Callers beside each other: none has anything to do with what befalls another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import NAMED
from ...scenarios.model import Call, Manner, Wish
from ...subjects.base import EXACT_TIME, SOCKET_TIMEOUTS
from ..nuisances import ASYNCHRONOUS, Fault
from ..record import Property
from .money import paid_as_asked
from .pictures import images_are_of
from .stories import asked, flows, story

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_MANY: Final = 5  # callers
_SLOW: Final = 20.0  # seconds that jobs take
_SOON: Final = 120.0  # seconds in which such a job is with its caller


def _in_trouble(space: Space) -> Any:
    """Many at once, to one or two of whom something happens."""
    faults: list[Fault] = [
        {},
        {"kind": "failed", "skip": 2},
        {"kind": "slow", "seconds": 90},
        {"kind": "delay", "operation": "submit", "when": "after", "seconds": 9},
        {"kind": "reset", "operation": "submit", "when": "after", "skip": 1},
    ]
    if space.provider in ASYNCHRONOUS:
        faults += [{"kind": "edge-page", "operation": "poll", "skip": 2}]
    return space.st.sampled_from(
        [
            story(space, *_callers(space, gap), together=True, faults=(fault,) if fault else (), seconds=_SLOW)
            for fault, gap in zip(faults, (0.0, 0.7) * len(faults), strict=False)
        ]
    )


def _callers(space: Space, gap: float) -> tuple[Call, ...]:
    ways = flows(space)
    return tuple(
        Call(Wish(f"kite number {number}"), wait=gap * number, manner=Manner(flow=ways[number % len(ways)]))
        for number in range(_MANY)
    )


def _beside_a_hung_one(space: Space) -> Any:
    hang: Fault = {"kind": "hang", "operation": "submit", "when": "before"}
    first = Call(Wish("a kite that hangs"))
    others = tuple(Call(Wish(f"kite number {number}"), wait=5.0 + number, manner=Manner()) for number in range(3))
    return space.st.just(story(space, first, *others, together=True, faults=(hang,), seconds=_SLOW))


def _after_one_left(space: Space) -> Any:
    """Two at once, of whom one hangs up."""
    one, other = (asked("", Wish(f"kite number {number}")) for number in range(2))
    leaving = [(Call(one.wish, cancel_after=after, manner=one.manner), other) for after in (3.0, 10.0)]
    return space.st.sampled_from([story(space, *calls, together=True, seconds=_SLOW) for calls in leaving])


def own_or_nothing(run: Run) -> Ruling:
    """Each gets images of their own prompt, and only those whose job came to nothing get none."""
    judged = False
    for number, (call, outcome) in enumerate(zip(run.scenario.calls, run.outcomes, strict=True)):
        ruling = images_are_of(run, number)
        if ruling not in (None, FINE):
            return ruling
        judged |= ruling is FINE
        jobs = [job for job in run.jobs if job.prompt == call.wish.prompt]
        if outcome.kind == "result" and jobs and all(job.ending != "succeeded" for job in jobs):
            return f"the job of call {number + 1} failed, but it ended with {outcome.described()}"
        if outcome.kind == "hung":
            return f"call {number + 1} of {len(run.outcomes)} that were made at the same time has no end"
    lost = [number for number, outcome in enumerate(run.outcomes, 1) if outcome.kind not in ("result", "cancelled")]
    if len(lost) > 1:
        return f"something happened to one of {len(run.outcomes)} calls at the same time, and {len(lost)} were spoilt"
    return FINE if judged else None


def not_held_up(run: Run) -> Ruling:
    """Nobody waits for a call whose provider has fallen silent but the one who made it."""
    if not run.submits:
        return None
    for number, outcome in enumerate(run.outcomes[1:], start=2):
        if outcome.kind != "result" or outcome.seconds > _SOON:
            ended = f"{outcome.described()} after {outcome.seconds:.4g} s"
            return f"call 1 hangs at the provider; call {number}, whose job took {_SLOW:g} s, ended with {ended}"
    return FINE


def stays_well(run: Run) -> Ruling:
    """That one hangs up is nothing to the other."""
    other = run.outcomes[1]
    if run.outcomes[0].kind != "cancelled":
        return None
    return FINE if other.kind == "result" else f"another caller hung up, and the call ended with {other.described()}"


_PARALLEL: Final = frozenset({"parallel"})

PROPERTIES: Final = (
    Property(
        "gateway.concurrency.own-or-nothing", "gateway.concurrency.own-or-nothing", _in_trouble, own_or_nothing,
        _PARALLEL, examples=6,
        why="Under load, and when one request goes wrong, is when pictures end up with those who didn't ask for them.",
    ),
    Property(
        "gateway.concurrency.paid-as-asked", "gateway.money.one-job", _in_trouble, paid_as_asked, _PARALLEL, examples=6,
        why="What is tried again because of one caller must not be paid again for all the others.",
    ),
    Property(
        "gateway.concurrency.not-held-up", "gateway.concurrency.not-held-up", _beside_a_hung_one, not_held_up,
        _PARALLEL | {EXACT_TIME, NAMED, SOCKET_TIMEOUTS}, examples=1,
        why="One provider that falls silent on one request must not silence the gateway.",
    ),
    Property(
        "gateway.concurrency.others-stay", "gateway.concurrency.others-stay", _after_one_left, stays_well, _PARALLEL,
        examples=2, once=True,
        why="People close tabs all the time; what that cancels must be theirs alone.",
    ),
)  # fmt: skip
