"""Properties about trying again: when it is asked for, after a wait, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space
from . import nuisances
from .nuisances import ASYNCHRONOUS
from .record import Property

_REFUSALS: Final = (400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 451)
_OWN_RULES: Final = {"threedai": (400, 402)}  # statuses that a document says itself not to repeat
_SLACK: Final = 0.25  # seconds
_OF_A_DATE: Final = 1.0  # seconds to which a date is exact
_NO_WAIT: Final = 0.001  # seconds; a request takes no virtual time, so that a wait of any length is longer
_HASTE: Final = 0.5  # seconds
_LOST_POLLS: Final[tuple[nuisances.Fault, ...]] = (
    {"kind": "reset"},
    {"kind": "edge-page"},
    {"kind": "problem", "problem": "rate-limited"},
    {"kind": "problem", "problem": "unavailable"},
    {"kind": "edge-page", "status": 503},
    {"kind": "edge-page", "status": 504},
    {"kind": "garbage"},
    {"kind": "truncated"},
    {"kind": "problem", "problem": "rate-limited", "retry_after": 12},
    {"kind": "wrong-content-type"},
    {"kind": "empty"},
)


def _busy(space: Space) -> Any:
    faults = [
        {"kind": "problem", "operation": "submit", "problem": problem, "retry_after": seconds, "retry_after_as": form}
        for seconds in (7, 20, 45, 2)
        for form in ("seconds", "date")
        for problem in ("rate-limited", "unavailable")
    ]
    return space.scenarios(
        wish=Wish(), seconds=2.0, faults=space.st.sampled_from(nuisances.repeated(faults, 1)), readings={}
    )


def _refused(space: Space) -> Any:
    statuses = [status for status in _REFUSALS if status not in _OWN_RULES.get(space.provider, ())]
    faults = [{"kind": "status", "operation": "submit", "status": status} for status in statuses]
    return space.scenarios(
        wish=Wish(), seconds=2.0, faults=space.st.sampled_from(nuisances.repeated(faults, 5)), readings={}
    )


def _failing(space: Space) -> Any:
    faults: list[nuisances.Fault] = [
        {"kind": "problem", "problem": "rate-limited"},
        {"kind": "problem", "problem": "unavailable"},
        {"kind": "edge-page", "status": 503},
        {"kind": "reset"},
    ]
    listed = nuisances.repeated([{**fault, "operation": "submit"} for fault in faults], None, 8)
    return space.scenarios(wish=Wish(), seconds=2.0, faults=space.st.sampled_from(listed), readings={})


def _lost_polls(space: Space) -> Any:
    faults = [{**fault, "operation": "poll"} for fault in (*_LOST_POLLS, *nuisances.hanging(space)[:1])]
    listed = nuisances.repeated([*faults, *({**fault, "skip": 2} for fault in faults)], 1)
    return space.scenarios(wish=Wish(), seconds=60.0, faults=space.st.sampled_from(listed), readings={})


def _lost_for_good(space: Space) -> Any:
    faults = [{**fault, "operation": "poll"} for fault in (*_LOST_POLLS[:4], {"kind": "not-json", "text": "no"})]
    listed = nuisances.repeated(faults, None)
    return space.scenarios(wish=Wish(), seconds=60.0, deadline=600.0, faults=space.st.sampled_from(listed), readings={})


def heeds_retry_after(run: Run) -> Ruling:
    """No submit comes before the time that the answer to the last one asked for."""
    asked = [seen for seen in run.submits if seen.retry_after is not None]
    if not asked:
        return None
    for before, after in pairwise(run.submits):
        if before.retry_after is None:
            continue
        wait, wanted = after.at - before.done, before.retry_after
        if wait < wanted - _SLACK - (_OF_A_DATE if _is_date(before) else 0.0):
            told = before.answer_headers["retry-after"]
            return f"the submit is sent again {wait:.3g} s after an answer {before.status} with `Retry-After: {told}`"
    return FINE


def not_repeated(run: Run) -> Ruling:
    """A submit that was refused is not sent again as it was."""
    refused = [seen for seen in run.submits if 400 <= seen.status < 500]
    if not refused:
        return None
    first = refused[0]
    for again in run.submits:
        if again.number > first.number and _request_of(again) == _request_of(first):
            return f"the submit that was refused with {first.status} is sent again, {again.at - first.done:.3g} s later"
    return FINE


def backs_off(run: Run) -> Ruling:
    """Submits that fail do not follow each other at once."""
    if not any(_failed(seen) for seen in run.submits):
        return None
    for most, shortest in ((3, _NO_WAIT), (5, _HASTE)):
        if any(len(row) >= most for row in _hurried(run, shortest)):
            return f"{most} submits in a row failed, each sent less than {shortest:g} s after the one before it"
    return FINE


def keeps_job(run: Run) -> Ruling:
    """After a lost poll the same job is polled on, or its id is handed to the caller."""
    lost = [seen for seen in run.polls if seen.exchange.fault is not None]
    if not lost or not run.jobs:
        return None
    job, outcome = run.jobs[0], run.outcome
    if len(run.submits) > 1:
        return f"after a poll of {job.id} was lost another job was submitted, {len(run.submits)} in all"
    if outcome.kind == "result" or job.id in f"{outcome.task_id} {outcome.message}":
        return FINE
    return f"a poll of {job.id} was lost, then the call ended with {outcome.described()}, and the id is lost, too"


def keeps_job_to_the_end(run: Run) -> Ruling:
    """However many polls are lost, the caller is told the id in the end."""
    return None if run.outcome.kind == "hung" else keeps_job(run)


def _is_date(seen: Seen) -> bool:
    return "GMT" in seen.answer_headers.get("retry-after", "")


def _request_of(seen: Seen) -> tuple[str, bytes]:
    return seen.exchange.target, seen.exchange.request_body


def _failed(seen: Seen) -> bool:
    return seen.exchange.fault is not None


def _hurried(run: Run, shortest: float) -> Iterator[list[Seen]]:
    """Submits one after another, each sent so soon after the failure of the one before."""
    row: list[Seen] = []
    for seen in run.submits:
        soon = bool(row) and _failed(row[-1]) and seen.at - row[-1].done < shortest
        row = [*row, seen] if soon else [seen]
        yield row


PROPERTIES: Final = (
    Property(
        "house.submit.retry-after", "house.submit.retry-after", _busy, heeds_retry_after, examples=12,
        why="A provider that asks for a pause and does not get it asks for a longer one, or for none any more.",
    ),
    Property(
        "house.submit.refused-once", "house.retry.not-refused", _refused, not_repeated, examples=11,
        why="The same request gets the same refusal; to repeat it costs time, and may cost the account.",
    ),
    Property(
        "house.submit.backs-off", "house.submit.backs-off", _failing, backs_off, examples=8,
        why="Many clients that try again at once keep a provider from getting up.",
    ),
    Property(
        "house.poll.lost-resumed", "house.poll.lost-resumed", _lost_polls, keeps_job, providers=ASYNCHRONOUS,
        examples=20,
        why="The job is being drawn and paid for; asking once more costs nothing, giving it up costs the picture.",
    ),
    Property(
        "house.poll.lost-for-good", "house.poll.lost-resumed", _lost_for_good, keeps_job_to_the_end,
        providers=ASYNCHRONOUS, examples=5,
        why="After an outage the images are there, for who knows the id.",
    ),
)  # fmt: skip
