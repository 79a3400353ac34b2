"""Who gets in, and what one caller learns of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import ASYNC, IDEMPOTENCY, KEYS, TENANTS
from ...scenarios.model import Call, Manner, Wish
from ..record import Property
from .pictures import images_are_of, pictures_in
from .stories import asked, flows, story

if TYPE_CHECKING:
    from ...engine.outcome import Heard
    from ...engine.run import Run
    from ...scenarios.space import Space

_REFUSED: Final = (401, 403)
_HIDDEN: Final = (401, 403, 404, 410)
_STRANGERS: Final = ("none", "wrong", "empty", "shorter", "longer", "recased")
_NOT_HIS_FAULT: Final = (401, 402, 408, 429)  # what has nothing to do with the id that was asked for
_UNKNOWN: Final = (
    "00000000-0000-4000-8000-000000000000", "0", "task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e", "🪁", "nobody's job",
    "' OR '1'='1", "x" * 3_000,
)  # fmt: skip
_SECRET: Final = Wish("the secret garden of Alice")
_MARK: Final = "order-0001"


def _strangers(space: Space) -> Any:
    """Calls of somebody without a key, or with one that is nobody's."""
    callers = space.st.sampled_from([(key, flow) for key in _STRANGERS for flow in flows(space)])
    return callers.map(lambda each: story(space, asked(each[1], key=each[0])))


def _neighbours(space: Space) -> Any:
    """Somebody else asks after a job, while it runs and when it is done, and then its owner."""
    mine = Call(_SECRET, "submit", manner=Manner(flow="async"))

    def told(key: Any) -> Any:
        others = Call(op="status", follows=0, manner=Manner(key=key))
        return story(
            space, mine, others, Call(op="resume", follows=0), others, Call(op="status", follows=0), seconds=2.0
        )

    return space.st.sampled_from(("other", "none", "wrong")).map(told)


def _unknown(space: Space) -> Any:
    return space.st.sampled_from(_UNKNOWN).map(lambda id: story(space, Call(op="status", manner=Manner(job=id))))


def _one_mark(space: Space) -> Any:
    """Two callers who happen to mark their requests alike, which are the same or not."""
    wishes = [(Wish("a red kite"), Wish(prompt)) for prompt in ("a red kite", "a blue kite")]
    kinds = [(pair, flow, together) for flow in flows(space) for pair in wishes for together in (False, True)]

    def told(each: Any) -> Any:
        (mine, yours), flow, together = each
        calls = (
            asked(flow, mine, idempotency=_MARK),
            asked(flow, yours, idempotency=_MARK, key="other"),
        )
        return story(space, *calls, together=together, seconds=2.0)

    return space.st.sampled_from(kinds).map(told)


def _one_wish(space: Space) -> Any:
    """Two callers with the same wish."""
    kinds = [(flow, together) for flow in flows(space) for together in (False, True)]
    return space.st.sampled_from(kinds).map(
        lambda each: story(space, asked(each[0]), asked(each[0], key="other"), together=each[1], seconds=2.0)
    )


def refused_at_the_door(run: Run) -> Ruling:
    """A stranger is refused, and no provider hears of it."""
    key, status = run.call.manner.key, run.outcome.status
    if run.upstream:
        return f"a call whose key was {key} made the gateway send {run.upstream[0].method} upstream"
    return FINE if status in _REFUSED else f"a call whose key was {key} was answered with {status}"


def kept_from_others(run: Run) -> Ruling:
    """Nobody but its owner is told anything of a job."""
    if not run.heard_in(4) or not run.heard_in(4)[-1].ok:
        return None
    for heard in (*run.heard_in(1), *run.heard_in(3)):
        who = {"other": "another caller", "none": "somebody without a key"}.get(heard.key, "somebody with a wrong key")
        if heard.status not in _HIDDEN:
            return f"{who} asked after a job, and was answered with {heard.status}; expected is 404 or 403"
        if _SECRET.prompt.encode() in heard.body:
            return f"{who} asked after a job, and was refused with {heard.status}, but told its prompt"
    return FINE


def not_found(run: Run) -> Ruling:
    """There is no such job: 404, and at any rate the asker's mistake."""
    answers = run.heard_in(0, "poll")
    return _denied(answers[0]) if answers else None


def _denied(heard: Heard) -> Ruling:
    if 400 <= heard.status < 500 and heard.status not in _NOT_HIS_FAULT:
        return FINE
    return f"a job that never was is answered with {heard.status or heard.problem}; expected is 404"


def marks_apart(run: Run) -> Ruling:
    """A mark of one caller's says nothing of another caller's requests."""
    mine, yours = run.outcomes
    if mine.kind != "result":
        return None
    if yours.kind != "result":
        return (
            f"another caller used the same mark, and the call ended with {yours.described()}; it is that caller's own"
        )
    ruling = images_are_of(run, 1)
    return pictures_apart(run) if ruling is FINE else ruling


def pictures_apart(run: Run) -> Ruling:
    """No caller gets the picture that was made for another."""
    mine, yours = (set(pictures_in(outcome)) for outcome in run.outcomes)
    if not mine or not yours:
        return None
    return "two callers asked, and one was given the picture of the other" if mine & yours else FINE


PROPERTIES: Final = (
    Property(
        "gateway.access.key-wanted", "gateway.access.key-wanted", _strangers, refused_at_the_door,
        frozenset({KEYS}), examples=12, once=True,
        why="Anybody who finds the gateway has images made at the cost of whoever runs it.",
    ),
    Property(
        "gateway.access.jobs-of-others", "gateway.access.jobs-of-others", _neighbours, kept_from_others,
        frozenset({TENANTS, ASYNC}), examples=3, once=True,
        why="Whoever learns the id of a job sees what somebody else has asked for, and what came of it.",
    ),
    Property(
        "gateway.access.unknown-job", "gateway.access.unknown-job", _unknown, not_found,
        frozenset({ASYNC}), examples=6, once=True,
        why="A caller who asks after a job that is gone and is told that the server failed will ask for ever.",
    ),
    Property(
        "gateway.access.marks-of-others", "gateway.access.marks-of-others", _one_mark, marks_apart,
        frozenset({TENANTS, IDEMPOTENCY}), examples=8, once=True,
        why="Two customers who both number their orders from 1 would be given each other's pictures.",
    ),
    Property(
        "gateway.access.pictures-of-others", "gateway.access.pictures-of-others", _one_wish, pictures_apart,
        frozenset({TENANTS}), examples=4, once=True,
        why="A picture that was made for one customer, and paid by that one, is not another's to have.",
    ),
)  # fmt: skip
