"""Jobs of a gateway's own: they go forward, come to an end, and are there as long as their images are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import ASYNC, DEADLINE, NAMED
from ...scenarios.model import Call, Manner
from ...subjects.base import EXACT_TIME
from ..nuisances import ASYNCHRONOUS, Fault
from ..record import Property
from ..wire import images_told
from .stories import asked, flows, story

if TYPE_CHECKING:
    from ...engine.outcome import Heard, Outcome
    from ...engine.run import Run
    from ...scenarios.space import Space

_ASYNC: Final = Manner(flow="async")
_STATES: Final = ("status", "state", "phase")  # what the field is called that has the state of a job
_GONE: Final = (404, 410)
_AT_ONCE: Final = 60.0  # seconds; no provider takes that long to accept a job
_PATIENT: Final = 600.0  # seconds from the end of a job upstream to that of the gateway's
_SHARE: Final = 0.9  # of the life of a URL
_SIGNATURES: Final = ("X-Amz", "X-Goog")
_LATE: Final = (
    300.0  # seconds by which a later end may be told, counting from when the gateway had the URL for instance
)
_YEAR_2001: Final = 1e9  # unix seconds; smaller numbers are times to come
_YEAR_33658: Final = 1e12  # larger numbers are milliseconds


def _watched(space: Space) -> Any:
    """A job that is asked after while it is drawn, and long after, while the provider's answers come and go."""
    faults: list[tuple[Fault, ...]] = [()]
    if space.provider in ASYNCHRONOUS:
        polls: list[Fault] = [
            {"kind": "unknown-status"},
            {"kind": "edge-page"},
            {"kind": "status", "status": 500},
            {"kind": "empty"},
            {"kind": "not-json"},
        ]
        faults += [({"operation": "poll", "times": 2, **fault},) for fault in polls]
        faults += [({"operation": "poll", "times": 3, "skip": 1, **fault},) for fault in polls]
    waits = (4.0, *[10.0] * 5, 30.0, 60.0, 600.0)
    looks = tuple(Call(op="status", follows=0, wait=wait, manner=_ASYNC) for wait in waits)
    endings = ("succeeded", "failed")
    return space.st.sampled_from(
        [
            story(space, Call(op="submit", manner=_ASYNC), *looks, faults=each, seconds=35.0, ending=ending)
            for each in faults
            for ending in endings
            if not each or ending == "succeeded"
        ]
    )


def _every_end(space: Space) -> Any:
    endings = [*space.spec.behaviour.failures, "cancelled"]
    return space.st.sampled_from(
        [story(space, asked(flow), ending=ending, seconds=2.0) for ending in endings for flow in flows(space)]
    )


def _polls_lost(space: Space) -> Any:
    polls: list[Fault] = [
        {"kind": "edge-page"},
        {"kind": "reset", "times": 1},
        {"kind": "status", "status": 500, "times": 3},
        {"kind": "problem", "problem": "rate-limited", "retry_after": 10},
        {"kind": "empty"},
        {"kind": "truncated-json"},
        {"kind": "unknown-status"},
    ]
    return space.st.sampled_from(
        [
            story(space, asked(flow), faults=({"operation": "poll", "times": 2, **fault},), seconds=40.0)
            for fault in polls
            for flow in flows(space)
        ]
    )


def _long(space: Space) -> Any:
    return space.st.just(story(space, Call(op="submit", manner=_ASYNC), seconds=115.0))


def _stuck(space: Space) -> Any:
    call = asked("async", poll_every=20.0)
    silent: Fault = {"kind": "hang", "operation": "poll", "times": None}
    return space.st.sampled_from(
        [story(space, call, ending="stuck"), story(space, call, faults=(silent,), seconds=2.0)]
    )


def _kept(space: Space) -> Any:
    life = space.spec.behaviour.media_life or 3_600.0
    later = Call(op="resume", follows=0, wait=life * _SHARE, manner=_ASYNC)
    return space.st.just(story(space, asked("async"), later, seconds=2.0))


def _signed(space: Space) -> Any:
    readings = {"media-url": "signed"} if space.provider == "gmicloud" else {}
    return space.st.sampled_from(
        [
            story(space, asked(flow), readings=readings, seconds=seconds)
            for flow in flows(space)
            for seconds in (2.0, 60.0)
        ]
    )


