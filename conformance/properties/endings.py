"""Properties about the end of a call: it comes, in time and not before, and it does not lose the job."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.outcome import Outcome
from ..engine.run import Run
from ..scenarios.model import Scenario
from ..scenarios.space import Space
from ..subjects.base import EXACT_TIME, SOCKET_TIMEOUTS
from . import nuisances
from .judging import told_as
from .nuisances import ASYNCHRONOUS, SYNCHRONOUS, Fault
from .record import Property

STUCK: Final = "stuck"

_INTERVAL: Final = 30.0  # seconds; the longest between two polls that any document recommends
_SLACK: Final = 1.0  # seconds
_SHARE: Final = 0.1  # of the deadline, beyond which a call ends early
WAITING: Final = ("timeout", "ambiguous", "server")  # the job may still end well
_DEADLINES: Final = (120.0, 60.0, 300.0)


def _endless(space: Space) -> Any:
    """Jobs that never end, and providers that never answer but with errors."""
    stuck = [_story(space, ending=STUCK, deadline=deadline) for deadline in _DEADLINES]
    failing = [_story(space, faults=faults, seconds=2.0, deadline=_DEADLINES[0]) for faults in _for_ever(space)]
    return space.st.sampled_from([*stuck, *failing] if _shows_silence(space) else failing)


def _for_ever(space: Space) -> list[tuple[Fault, ...]]:
    busy: dict[str, Any] = {"kind": "problem", "problem": "rate-limited"}
    faults = [busy, {**busy, "retry_after": 3_600}, {**busy, "retry_after": 10}, {"kind": "edge-page", "status": 503}]
    return nuisances.repeated(nuisances.everywhere(space, [*faults, {"kind": "reset"}]), None)


def _hung(space: Space) -> Any:
    faults = nuisances.repeated(nuisances.everywhere(space, nuisances.hanging(space)), None, 1)
    return space.st.sampled_from([_story(space, faults=each, seconds=2.0, deadline=60.0) for each in faults])


def _without_deadline(space: Space) -> Any:
    stuck = _story(space, ending=STUCK)
    limited, reset, polled = (_story(space, faults=_for_ever(space)[number]) for number in (0, 4, -2))
    listed = [limited, reset, *([stuck] if _shows_silence(space) else []), *([polled] if _is_polled(space) else [])]
    return space.st.sampled_from(listed)


def _outlasting(space: Space) -> Any:
    return space.st.sampled_from([_story(space, ending=STUCK, deadline=deadline) for deadline in _DEADLINES])


def _within(space: Space) -> Any:
    """Deadlines, and jobs that take about half as long."""
    pairs = [(600.0, 300.0), (300.0, 200.0), (200.0, 120.0), (120.0, 60.0)]
    # A provider that answers with the images keeps the caller waiting; nobody knows for how long a line stays up.
    chosen = pairs if _is_polled(space) else pairs[1:]
    return space.st.sampled_from([_story(space, deadline=given, seconds=took) for given, took in chosen])


def _story(space: Space, **parts: Any) -> Scenario:
    return Scenario(space.provider, seed=space.seed, **parts)


def _is_polled(space: Space) -> bool:
    return space.provider in ASYNCHRONOUS


def _shows_silence(space: Space) -> bool:
    """Whether a client can notice that nothing comes: it polls, or its time-outs are in the simulator's time."""
    return _is_polled(space) or SOCKET_TIMEOUTS in space.can


def in_time(run: Run) -> Ruling:
    """The call ends by its deadline and one poll interval."""
    deadline = run.scenario.deadline
    if deadline is None or not run.submits:
        return None
    return on_time(run.outcome, deadline)


def on_time(outcome: Outcome, deadline: float) -> Ruling:
    """A call that had so many seconds ended by then, or shortly after."""
    latest = max(_INTERVAL, deadline * _SHARE) + _SLACK
    if outcome.kind == "hung" or outcome.seconds > deadline + latest:
        ended = "it did not end" if outcome.kind == "hung" else f"it ended after {outcome.seconds:.4g} s"
        return f"the call had {deadline:g} s; {ended}"
    return FINE


def ends(run: Run) -> Ruling:
    """The call ends by itself."""
    if not run.submits:
        return None
    if run.outcome.kind == "hung":
        return f"the call had not ended after {run.outcome.seconds:.5g} s and {len(run.exchanges)} requests"
    return FINE


def tells_time_is_up(run: Run) -> Ruling:
    """A call that gives up waiting does not say that the job is over, which it is not."""
    if not run.jobs or run.outcome.kind == "hung":
        return None
    ruling = told_as(run.outcome, WAITING)
    return ruling if ruling is FINE else f"the job went on when its caller's time was up, but {ruling}"


def tells_id(run: Run) -> Ruling:
    """A call that gives up waiting hands over the id of the job."""
    if not run.jobs or run.outcome.kind != "error" or not any(seen.accepted for seen in run.polls):
        return None
    id = run.jobs[0].id
    if id in f"{run.outcome.task_id} {run.outcome.message}":
        return FINE
    return f"the error does not tell the id {id} of the job that goes on: {run.outcome.described()}"


def waits_long_enough(run: Run) -> Ruling:
    """A job that ends well before the deadline is waited for."""
    if not run.submits:
        return None
    if run.outcome.kind == "result":
        return FINE
    given, took = run.scenario.deadline, run.scenario.seconds
    return f"the call had {given:g} s and the job took {took:g} s, but it ended with {run.outcome.described()}"


PROPERTIES: Final = (
    Property(
        "house.endings.by-deadline", "house.endings.by-deadline", _endless, in_time,
        frozenset({"deadline", EXACT_TIME}), examples=13,
        why="A call that outlives its deadline holds up whatever waits for it, from a page to a queue.",
    ),
    Property(
        "house.endings.hung-connection", "house.endings.by-deadline", _hung, in_time,
        frozenset({"deadline", SOCKET_TIMEOUTS}), examples=8,
        why="A connection on which nothing comes any more looks like a slow one; only a time-out tells them apart.",
    ),
    Property(
        "house.endings.by-itself", "house.endings.by-itself", _without_deadline, ends, frozenset({EXACT_TIME}),
        examples=4,
        why="A job that is stuck would keep a worker busy until somebody notices that nothing happens any more.",
    ),
    Property(
        "house.endings.not-early", "house.endings.not-early", _within, waits_long_enough,
        frozenset({"deadline", EXACT_TIME}), examples=4,
        why="Whoever allows ten minutes and is given up on after one has paid for a picture that nobody fetches.",
    ),
    Property(
        "house.endings.time-out-told", "house.endings.time-out-told", _outlasting, tells_time_is_up,
        frozenset({"deadline"}), examples=3, providers=ASYNCHRONOUS,
        why="A job that is said to have failed is ordered again, although it may still end well and be paid.",
    ),
    Property(
        "house.endings.silence-told", "house.endings.time-out-told", _outlasting, tells_time_is_up,
        frozenset({"deadline", SOCKET_TIMEOUTS}), examples=3, providers=SYNCHRONOUS,
        why="A picture that is said to have failed is ordered again, although it may still be drawn and be paid.",
    ),
    Property(
        "house.endings.id-kept", "house.endings.id-kept", _outlasting, tells_id, frozenset({"deadline"}), examples=3,
        providers=ASYNCHRONOUS,
        why="Without the id nobody can pick up the job that is paid and may be done a second later.",
    ),
)  # fmt: skip
