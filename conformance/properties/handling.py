"""Properties about handling a client: to cancel, to pick up, to close, to run beside others, to point elsewhere."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Call, Wish
from ..scenarios.space import Space
from ..subjects.base import SAME_PROCESS
from . import nuisances
from .calls import is_own
from .nuisances import ASYNCHRONOUS
from .record import Property

_INTERVAL: Final = 31.0  # seconds; the longest between two polls that any document recommends, and a little
_MOMENT: Final = 0.01  # seconds


def _cancelled(space: Space) -> Any:
    calls = space.st.sampled_from((33.0, 40.0, 5.0, 70.0)).map(lambda after: (Call(cancel_after=after),))
    return space.scenarios(calls=calls, seconds=600.0, readings={})


def _picked_up(space: Space) -> Any:
    st = space.st
    waits = st.sampled_from((100.0, 0.0, 30.0))
    calls = waits.map(lambda wait: (Call(), Call(op="resume", follows=0, wait=wait)))
    return space.scenarios(calls=calls, deadline=60.0, seconds=st.sampled_from((90.0, 70.0, 110.0)), readings={})


def _asked_for_again(space: Space) -> Any:
    waits = space.st.sampled_from((0.0, 400.0))
    calls = waits.map(lambda wait: (Call(), Call(op="resume", follows=0, wait=wait)))
    return space.scenarios(calls=calls, seconds=2.0, readings={})


def _ended(space: Space) -> Any:
    endings = space.st.sampled_from(("succeeded", "failed"))
    faults: list[Any] = nuisances.repeated(
        nuisances.everywhere(
            space, ({"kind": "edge-page"}, {"kind": "reset"}, {"kind": "empty"}, {"kind": "truncated"})
        ),
        1,
    )
    return space.scenarios(
        wish=Wish(), ending=endings, faults=space.st.sampled_from([(), *faults]), seconds=20.0, readings={}
    )


def _anything(space: Space) -> Any:
    stories: list[tuple[Call, ...]] = [(Call(),)]
    if space.words.lists and "list" in space.can:
        stories.append((Call(), Call(op="list")))
    if space.words.conversations and "follow-up" in space.can:
        stories.append((Call(), Call(follows=0)))
    endings = space.st.sampled_from(("succeeded", "succeeded", "failed"))
    return space.scenarios(calls=space.st.sampled_from(stories), ending=endings, seconds=2.0, readings={})


def _with_hitches(space: Space) -> Any:
    """Anything, and calls in which something has to be waited for and tried again."""
    busy = nuisances.everywhere(space, ({"kind": "problem", "problem": "rate-limited"}, {"kind": "reset"}))
    hitches = space.st.sampled_from(nuisances.repeated(busy, 2))
    return _anything(space) | space.scenarios(wish=Wish(), faults=hitches, seconds=2.0, readings={})


def stops_when_cancelled(run: Run) -> Ruling:
    """After a call has been cancelled there is one more poll at most, and no submit."""
    after = run.call.cancel_after or 0.0
    asked = [seen for seen in (*run.submits, *run.polls) if run.since_start(seen.at) > after + _MOMENT]
    if not run.submits or run.outcome.kind not in ("cancelled", "error", "hung"):
        return None
    polls = [seen for seen in asked if seen.role == "poll"]
    if len(asked) > len(polls):
        return f"something was submitted {run.since_start(asked[0].at) - after:.3g} s after the call was cancelled"
    late = [seen for seen in polls if run.since_start(seen.at) > after + _INTERVAL]
    if len(polls) > 1 or late:
        return f"{len(polls)} polls came after the call was cancelled at {after:g} s, one would be forgiven"
    return FINE


def resumes(run: Run) -> Ruling:
    """A job that is picked up by its id is polled, not submitted anew, and ends as it ends."""
    outcome = run.outcomes[1]
    first = run.outcomes[0]
    if not run.jobs:
        return None
    if first.task_id is None:
        return FINE if run.jobs[0].id in first.message else None  # told in words, which nobody can pick a job up by
    if len(run.submits) > 1:
        return f"picking up {first.task_id} led to another submit"
    if outcome.kind != "result":
        job = run.jobs[0]
        done = outcome.started + (run.scenario.deadline or 0.0) > job.ended + _INTERVAL
        told = f"picking up {job.id}, which ended well at {job.ended:.4g} s, ended with {outcome.described()}"
        return told if done else FINE
    return is_own(run, run.wish, outcome)


def given_again(run: Run) -> Ruling:
    """A job that ended well is handed over once more to who asks for it by its id."""
    first, again = run.outcomes
    if first.kind != "result":
        return None
    if first.task_id is None:
        return FINE  # who has the images need not have the id
    if len(run.submits) > 1:
        return f"picking up {first.task_id} led to another submit"
    if again.kind != "result":
        return f"{first.task_id} ended well and was handed over; picking it up again ended with {again.described()}"
    return is_own(run, run.wish, again)


def closed(run: Run) -> Ruling:
    """No connection is left when the client has been closed."""
    if not run.exchanges:
        return None
    if run.left_open:
        return f"{run.left_open} connections to the provider are open a second after the client was closed"
    return FINE


def unblocked(run: Run) -> Ruling:
    """Nothing that a client does on its event loop waits in the middle of it."""
    if run.blocking:
        return f"the event loop was blocked by {run.blocking[0].partition(' to ')[0]}"
    return FINE if run.exchanges else None


def only_base_url(run: Run) -> Ruling:
    """Every request goes where the base URL says, or to where an answer says that the images are."""
    if not run.exchanges:
        return None
    if run.contacted:
        return f"{run.contacted[0]} was looked up, which is not where the base URL leads"
    if run.visits:
        return f"a request went to another host, for {run.visits[0].path}"
    if run.elsewhere:
        return f"a request went past the base URL, to {run.elsewhere[0].target}"
    return FINE


PROPERTIES: Final = (
    Property(
        "house.calls.cancel-stops", "house.calls.cancel-stops", _cancelled, stops_when_cancelled,
        frozenset({"cancel"}), examples=4,
        why="Calls that go on behind the back of who cancelled them pile up until a limit is met.",
    ),
    Property(
        "house.calls.resumed", "house.calls.resumed", _picked_up, resumes, frozenset({"resume", "deadline"}),
        examples=5, providers=ASYNCHRONOUS,
        why="The id of a job is kept to fetch what has been paid for; a second submit pays for it again.",
    ),
    Property(
        "house.calls.resumed-when-done", "house.calls.resumed", _asked_for_again, given_again, frozenset({"resume"}),
        examples=2, providers=ASYNCHRONOUS,
        why="Who crashed after the end of a job has its id, and nothing else, to get the images by.",
    ),
    Property(
        "house.calls.closed", "house.calls.closed", _ended, closed, frozenset({"close", SAME_PROCESS}),
        examples=8,
        why="Connections that are left open run out one day, for everything else in the process, too.",
    ),
    Property(
        "house.calls.loop-free", "house.calls.loop-free", _with_hitches, unblocked, frozenset({SAME_PROCESS}),
        examples=10,
        why="While one call blocks the event loop nothing else in the process moves, not even its health check.",
    ),
    Property(
        "house.calls.base-url", "house.calls.base-url", _anything, only_base_url, examples=8,
        why="A test against a stand-in that reaches the real provider all the same spends real money.",
    ),
)  # fmt: skip
