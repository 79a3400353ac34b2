"""Repetitions that are marked as such: one job, whoever repeats, whenever, and however the first try ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import IDEMPOTENCY, SYNC
from ...scenarios.model import Call, Wish
from ..nuisances import Fault, hanging
from ..record import Property
from ..wire import prompts_of
from .pictures import pictures_in
from .stories import asked, flows, images_of, once, places, story, submits

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_KITE: Final = Wish()
_MARK: Final = "3f0b2c9e-order-77"
_OTHERS: Final = ("3f0b2c9e-order-78", "a94d10c7-order-77")  # that differ in their last letter, or at the beginning
_WHALE: Final = Wish("a blue whale")
_BUSY: Final = frozenset({409, 425, 429})  # what a repetition may be told while the first try is under way
_REFUSED: Final = frozenset({400, 409, 412, 422})  # what a mark may be told that was used for something else


def _marked(flow: Any, wish: Wish = _KITE, mark: str = _MARK, **parts: Any) -> Call:
    return asked(flow, wish, idempotency=mark, **parts)


def _repeated(space: Space) -> Any:
    """The same again, once the first is done, and while it is being done."""
    after = [story(space, _marked(flow), replace(_marked(flow), wait=1.0), seconds=20.0) for flow in flows(space)]
    beside = [
        story(space, *(replace(_marked(flow), wait=wait) for wait in waits), together=True, seconds=20.0)
        for flow in flows(space)
        for waits in ((0.0, 0.0), (0.0, 3.0, 15.0))
    ]
    return space.st.sampled_from([*after, *beside])


def _repeated_after_failure(space: Space) -> Any:
    lost: list[Fault] = [
        {"kind": "reset", "when": "after"},
        {"kind": "edge-page", "when": "after", "status": 504},
        {"kind": "empty", "when": "after"},
        *hanging(space)[:1],
        {"kind": "problem", "problem": "credits-exhausted"},
    ]
    faults = [{"operation": "submit", **fault} for fault in lost] + [{"kind": "failed"}]
    return space.st.sampled_from(
        [
            story(space, _marked(flow), replace(_marked(flow), wait=5.0), faults=(once(fault),), seconds=20.0)
            for fault in faults
            for flow in flows(space)
        ]
    )


def _repeated_after_hanging_up(space: Space) -> Any:
    late = {"kind": "delay", "operation": "submit", "when": "after", "seconds": 15}
    again = replace(_marked("sync"), wait=1.0)
    return space.st.sampled_from(
        [
            story(space, replace(_marked("sync"), cancel_after=after), again, faults=faults, seconds=40.0)
            for after in (5.0, 33.0, 0.5)
            for faults in ((), (once(late),))
        ]
    )


def _for_something_else(space: Space) -> Any:
    return space.st.sampled_from(
        [story(space, _marked(flow), replace(_marked(flow, _WHALE), wait=1.0), seconds=2.0) for flow in flows(space)]
    )


def _with_another_mark(space: Space) -> Any:
    return space.st.sampled_from(
        [
            story(space, _marked(flow), replace(_marked(flow, mark=other), wait=1.0), seconds=2.0)
            for other in _OTHERS
            for flow in flows(space)
        ]
    )


def same_job(run: Run) -> Ruling:
    """However often it is repeated, there is one job, and everybody who repeats it gets what became of it."""
    if not run.jobs:
        return None
    paid = [job for job in run.jobs if job.paid]
    if images_of(paid) > 1:
        return f"the same request with the same mark is paid {images_of(paid)} times: {places(paid)}"
    first = next((outcome for outcome in run.outcomes if outcome.kind == "result"), None)
    if first is None:
        return None
    for other in run.outcomes:
        if other.kind != "result" and not (run.scenario.together and other.status in _BUSY):
            return f"one call got its image, another one like it ended with {other.described()}"
        if other.kind == "result" and pictures_in(other) != pictures_in(first):
            return "a repetition got another image than the call that it repeats, although there is one job"
    return FINE


def paid_once(run: Run) -> Ruling:
    """Repetitions are not paid again, however the first try ended."""
    if not run.jobs:
        return FINE if submits(run) else None
    paid = [job for job in run.jobs if job.paid]
    if images_of(paid) > 1:
        before = run.outcomes[0].described()
        return f"the first try ended with {before}; its repetition is a second paid job: {places(paid)}"
    return FINE


def not_mixed_up(run: Run) -> Ruling:
    """Nobody gets the image of another request because of its mark."""
    second, prompt = run.outcomes[1], run.scenario.calls[1].wish.prompt
    if run.outcomes[0].kind != "result":
        return None
    if second.kind == "result" and not any(prompt in prompts_of(seen) for seen in submits(run)):
        return f"the second request was for {prompt!r}, which nobody was asked for; it got what the first had asked for"
    return FINE


def told_of_misuse(run: Run) -> Ruling:
    """A mark that was used for something else is refused."""
    second = run.outcomes[1]
    if run.outcomes[0].kind != "result":
        return None
    if second.kind == "error" and second.status in _REFUSED:
        return FINE
    return f"the mark had been used for another request, yet the call ended with {second.described()}"


def own_job_each(run: Run) -> Ruling:
    """Both calls get an image of a job of their own."""
    if run.outcomes[0].kind != "result":
        return None
    second = run.outcomes[1]
    if second.kind != "result":
        return f"the second call, which has nothing to do with the first, ended with {second.described()}"
    if images_of(job for job in run.jobs if job.paid) < 2:
        return "the second call, which has nothing to do with the first, got what that had asked for"
    return FINE


_NEEDS: Final = frozenset({IDEMPOTENCY})

PROPERTIES: Final = (
    Property(
        "gateway.idempotency.same-job", "gateway.idempotency.same-job", _repeated, same_job, _NEEDS, examples=6,
        once=True,
        why="Who marks repetitions does so because lost answers have been paid twice; half a mark is worse than none.",
    ),
    Property(
        "gateway.idempotency.after-failure", "gateway.idempotency.paid-once", _repeated_after_failure, paid_once,
        _NEEDS, examples=10, once=True,
        why="After a failure nobody knows about is when callers repeat, and when a second job is likeliest to be paid.",
    ),
    Property(
        "gateway.idempotency.after-hanging-up", "gateway.idempotency.paid-once", _repeated_after_hanging_up,
        paid_once, _NEEDS | {SYNC}, examples=6, once=True,
        why="Callers whose time-out is shorter than the job hang up and repeat; with their mark that must be safe.",
    ),
    Property(
        "gateway.idempotency.not-mixed-up", "gateway.idempotency.not-mixed-up", _for_something_else, not_mixed_up,
        _NEEDS, examples=2, once=True,
        why="A mark that is used twice by mistake hands out the picture of another request, and nobody notices.",
    ),
    Property(
        "gateway.idempotency.misuse-told", "gateway.idempotency.misuse-told", _for_something_else, told_of_misuse,
        _NEEDS, examples=2, once=True,
        why="Who marks two requests alike has a bug, and finds it only if somebody says so.",
    ),
    Property(
        "gateway.idempotency.marks-apart", "gateway.idempotency.marks-apart", _with_another_mark, own_job_each,
        _NEEDS, examples=4, once=True,
        why="Who asks twice under two marks wants two pictures, and not the first one again.",
    ),
)  # fmt: skip