def forward_only(run: Run) -> Ruling:
    """Its state never goes back to one that it has left, and its end is final."""
    looks = list(zip(run.scenario.calls[1:], run.outcomes[1:], strict=True))
    if run.outcomes[0].kind != "result":
        return None
    over = ""
    for _, outcome in looks:
        state = _state_of(outcome)
        if over and state in ("done", "failed", "under way") and state != over:
            return f"the job was {over}, and {outcome.started:.4g} s after the start it was {state} again"
        if over and outcome.status in _GONE:
            return f"the job was {over}; {outcome.started:.4g} s after the start there was no such job any more"
        over = state if state in ("done", "failed") else over
    words = [word for heard in run.heard if heard.role == "poll" and (word := _word(heard))]
    return _in_order(words)


def ends_as_upstream(run: Run) -> Ruling:
    """However a job ends, the caller's ends soon after, and not with images that nobody made."""
    if not run.jobs or any(job.ending == "succeeded" for job in run.jobs):
        return None
    last = max(run.jobs, key=lambda job: job.ended)
    outcome = run.outcome
    if outcome.kind == "hung" or outcome.ended > last.ended + _PATIENT:
        when = "it has no end" if outcome.kind == "hung" else f"it ended {outcome.ended - last.ended:.4g} s later"
        return f"the job of {last.provider} ended as {last.ending}; for the caller {when}"
    if outcome.kind == "result" or outcome.garbled:
        return f"the job of {last.provider} ended as {last.ending}, the call with {outcome.described()}"
    return FINE


def survives(run: Run) -> Ruling:
    """A few polls that were lost do not cost the caller an image that is paid for."""
    if not any(seen.role == "poll" and seen.exchange.fault is not None for seen in run.upstream):
        return FINE if run.outcome.kind == "result" else None
    if run.outcome.kind == "result":
        return FINE
    ids = [job.id for job in run.jobs]
    if any(id in run.outcome.told for id in ids):
        return FINE
    return f"polls were lost, the image was made and paid, but the call ended with {run.outcome.described()}"


def accepted_at_once(run: Run) -> Ruling:
    """Whoever asks for a job is told its id long before it is done."""
    heard = run.heard_in(0, "submit")
    if not heard or run.outcome.kind != "result":
        return None
    took = heard[0].until - heard[0].at
    return FINE if took <= _AT_ONCE else f"the job took 115 s, and its id was told only after {took:.4g} s"


def ends_by_itself(run: Run) -> Ruling:
    """A job whose provider never ends it ends nevertheless."""
    if not run.jobs:
        return None
    return FINE if run.outcome.kind != "hung" else f"after {run.outcome.seconds:.5g} s the job had no end"


def still_there(run: Run) -> Ruling:
    """Images can be had as long as the provider keeps them, or their end was told."""
    first, later = run.outcomes
    if first.kind != "result":
        return None
    fetched = run.heard_in(1, "fetch")
    if later.kind == "result" and later.images and all(heard.ok for heard in fetched):
        return FINE
    ends = [end for heard in run.heard_in(0, "poll") for end in _ends_told(heard, run.epoch)]
    if ends and min(ends) <= run.epoch + later.ended:
        return FINE
    missing = f"their URL is answered with {fetched[-1].status}" if later.kind == "result" else later.described()
    return (
        f"no end was told, and {later.started:.6g} s after the start, with the provider still keeping them: {missing}"
    )


def end_is_true(run: Run) -> Ruling:
    """No later end is told than a provider's URL has."""
    urls = [image.url for image in run.outcome.images if image.url]
    if run.outcome.kind != "result":
        return None
    told = [end for heard in run.heard_in(0, "submit", "poll") if heard.ok for end in _ends_told(heard, run.epoch)]
    true = [end for url in urls if (end := _true_end(run, url)) is not None]
    if told and true and max(told) > min(true) + _LATE:
        return f"the URL holds until {min(true):.0f} (unix seconds), the caller is told {max(told):.0f}"
    return FINE


