"""Properties about calls beside and after one another: they do not mix, leave nothing behind, and end when told to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.outcome import Outcome
from ..engine.run import JobView, Run
from ..scenarios.model import Call, Wish
from ..scenarios.space import Space
from ..subjects.base import LONG_LIVED, SAME_PROCESS
from . import nuisances
from .judging import images_match, shown
from .nuisances import ASYNCHRONOUS
from .record import Property
from .wire import WIRES, images_told, pictures_of, prompts_of, sent

_PROMPTS: Final = ("a red kite", "a blue whale", "一只绿色的猫", "the number four", "an old lighthouse")
_INTERVAL: Final = 31.0  # seconds; the longest between two polls that any document recommends, and a little
_MOMENT: Final = 0.01  # seconds
_FIELDS: Final = ("ratio", "resolution", "count", "output_format", "temperature", "top_p", "model")


def _beside(space: Space) -> Any:
    st = space.st
    starts = st.sampled_from((0.0, 0.5, 3.0, 17.0))
    prompts = st.lists(st.sampled_from(_PROMPTS), min_size=2, max_size=len(_PROMPTS), unique=True)
    calls = prompts.flatmap(
        lambda some: st.tuples(*(starts.map(lambda wait, each=each: Call(Wish(each), wait=wait)) for each in some))
    )
    first_is_slow = ({"kind": "slow", "operation": "submit", "seconds": 110},)
    first_fails = ({"kind": "failed", "operation": "submit"},)
    late_answer = ({"kind": "delay", "operation": "submit", "when": "after", "seconds": 4},)
    return space.scenarios(
        calls=calls, together=True, seconds=None,
        faults=st.sampled_from(((), first_is_slow, first_fails, late_answer)),
    )  # fmt: skip


def _after_failure(space: Space) -> Any:
    submits: list[dict[str, Any]] = [
        {"kind": "problem", "problem": "parameter-invalid"},
        {"kind": "reset"},
        {"kind": "failed"},
        {"kind": "moderated-prompt"},
        {"kind": "edge-page"},
        {"kind": "not-json", "text": "[]"},
        {"kind": "empty"},
    ]
    polls: list[dict[str, Any]] = [{"kind": "not-json", "text": "null"}, {"kind": "status", "status": 404}]
    faults = [{**fault, "operation": "submit"} for fault in submits]
    if space.provider in ASYNCHRONOUS:
        faults += [{**fault, "operation": "poll"} for fault in polls]
    calls = (Call(Wish(_PROMPTS[0])), Call(Wish(_PROMPTS[1])))
    return space.scenarios(
        calls=calls, faults=space.st.sampled_from(nuisances.repeated(faults, 1)), seconds=20.0, readings={}
    )


def _plain_full_plain(space: Space) -> Any:
    pictures = space.st.one_of(space.st.just(()), space.pictures()) if space.words.pictures else ()
    numbers = {name: _between(space, name) for name in space.words.numbers if name.replace("_", "-") in space.can}
    full = space.wishes(prompt=_PROMPTS[1], images=pictures, **numbers)
    calls = full.map(lambda wish: (Call(Wish(_PROMPTS[0])), Call(wish), Call(Wish(_PROMPTS[0]))))
    return space.scenarios(calls=calls, seconds=2.0, readings={})


def _between(space: Space, name: str) -> Any:
    least, most = space.words.numbers[name]
    return space.st.sampled_from((None, (least + most) / 4))


def _cancelled(space: Space) -> Any:
    calls = space.st.sampled_from((33.0, 40.0, 5.0, 70.0)).map(lambda after: (Call(cancel_after=after),))
    return space.scenarios(calls=calls, seconds=600.0, readings={})


def _picked_up(space: Space) -> Any:
    st = space.st
    waits = st.sampled_from((100.0, 0.0, 30.0))
    calls = waits.map(lambda wait: (Call(), Call(op="resume", follows=0, wait=wait)))
    return space.scenarios(calls=calls, deadline=60.0, seconds=st.sampled_from((90.0, 70.0, 110.0)), readings={})


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


def not_swapped(run: Run) -> Ruling:
    """Every call gets what became of the job that was submitted with its prompt."""
    rulings = [ruling for pair in _by_prompt(run) if (ruling := _is_own(run, *pair))]
    return next((ruling for ruling in rulings if ruling is not FINE), FINE) if rulings else None


def second_is_first(run: Run) -> Ruling:
    """After a call that went wrong the next one goes well, and has nothing of the first in its submits."""
    first, second = run.scenario.calls
    own = [seen for seen in run.submits if second.wish.prompt in prompts_of(seen)]
    polls = [seen for job in run.jobs if job.prompt == second.wish.prompt for seen in run.exchanges_of(job)]
    if run.outcomes[0].kind == "hung" or any(seen.exchange.fault is not None for seen in (*own, *polls)):
        return None
    for seen in own:
        if first.wish.prompt in seen.exchange.request_body.decode(errors="replace"):
            return f"the second submit has the prompt {shown(first.wish.prompt)} of the call before it"
    if run.outcomes[1].kind != "result":
        before, after = (outcome.described() for outcome in run.outcomes)
        return f"the first call ended with {before}; the second, which nothing happened to, with {after}"
    return not_swapped(run)


def nothing_carried_over(run: Run) -> Ruling:
    """A plain call asks for the same after one with many wishes as it did before."""
    by_call = [_submits_during(run, outcome) for outcome in run.outcomes]
    if not by_call[0] or not by_call[1] or not by_call[2]:
        return None
    before, after = (_asked(submits[0]) for submits in (by_call[0], by_call[2]))
    for name, value in after.items():
        if value != before[name]:
            return (
                f"a plain call has {name} {shown(value)} after one that asked for it; before that it had {before[name]}"
            )
    return FINE


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
    return _is_own(run, run.wish, outcome)


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


def _by_prompt(run: Run) -> Iterator[tuple[Wish, Outcome]]:
    return zip((call.wish for call in run.scenario.calls), run.outcomes, strict=True)


def _is_own(run: Run, wish: Wish, outcome: Outcome) -> Ruling:
    jobs = [job for job in run.jobs if job.prompt == wish.prompt]
    if outcome.kind == "result" and not any(wish.prompt in prompts_of(seen) for seen in run.submits):
        return f"the call for {shown(wish.prompt)} ended with {outcome.described()}, but that was never submitted"
    if len(jobs) != 1:
        return None
    job = jobs[0]
    if outcome.kind == "result" and job.ending != "succeeded":
        return f"the job for {shown(wish.prompt)} failed, but the call for it ended with {outcome.described()}"
    if outcome.kind == "error" and job.ending == "succeeded" and outcome.category in ("failed", "blocked"):
        return f"the job for {shown(wish.prompt)} ended well, but the call for it ended with {outcome.described()}"
    images = _images_of(run, job, wish)
    if outcome.kind != "result" or images is None:
        return FINE
    if outcome.task_id is not None and outcome.task_id in {other.id for other in run.jobs} - {job.id}:
        return f"the call for {shown(wish.prompt)} has the task_id {outcome.task_id} of another"
    ruling = images_match(outcome, images, run)
    return ruling if ruling is FINE else f"for {shown(wish.prompt)}: {ruling}"


def _images_of(run: Run, job: JobView, wish: Wish) -> list[tuple[str | bytes, ...]] | None:
    """The images of the answer about a job."""
    about = run.exchanges_of(job) or [seen for seen in run.submits if prompts_of(seen) == [wish.prompt]]
    return next((images for seen in about if (images := images_told(seen)) is not None), None)


def _submits_during(run: Run, outcome: Outcome) -> list[Seen]:
    return [
        seen for seen in run.submits if outcome.started - _MOMENT <= run.since_start(seen.at) <= outcome.ended + _MOMENT
    ]


def _asked(seen: Seen) -> dict[str, Any]:
    known = {name: sent(seen, name) for name in _FIELDS if name in WIRES[seen.exchange.provider].fields}
    return {**known, "references": len(pictures_of(seen)), "path": seen.path}


PROPERTIES: Final = (
    Property(
        "house.calls.not-swapped", "house.calls.not-swapped", _beside, not_swapped,
        frozenset({"parallel", LONG_LIVED}), examples=14,
        why="Two people who get each other's pictures both have reason to be upset, and one of them to sue.",
    ),
    Property(
        "house.calls.failure-forgotten", "house.calls.failure-forgotten", _after_failure, second_is_first,
        frozenset({LONG_LIVED}), examples=10,
        why="A client that one bad answer spoils for good is repaired by restarting whatever holds it, at night.",
    ),
    Property(
        "house.calls.wishes-forgotten", "house.calls.failure-forgotten", _plain_full_plain, nothing_carried_over,
        frozenset({LONG_LIVED}), examples=8,
        why="References or a size that one caller's request leaves behind turn up in the picture of the next.",
    ),
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
        "house.calls.closed", "house.calls.closed", _ended, closed, frozenset({"close", SAME_PROCESS}),
        examples=8,
        why="Connections that are left open run out one day, for everything else in the process, too.",
    ),
    Property(
        "house.calls.loop-free", "house.calls.loop-free", _anything, unblocked, frozenset({SAME_PROCESS}), examples=5,
        why="While one call blocks the event loop nothing else in the process moves, not even its health check.",
    ),
    Property(
        "house.calls.base-url", "house.calls.base-url", _anything, only_base_url, examples=8,
        why="A test against a stand-in that reaches the real provider all the same spends real money.",
    ),
)  # fmt: skip
