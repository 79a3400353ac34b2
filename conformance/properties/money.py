"""Properties about money: one call is paid once, and whoever may have paid is told so."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space
from .judging import told_as
from .nuisances import ENDING_WITH_FEWER, ENDING_WITHOUT_IMAGE, lost_submits, repeated
from .record import Property

_UNCERTAIN: Final = ("ambiguous", "server", "timeout", "protocol")  # none of them says that there is no job


def _one_call(space: Space) -> Any:
    before = [{"kind": kind, "operation": "submit", "when": "before"} for kind in ("reset", "garbage", "edge-page")]
    late = [{"kind": "delay", "operation": "submit", "when": "after", "seconds": seconds} for seconds in (20, 35, 65)]
    gone = [{"kind": "status", "operation": "poll", "status": status} for status in (404, 500, 410)]
    empty = [{"kind": "partial", "images": 0}] if space.provider in ENDING_WITH_FEWER else []
    faults = [(), *repeated([*lost_submits(space), *late, *before, *empty], 1)]
    faults += [] if space.words.waits else repeated(gone, 1, None)
    # Providers that answer with the image take long; a time-out of the client's comes before that, and no fault.
    seconds = 100.0 if space.words.waits else 40.0
    one = space.scenarios(wish=Wish(), faults=space.st.sampled_from(faults), seconds=seconds, readings={})
    without = [space.scenarios(wish=Wish(), ending="no-image", seconds=2.0, readings={})]
    return space.st.one_of(one, *without) if space.provider in ENDING_WITHOUT_IMAGE else one


def _lost(space: Space) -> Any:
    faults = space.st.sampled_from(repeated(lost_submits(space), 1))
    return space.scenarios(wish=Wish(), faults=faults, seconds=2.0, readings={})


def paid_once(run: Run) -> Ruling:
    """One call leaves one paid job at most, whatever became of the answers to its submits."""
    if not run.submits:
        return None
    if len(run.paid) > 1:
        at = ", ".join(f"{job.submitted:.4g} s" for job in run.paid)
        return f"one call led to {len(run.paid)} paid jobs, submitted at {at}; one was asked for"
    images = sum(job.count for job in run.paid)
    if images > (run.wish.count or 1):
        return f"one image was wanted, as nothing else was said; the submit orders {images}, and each is paid"
    return FINE


def tells_doubt(run: Run) -> Ruling:
    """Where a submit got no answer of use, the error does not claim that nothing was paid."""
    if len(run.submits) != 1 or not run.paid or run.outcome.kind in ("hung", "result"):
        return None
    ruling = told_as(run.outcome, _UNCERTAIN)
    return ruling if ruling is FINE else f"there is a paid job whose submit got no answer of use, but {ruling}"


PROPERTIES: Final = (
    Property(
        "house.money.one-job", "house.submit.paid-once", _one_call, paid_once, examples=25,
        why="A submit that is sent again because its answer was lost or late is a second picture that somebody pays.",
    ),
    Property(
        "house.money.doubt-told", "house.submit.doubt-told", _lost, tells_doubt, examples=10,
        why="Who is told that a call failed asks again, and pays twice for what is being drawn already.",
    ),
)  # fmt: skip
