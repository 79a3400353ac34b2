"""Properties about calls beside and after one another: they do not mix, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.outcome import Outcome
from ..engine.run import JobView, Run
from ..scenarios.model import Call, Wish
from ..scenarios.space import Space
from ..subjects.base import LONG_LIVED
from . import nuisances
from .judging import images_match, shown
from .nuisances import ASYNCHRONOUS
from .record import Property
from .wire import WIRES, images_told, pictures_of, prompts_of, sent

_PROMPTS: Final = ("a red kite", "a blue whale", "一只绿色的猫", "the number four", "an old lighthouse")
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


def not_swapped(run: Run) -> Ruling:
    """Every call gets what became of the job that was submitted with its prompt."""
    rulings = [ruling for pair in _by_prompt(run) if (ruling := is_own(run, *pair))]
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
    plain = [seen for seen in run.submits if run.wish.prompt in prompts_of(seen)]
    full = [seen for seen in run.submits if seen not in plain]
    if len(plain) == 1 and full and run.outcomes[2].kind == "result":
        return "a call that asked for the same as the first got images, although nothing was submitted for it"
    if not plain or not full or plain[-1].number < full[-1].number:
        return None
    before, after = _asked(plain[0]), _asked(plain[-1])
    for name, value in after.items():
        if value != before[name]:
            return (
                f"a plain call has {name} {shown(value)} after one that asked for it; before that it had {before[name]}"
            )
    return FINE


def _by_prompt(run: Run) -> Iterator[tuple[Wish, Outcome]]:
    return zip((call.wish for call in run.scenario.calls), run.outcomes, strict=True)


def is_own(run: Run, wish: Wish, outcome: Outcome) -> Ruling:
    """What a call came to is what became of the job that was submitted with its prompt."""
    jobs = [job for job in run.jobs if job.prompt == wish.prompt]
    if outcome.kind == "result" and not any(wish.prompt in prompts_of(seen) for seen in run.submits):
        return f"the call for {shown(wish.prompt)} ended with {outcome.described()}, but that was never submitted"
    if len(jobs) != 1:
        return None
    job = jobs[0]
    if outcome.kind == "result" and job.ending != "succeeded":
        return f"the job for {shown(wish.prompt)} failed, but the call for it ended with {outcome.described()}"
    told_over = outcome.category in ("failed", "blocked") and not run.heard  # of a gateway any end is a failure
    if outcome.kind == "error" and job.ending == "succeeded" and told_over:
        return f"the job for {shown(wish.prompt)} ended well, but the call for it ended with {outcome.described()}"
    images = _images_of(run, job, wish)
    if outcome.kind != "result" or images is None:
        return FINE
    if run.heard:  # a gateway has ids of its own
        outcome = replace(outcome, task_id=None)
    if outcome.task_id is not None and outcome.task_id in {other.id for other in run.jobs} - {job.id}:
        return f"the call for {shown(wish.prompt)} has the task_id {outcome.task_id} of another"
    if run.provider in ASYNCHRONOUS and job.id not in (outcome.task_id or job.id):
        return f"the result for {shown(wish.prompt)} has the task_id {shown(outcome.task_id)}, the job is {job.id}"
    ruling = images_match(outcome, images, run)
    return ruling if ruling is FINE else f"for {shown(wish.prompt)}: {ruling}"


def _images_of(run: Run, job: JobView, wish: Wish) -> list[tuple[str | bytes, ...]] | None:
    """The images of the answer about a job."""
    about = run.exchanges_of(job) or [seen for seen in run.submits if prompts_of(seen) == [wish.prompt]]
    return next((images for seen in about if (images := images_told(seen)) is not None), None)


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
)  # fmt: skip
