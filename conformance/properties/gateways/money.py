"""What callers of a gateway make it pay for: what they asked for, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import CHOOSES, SYNC
from ...scenarios.model import Call, Manner, Wish
from ...subjects.base import EXACT_TIME
from ..nuisances import ASYNCHRONOUS, Fault, hanging
from ..record import Property
from .stories import CHOICE, PAUSE, asked, at_everybody, flows, images_of, once, places, story, submits, wished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...engine.run import Run
    from ...scenarios.space import Space

_MOST_SUBMITS: Final = 10  # to one provider for one image
_LOST: Final[tuple[Fault, ...]] = (
    {"kind": "reset"},
    {"kind": "edge-page", "status": 504},
    {"kind": "empty"},
    {"kind": "truncated-json"},
    {"kind": "edge-page", "status": 502, "seconds": 60},
    {"kind": "garbage"},
)
_MARGIN: Final = 2.0  # seconds in which a gateway may learn that a caller has hung up
_SHORTAGE: Final = (
    "partial", "error", "fail", "missing", "incomplete", "request", "warn", "short", "fewer", "only", "deliver",
)  # fmt: skip


def unlucky(space: Space) -> list[Fault]:
    """What may go wrong once with a job that is paid, or with one that is not yet."""
    submit: list[Fault] = [
        *({**fault, "operation": "submit", "when": "after"} for fault in _LOST),
        *({**fault, "operation": "submit"} for fault in hanging(space)[:1]),
        *({"kind": kind, "operation": "submit", "when": "before"} for kind in ("reset", "edge-page")),
        {"kind": "delay", "operation": "submit", "when": "after", "seconds": 65},
        {"kind": "problem", "problem": "unavailable", "operation": "submit"},
        {"kind": "problem", "problem": "internal", "operation": "submit", "when": "after"},
        {"kind": "failed"},
    ]
    polls: list[Fault] = [
        {"kind": "reset", "operation": "poll"},
        {"kind": "status", "status": 500, "operation": "poll", "times": 3},
        {"kind": "status", "status": 404, "operation": "poll", "times": 20},
        {"kind": "not-json", "operation": "poll"},
        {"kind": "key-revoked", "operation": "poll"},
    ]
    return [*submit, *(polls if space.provider in ASYNCHRONOUS else [])]


def _any_fault(space: Space) -> Any:
    """Each fault once, with the ways of asking and the numbers of images in turn."""
    counts = [None, 2, None, 3] if "count" in space.can else [None]
    ways = [(flow, Wish(count=count)) for count in counts for flow in flows(space)]
    return space.st.sampled_from(
        [
            story(space, asked(*ways[number % len(ways)]), faults=(once(fault),), seconds=40.0)
            for number, fault in enumerate(unlucky(space))
        ]
    )


def _always_failing(space: Space) -> Any:
    faults: list[Fault] = [
        {"kind": "problem", "problem": "rate-limited", "operation": "submit"},
        {"kind": "problem", "problem": "unavailable", "operation": "submit"},
        {"kind": "reset", "operation": "submit"},
        {"kind": "edge-page", "operation": "submit"},
        {"kind": "failed"},
    ]
    return space.st.sampled_from(
        [
            story(space, asked(flow), faults=(at_everybody(each),), seconds=2.0)
            for each in faults
            for flow in flows(space)
        ]
    )


def _failing(space: Space) -> Any:
    endings = space.spec.behaviour.failures
    return space.st.sampled_from(
        [story(space, asked(flow), ending=ending, seconds=2.0) for ending in endings for flow in flows(space)]
    )


def _one_of_several_fails(space: Space) -> Any:
    failed = [{"kind": "failed", "skip": skip} for skip in (0, 1)]
    lost = [{"kind": "problem", "problem": "rate-limited", "operation": "submit", "skip": 1, "times": None}]
    ways = flows(space)
    return space.st.sampled_from(
        [
            story(space, asked(ways[number % len(ways)], Wish(count=3)), faults=(fault,), seconds=2.0)
            for number, fault in enumerate((*failed, *lost))
        ]
    )


def _hanging_up(space: Space) -> Any:
    """A caller who leaves: while the submit is on its way, while the job is drawn, before a repetition."""
    late: Fault = {"kind": "delay", "operation": "submit", "when": "before", "seconds": 20}
    busy: Fault = {"kind": "problem", "problem": "rate-limited", "operation": "submit", "retry_after": 30}
    lost: Fault = {"kind": "reset", "operation": "submit", "when": "after", "seconds": 15}
    down: Fault = {"kind": "problem", "problem": "unavailable", "operation": "submit", "seconds": 15}
    leaving = [
        *([(None, after, Wish(count=3), None) for after in (8.0, 33.0)] if "count" in space.can else []),
        *((fault, 8.0, Wish(), None) for fault in (None, late, busy, lost, down)),
        *([(fault, 8.0, Wish(), CHOICE) for fault in (busy, down)] if CHOOSES in space.can else []),
        (None, 33.0, Wish(), None),
    ]
    return space.st.sampled_from(
        [
            story(
                space,
                Call(wish, cancel_after=after, manner=Manner(flow="sync", model=model)),
                Call(op=PAUSE, follows=0, wait=400.0),
                faults=(once(fault),) if fault else (), seconds=30.0,
            )
            for fault, after, wish, model in leaving
        ]
    )  # fmt: skip


def paid_as_asked(run: Run) -> Ruling:
    """All providers together are paid for no more than what was asked for."""
    if not submits(run):
        return None
    paid, most = [job for job in run.jobs if job.paid], wished(run)
    if images_of(paid) > most:
        return f"{most} images at most were asked for, {images_of(paid)} are paid: {places(paid)}"
    return FINE


def few_submits(run: Run) -> Ruling:
    """One request is bounded in what it makes the gateway ask for."""
    if not submits(run):
        return None
    for provider in {seen.exchange.provider for seen in submits(run)}:
        count = len(submits(run, provider))
        if count > _MOST_SUBMITS:
            return f"one request for one image made {count} submits to {provider}, all of which failed"
    return FINE


def failure_is_free(run: Run) -> Ruling:
    """What failed shows no usage."""
    if not run.jobs or any(job.paid for job in run.jobs) or run.outcome.kind != "error":
        return None if not run.jobs else FINE
    for heard in run.heard_in(0, "submit", "poll")[-1:]:
        for name, number in _counts(heard.json):
            if number > 0:
                return f"the job failed and was not charged, but its usage tells {name}: {number}"
    return FINE


def shortage_told(run: Run) -> Ruling:
    """Fewer images than were asked for are said to be fewer."""
    outcome, asked_for = run.outcome, wished(run)
    if outcome.kind in ("hung", "unsupported"):
        return None
    if outcome.kind != "result" or len(outcome.images) >= asked_for:
        return FINE
    last = run.heard_in(0, "submit", "poll")[-1]
    names = [name.lower() for name in _names(last.json)] + [name.lower() for name in last.headers]
    if last.status in (206, 207) or any(word in name for name in names for word in _SHORTAGE if name != "x-request-id"):
        return FINE
    return f"{asked_for} images were asked for, {len(outcome.images)} came, and nothing in the answer says so"


def left_alone(run: Run) -> Ruling:
    """For a caller who has hung up nothing more is submitted."""
    left = run.scenario.calls[0].cancel_after or 0.0
    if not submits(run) or run.outcomes[0].kind != "cancelled":
        return FINE if submits(run) else None
    for seen in submits(run):
        at = run.since_start(seen.at)
        if at > left + _MARGIN:
            return (
                f"the caller hung up after {left:g} s; at {at:.4g} s another job was submitted to "
                f"{seen.exchange.provider}"
            )
    return FINE


def _counts(document: Any, below: str = "") -> Iterator[tuple[str, float]]:
    """Every number under a `usage` in a JSON document."""
    if isinstance(document, dict):
        for name, value in document.items():
            inside = f"{below}.{name}" if below else name if name in ("usage", "cost") else ""
            yield from _counts(value, inside)
            if inside and isinstance(value, int | float) and not isinstance(value, bool):
                yield inside, value
    elif isinstance(document, list):
        for each in document:
            yield from _counts(each, below)


def _names(document: Any) -> Iterator[str]:
    """The names of all fields of a JSON document."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield name
            yield from _names(value)
    elif isinstance(document, list):
        for each in document:
            yield from _names(each)


