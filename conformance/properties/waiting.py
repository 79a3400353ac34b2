"""Judges of clients that wait for one long answer, which they have paid for."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space

LONG: Final = 120.0  # seconds that an answer may take at 4K

_LATE: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "hang", "operation": "submit", "when": "after"},
    {"kind": "delay", "operation": "submit", "when": "after", "seconds": 700},
    {"kind": "hang", "operation": "submit", "when": "after", "at": "body"},
)


def long_answers(space: Space) -> Any:
    """One call whose answer takes long, with the client's own time-out."""
    tier = "4K" if "resolution" in space.can else None
    return space.scenarios(wish=Wish(resolution=tier), seconds=LONG, readings={})


def late_answers(space: Space) -> Any:
    """One call whose answer comes after any client's time-out, or not at all, although the order was taken."""
    st = space.st
    lost = space.scenarios(wish=Wish(), readings={}, faults=st.sampled_from([(fault,) for fault in _LATE]))
    slow = space.scenarios(wish=Wish(), readings={}, seconds=st.sampled_from((150.0, 400.0, 1_000.0)))
    return st.one_of(lost, slow)


def survives(run: Run) -> Ruling:
    """The answer is waited for."""
    if not run.jobs:
        return None
    if run.outcome.kind == "result":
        return FINE
    ended = f"after {run.outcome.seconds:.3g} s the call ended with {run.outcome.described()}"
    return f"an answer that took {LONG:g} s was not waited for; {ended}"


def ordered_once(run: Run) -> Ruling:
    """What has been waited for in vain is not ordered a second time."""
    if not run.jobs:
        return None
    if len(run.paid) > 1:
        return f"the submit was sent {len(run.submits)} times, and {len(run.paid)} jobs are paid for one wish"
    return FINE