def _state_of(outcome: Outcome) -> str:
    """What an answer about a job says of it: `done`, `failed`, `under way`, or nothing."""
    if outcome.kind == "result":
        return "done" if outcome.images else "under way"
    is_answer = outcome.kind == "error" and outcome.status is not None and outcome.status < 300 and not outcome.garbled
    return "failed" if is_answer else ""


def _in_order(words: list[str]) -> Ruling:
    left: set[str] = set()
    for before, after in pairwise(words):
        if after != before:
            left.add(before)
        if after in left:
            return f"the job was {after}, then {before}, then {after} again"
    return FINE


def _word(heard: Heard) -> str | None:
    """The word for the state in an answer about a job, at the top or one level below."""
    if not heard.ok or not isinstance(heard.json, dict):
        return None
    rows = [heard.json, *(value for value in heard.json.values() if isinstance(value, dict))]
    return next((row[name] for row in rows for name in _STATES if isinstance(row.get(name), str)), None)


def _ends_told(heard: Heard, epoch: float) -> Iterator[float]:
    """The ends of images that an answer tells, in unix seconds."""
    for name, value in _fields(heard.json):
        if "expir" not in name.lower():
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1_000 if value > _YEAR_33658 else value
            yield seconds if seconds > _YEAR_2001 else epoch + heard.until + seconds
        elif isinstance(value, str):
            try:
                yield datetime.fromisoformat(value).timestamp()
            except ValueError:
                continue


def _fields(document: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield name, value
            yield from _fields(value)
    elif isinstance(document, list):
        for each in document:
            yield from _fields(each)


def _true_end(run: Run, url: str) -> float | None:
    """When a URL of the provider's lapses; None for those that don't, and for the gateway's own."""
    query = parse_qs(urlsplit(url).query)
    for name in _SIGNATURES:
        if f"{name}-Date" in query and f"{name}-Expires" in query:
            signed = datetime.strptime(query[f"{name}-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return signed.timestamp() + float(query[f"{name}-Expires"][0])
    given = {each for seen in run.exchanges for image in images_told(seen) or () for each in image}
    life = run.spec.behaviour.media_life
    if url not in given or life is None:
        return None
    return run.epoch + max(job.ended for job in run.jobs) + life


PROPERTIES: Final = (
    Property(
        "gateway.tasks.forward-only", "gateway.tasks.forward-only", _watched, forward_only,
        frozenset({ASYNC, EXACT_TIME}), examples=8,
        why="Callers stop asking at the first end they see; if it was none, they throw away what is still being drawn.",
    ),
    Property(
        "gateway.tasks.every-end", "gateway.tasks.every-end", _every_end, ends_as_upstream, frozenset({NAMED}),
        examples=8,
        why="A failure that a gateway does not know keeps its callers waiting for an image that will never be there.",
    ),
    Property(
        "gateway.tasks.polls-lost", "gateway.tasks.polls-lost", _polls_lost, survives, examples=8,
        providers=ASYNCHRONOUS,
        why="The image is drawn and charged whether or not one question after it got lost.",
    ),
    Property(
        "gateway.tasks.accepted-at-once", "gateway.tasks.accepted-at-once", _long, accepted_at_once,
        frozenset({ASYNC, EXACT_TIME}), examples=1,
        why="Who asks for a job wants to hang up; a submit that takes as long as the image is cut by any proxy.",
    ),
    Property(
        "gateway.tasks.ends-by-itself", "gateway.tasks.ends-by-itself", _stuck, ends_by_itself,
        frozenset({ASYNC, DEADLINE, EXACT_TIME}), examples=2, providers=ASYNCHRONOUS,
        why="A job without an end is asked after for ever, by its caller and by the gateway.",
    ),
    Property(
        "gateway.tasks.kept", "gateway.tasks.kept", _kept, still_there, frozenset({ASYNC, EXACT_TIME}), examples=1,
        providers=("reapi", "threedai", "onemin"),
        why="An image that was there yesterday, and that nobody said would go, was paid for in vain.",
    ),
    Property(
        "gateway.tasks.end-is-true", "gateway.tasks.end-is-true", _signed, end_is_true, examples=4,
        providers=("reapi", "threedai", "gmicloud", "onemin"),
        why="Who is told that a URL holds for a week does not save the picture in the hour for which it does.",
    ),
)  # fmt: skip
