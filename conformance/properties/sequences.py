"""Properties about several calls of one client in a row: each is a call of its own, with all of its time."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Call, Scenario, Wish
from ..scenarios.space import Space
from ..subjects.base import EXACT_TIME, LONG_LIVED
from . import nuisances
from .endings import STUCK, WAITING, on_time
from .judging import told_as
from .nuisances import ASYNCHRONOUS
from .record import Property
from .wire import prompts_of

_FAILURES: Final = 4  # in a row; what each of them keeps, such as a place in a queue, is missed by then
_DEADLINE: Final = 180.0  # seconds
_FAILING: Final[tuple[nuisances.Fault, ...]] = (
    {"kind": "failed"},
    {"kind": "problem", "problem": "parameter-invalid"},
    {"kind": "moderated-prompt"},
    {"kind": "not-json", "text": "[]"},
)


def _same_twice(space: Space) -> Any:
    twice = space.st.sampled_from(((Call(), Call()), (Call(), Call(wait=400.0)), (Call(),) * 3))
    return space.scenarios(calls=twice, seconds=2.0, readings={})


def _failures_first(space: Space) -> Any:
    faults = [{**fault, "operation": "submit"} for fault in _FAILING]
    calls = (*(Call(Wish(f"failing, number {number}")) for number in range(_FAILURES)), Call(Wish("a red kite")))
    return space.scenarios(
        calls=calls, faults=space.st.sampled_from(nuisances.repeated(faults, _FAILURES)), seconds=2.0, readings={}
    )


def _long_ones(space: Space) -> Any:
    """Calls that need together more time than one of them has."""
    return space.st.just(
        Scenario(space.provider, (Call(),) * 3, seconds=_DEADLINE / 2, deadline=_DEADLINE, seed=space.seed)
    )


def _endless(space: Space) -> Any:
    calls = (Call(), Call(op="resume", follows=0))
    return space.st.just(Scenario(space.provider, calls, ending=STUCK, deadline=60.0, seed=space.seed))


def _two_ways_on(space: Space) -> Any:
    """One picture, from which two calls go on, each in its own way."""
    calls = (Call(), Call(Wish("make it blue"), follows=0), Call(Wish("make it green"), follows=0))
    return space.st.just(Scenario(space.provider, calls, seconds=2.0, seed=space.seed))


def own_job(run: Run) -> Ruling:
    """Every call that gives images has submitted a job for them."""
    served = [outcome for outcome in run.outcomes if outcome.kind == "result"]
    if len(served) < 2:
        return None
    if len(run.submits) < len(served):
        return (
            f"{len(served)} calls asked for the same and got images, but {len(run.submits)} submits were sent; the "
            "images of one call were given to another"
        )
    return FINE


def recovers(run: Run) -> Ruling:
    """After calls that failed a call to which nothing happens goes well."""
    *failed, last = run.outcomes
    stuck = next((number for number, outcome in enumerate(failed) if outcome.kind == "hung"), 0)
    if stuck:
        return f"after {stuck} calls that failed ({failed[0].described()}) the next one never ended"
    if any(outcome.kind == "result" for outcome in failed):
        return None  # who tries again has another call struck
    if last.kind == "result":
        return FINE
    how = failed[0].described()
    return f"after {len(failed)} calls that failed ({how}) one to which nothing happened ended with {last.described()}"


def each_has_its_time(run: Run) -> Ruling:
    """No call ends because those before it have used up the time."""
    if run.outcome.kind != "result":
        return None
    for number, outcome in enumerate(run.outcomes[1:], 2):
        if outcome.kind != "result":
            return (
                f"each call has {_DEADLINE:g} s, and a job takes {_DEADLINE / 2:g} s; the first call ended with a "
                f"result, call {number} with {outcome.described()}"
            )
    return FINE


def each_on_its_own(run: Run) -> Ruling:
    """What goes on from the first call in one way has nothing of the other way."""
    _, one, other = (call.wish.prompt for call in run.scenario.calls)
    later = [seen for seen in run.submits if other in prompts_of(seen)]
    for seen in later:
        if one in seen.exchange.request_body.decode(errors="replace"):
            return f"{other!r} goes on from the first call, but its submit has {one!r} of another call that did"
    return FINE if later else None


def picked_up_in_time(run: Run) -> Ruling:
    """A job that is picked up and never ends is given up on by the deadline, and not said to be over."""
    if not run.polls:
        return None
    if run.outcome.task_id is None:
        return FINE if run.jobs[0].id in run.outcome.message else None  # in words, that no job can be picked up by
    ruling = on_time(run.outcomes[1], run.scenario.deadline or 0.0)
    if ruling is FINE:
        ruling = told_as(run.outcomes[1], WAITING)
    return ruling if ruling is FINE else f"a job that never ends was picked up by its id, and {ruling}"


PROPERTIES: Final = (
    Property(
        "house.calls.own-job", "house.calls.own-job", _same_twice, own_job, frozenset({LONG_LIVED}), examples=3,
        why="Whoever asks twice for the same wants two pictures to choose from, not one of them twice.",
    ),
    Property(
        "house.calls.failures-forgotten", "house.calls.failure-forgotten", _failures_first, recovers,
        frozenset({LONG_LIVED}), examples=4,
        why="What each failure keeps, a lock or a place in a queue, is gone after some of them, and all calls hang.",
    ),
    Property(
        "house.calls.two-ways-on", "house.calls.failure-forgotten", _two_ways_on, each_on_its_own,
        frozenset({"follow-up", LONG_LIVED}), examples=1, providers=("gmicloud", "tokaify"),
        why="Who tries two changes of one picture gets both of them in the second, and does not know why.",
    ),
    Property(
        "house.calls.deadline-anew", "house.calls.deadline-anew", _long_ones, each_has_its_time,
        frozenset({"deadline", EXACT_TIME, LONG_LIVED}), examples=1,
        why="A deadline that is counted from the first call fails all calls from some time after the start on.",
    ),
    Property(
        "house.calls.resumed-in-time", "house.endings.by-deadline", _endless, picked_up_in_time,
        frozenset({"deadline", "resume", EXACT_TIME}), examples=1, providers=ASYNCHRONOUS,
        why="A job that was stuck once is stuck still, and holds up whoever looks after it.",
    ),
)  # fmt: skip