PROPERTIES: Final = (
    Property(
        "gateway.money.one-job", "gateway.money.one-job", _any_fault, paid_as_asked, examples=18,
        why="A gateway that asks again, here or elsewhere, for what is being drawn already pays twice for one picture.",
    ),
    Property(
        "gateway.money.hung-up-once", "gateway.money.one-job", _hanging_up, paid_as_asked,
        frozenset({SYNC, EXACT_TIME}), examples=10,
        why="A caller who hangs up mostly asks again; what the gateway orders anew for nobody is paid on top of that.",
    ),
    Property(
        "gateway.money.hung-up", "gateway.money.hung-up", _hanging_up, left_alone, frozenset({SYNC, EXACT_TIME}),
        examples=10,
        why="Pictures that are ordered for somebody who has left are paid, and seen by nobody.",
    ),
    Property(
        "gateway.money.submits-bounded", "gateway.money.submits-bounded", _always_failing, few_submits, examples=8,
        why="While a provider is down, every request that a gateway multiplies keeps it down.",
    ),
    Property(
        "gateway.money.failed-usage", "gateway.money.failed-usage", _failing, failure_is_free, examples=6,
        why="Callers are billed by the usage that they are told; nobody was charged for what failed.",
    ),
    Property(
        "gateway.money.shortage-told", "gateway.money.shortage-told", _one_of_several_fails, shortage_told,
        frozenset({"count"}), examples=3,
        why="Who asked for three pictures and gets two without a word looks for a bug of their own.",
    ),
)  # fmt: skip
