"""When callers get an answer: in time where that was promised, and not before a slow job is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import DEADLINE, SYNC
from ...scenarios.model import Wish
from ...subjects.base import EXACT_TIME, SOCKET_TIMEOUTS
from ..nuisances import ASYNCHRONOUS, Fault
from ..record import Property
from .answers import said_in_json
from .stories import asked, at_everybody, flows, story

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_SLACK: Final = 3.0  # seconds
_SHARE: Final = 0.02  # of the deadline, by which an answer may be late
_WAITED: Final = frozenset({408, 502, 503, 504})  # what a caller may be told whose time is up
_LIMITED: Final = 429
_LONGEST: Final = 120.0  # seconds that a job takes by the documents
_MARGIN: Final = 1.25  # of that, which a deadline has to leave


def _silent(space: Space) -> Any:
    """Providers that accept a connection and then say nothing, or a byte now and then, or that they are busy."""
    submit: list[Fault] = [
        {"kind": "hang", "operation": "submit", "when": "after"},
        {"kind": "drip", "operation": "submit", "seconds": 25, "bytes": 1},
        {"kind": "hang", "operation": "submit", "when": "before"},
        {"kind": "hang", "operation": "submit", "when": "after", "at": "body"},
        {"kind": "problem", "problem": "rate-limited", "operation": "submit", "retry_after": 86_400},
    ]
    polls: list[Fault] = [
        {"kind": "hang", "operation": "poll"},
        {"kind": "drip", "operation": "poll", "seconds": 15, "bytes": 1},
        {"kind": "edge-page", "operation": "poll"},
    ]
    faults = [*submit, *(polls if space.provider in ASYNCHRONOUS else [])]
    return space.st.sampled_from(
        [
            story(space, asked("sync"), ending="stuck"),
            *(story(space, asked("sync"), faults=(at_everybody(fault),), seconds=2.0) for fault in faults),
        ]
    )


def _slow(space: Space) -> Any:
    largest = "4K" if "resolution" in space.can and "4K" in space.words.listed.get("resolution", ()) else None
    first, *others = flows(space)
    return space.st.sampled_from(
        [
            story(space, asked(first, Wish(resolution=largest)), seconds=_LONGEST),
            story(space, asked(first), seconds=65.0),
            *(story(space, asked(flow), seconds=_LONGEST) for flow in others),
        ]
    )


def in_time(run: Run) -> Ruling:
    """Whatever the provider does, the caller is answered by the deadline that the gateway promises."""
    deadline = run.claims.deadline
    if deadline is None or not run.upstream:
        return None
    outcome = run.outcome
    if outcome.kind == "hung" or outcome.seconds > deadline * (1 + _SHARE) + _SLACK:
        when = "there was no answer" if outcome.kind == "hung" else f"the answer came after {outcome.seconds:.5g} s"
        return f"answers are promised within {deadline:g} s; {when}"
    return FINE


def answered(run: Run) -> Ruling:
    """Whatever the provider does, the caller is answered one day."""
    if not run.upstream:
        return None
    return FINE if run.outcome.kind != "hung" else f"after {run.outcome.seconds:.5g} s the caller had no answer"


def told_as_time_out(run: Run) -> Ruling:
    """A caller whose time is up is told so, and not that something was wrong with the request or the gateway."""
    outcome = run.outcome
    if not run.upstream or (outcome.kind == "hung" and run.claims.deadline is not None):
        return None
    if outcome.kind in ("result", "hung") or (outcome.kind == "error" and outcome.status in _WAITED):
        return FINE
    if outcome.status == _LIMITED and any(seen.status == _LIMITED for seen in run.upstream):
        return FINE
    return f"the provider kept silent; the caller was told {outcome.status} by {outcome.described()}"


def told_in_json(run: Run) -> Ruling:
    """What a caller is told whose time is up is JSON like all errors, and not what the framework says by itself."""
    return said_in_json(run) or (FINE if run.upstream else None)


def waited_for(run: Run) -> Ruling:
    """A job that takes as long as the documents say is waited for."""
    if not run.jobs:
        return None
    took, deadline = run.scenario.seconds or 0.0, run.claims.deadline
    if run.outcome.kind == "result" or (deadline is not None and deadline < took * _MARGIN):
        return FINE
    cut = f"after {run.outcome.seconds:.4g} s with {run.outcome.described()}"
    return f"the job took {took:g} s and went well, but the call ended {cut}"


PROPERTIES: Final = (
    Property(
        "gateway.deadlines.in-time", "gateway.deadlines.in-time", _silent, in_time,
        frozenset({DEADLINE, SYNC, EXACT_TIME, SOCKET_TIMEOUTS}), examples=9,
        why="Callers set their own time-outs by the promised one; an answer after that is paid for and thrown away.",
    ),
    Property(
        "gateway.deadlines.answered", "gateway.deadlines.answered", _silent, answered,
        frozenset({SYNC, EXACT_TIME, SOCKET_TIMEOUTS}), examples=9,
        why="A provider that hangs takes with it one connection of the gateway after the other, until none is left.",
    ),
    Property(
        "gateway.deadlines.told", "gateway.deadlines.told", _silent, told_as_time_out,
        frozenset({SYNC, EXACT_TIME, SOCKET_TIMEOUTS}), examples=9,
        why="After a time-out there may be an image; after a 400 nobody looks for one.",
    ),
    Property(
        "gateway.deadlines.told-in-json", "gateway.answers.json", _silent, told_in_json,
        frozenset({SYNC, EXACT_TIME, SOCKET_TIMEOUTS}), examples=9,
        why="An empty 504 of the framework's says neither that there may be an image nor by which id to ask for it.",
    ),
    Property(
        "gateway.deadlines.slow-jobs", "gateway.deadlines.slow-jobs", _slow, waited_for, frozenset({EXACT_TIME}),
        examples=3,
        why="A 4K image takes two minutes; a gateway that cuts at one has paid for it and hands out a 504.",
    ),
)  # fmt: skip
