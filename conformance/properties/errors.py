"""Properties about errors: whatever comes back, the caller gets a result or an error that says of what kind it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Call, Scenario, Wish
from ..scenarios.space import Space
from ..subjects.base import NEW_ADDRESS
from . import nuisances, refusals
from .judging import struck
from .misshapen import ANSWERS, ENVELOPES, as_fault, misshapen
from .nuisances import Fault
from .record import Property

_TEXTS: Final = ("upstream request failed", "<html><body>Bad gateway</body></html>", "{", '{"id": ', "NaN", "\ufeff{}")
_UNREADABLE: Final[tuple[Fault, ...]] = (
    {"kind": "empty"},
    {"kind": "edge-page"},
    {"kind": "truncated-json"},
    {"kind": "wrong-content-type"},
    *({"kind": "not-json", "text": text} for text in _TEXTS),
    *({"kind": "not-json", "text": "no", "status": status} for status in (400, 401, 429, 500)),
    *({"kind": "empty", "status": status} for status in (201, 204, 400, 429, 500)),
    *({"kind": "edge-page", "status": status} for status in (503, 504)),
    {"kind": "truncated-json", "share": 0.95},
    {"kind": "wrong-content-type", "content_type": "application/octet-stream"},
    {"kind": "wrong-charset"},
    {"kind": "wrong-charset", "charset": "no-such-charset"},
    {"kind": "wrong-charset", "charset": "utf-8", "encoding": "utf-16"},
    {"kind": "wrong-charset", "charset": "utf-8", "encoding": "utf-8-sig"},
    {"kind": "wrong-charset", "charset": "ascii"},
)
_STATUSES: Final = (
    500, 400, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 423, 425, 429, 431, 451, 501, 502, 503, 504, 507, 520,
    529, 599, 202, 299, 300,
)  # fmt: skip
_BY_STATUS: Final[refusals.Categories] = {
    "key-unknown": ("auth",),
    "internal": ("server", "ambiguous", "failed"),
    "unavailable": ("server", "ambiguous", "failed"),
}
_NO_WORDS: Final[tuple[Fault, ...]] = (
    *({"kind": "not-json", "text": text, "operation": "submit"} for text in _TEXTS[:3]),
    {"kind": "truncated-json", "operation": "submit"},
)
_BLAMES: Final = ("auth", "credits", "invalid", "blocked", "unsupported")
_MOST: Final = 5  # calls in a scenario
_CLOSED: Final[Fault] = {"kind": "refused-connection"}


def _faulty(space: Space, faults: Sequence[Fault]) -> Any:
    """One call after another, to each of which one of these happens."""
    return space.st.lists(space.st.sampled_from(faults), min_size=1, max_size=_MOST).map(
        lambda some: Scenario(space.provider, (Call(),) * len(some), faults=tuple(some), seconds=2.0, seed=space.seed)
    )


def _unreadable(space: Space) -> Any:
    return _faulty(space, nuisances.everywhere(space, _UNREADABLE))


def _without_words(space: Space) -> Any:
    return _faulty(space, _NO_WORDS)


def _misshapen(space: Space) -> Any:
    return _faulty(space, _misshapen_answers(space.provider))


def _broken(space: Space) -> Any:
    return _faulty(space, nuisances.broken(space))


def _closed(space: Space) -> Any:
    return space.scenarios(wish=Wish(), faults=(_CLOSED,), seconds=2.0, readings={})


def _any_status(space: Space) -> Any:
    plain = [{"kind": "status", "status": status} for status in _STATUSES]
    waits = [
        {"kind": "problem", "problem": "rate-limited", "retry_after": seconds, "retry_after_as": form}
        for seconds in (0, 0.5, 1e9)
        for form in ("seconds", "date")
    ]
    return _faulty(space, nuisances.everywhere(space, (*plain, *waits)))


@cache
def _misshapen_answers(provider: str) -> tuple[Fault, ...]:
    answers = ANSWERS[provider]
    polled = provider in nuisances.ASYNCHRONOUS
    final = "poll" if polled else "submit"
    good = [("submit", answers["submit"]), (final, answers["failed"]), *([("poll", answers["poll"])] if polled else [])]
    odd = [as_fault(body, operation=operation) for operation, answer in good for body in misshapen(answer)]
    refused = [
        as_fault(body, operation="submit", status=status)
        for status in (400, 500)
        for body in misshapen(ENVELOPES[provider])
    ]
    return (*odd, *refused)


def typed(run: Run) -> Ruling:
    """The caller gets a result, or an error with a category."""
    if not (struck(run) or _CLOSED in run.scenario.faults):
        return None
    bare = next((each for each in run.outcomes if each.kind == "error" and each.category is None), None)
    return f"the call ended with {bare.described()}; an error with a category was expected" if bare else FINE


def without_blame(run: Run) -> Ruling:
    """What nobody said is not told: that the request, its contents, the key or the account was refused."""
    if not struck(run):
        return None
    blaming = next((each for each in run.outcomes if each.kind != "result" and each.category in _BLAMES), None)
    return f"the answer cannot be read, and the call ended with {blaming.described()}" if blaming else FINE


PROPERTIES: Final = (
    Property(
        "house.errors.by-status", "house.errors.by-status", refusals.refused_for(_BY_STATUS),
        refusals.told_by_status(_BY_STATUS), examples=9, providers=("threedai",),
        why="Who is told that the request is wrong, while the provider is down, changes what was right.",
    ),
    Property(
        "house.errors.unreadable-body", "house.errors.typed", _unreadable, typed, examples=16,
        why="A proxy's page instead of JSON is an everyday event; a JSONDecodeError tells nobody what to do about it.",
    ),
    Property(
        "house.errors.no-blame", "house.errors.no-blame", _without_words, without_blame, examples=4,
        why="Who is told that a prompt is forbidden, while a proxy spoke, changes the prompt and pays once more.",
    ),
    Property(
        "house.errors.unexpected-shape", "house.errors.typed", _misshapen, typed, examples=32,
        why="A KeyError or a TypeError in a client hides what the provider said, and whether a job is paid.",
    ),
    Property(
        "house.errors.any-status", "house.errors.typed", _any_status, typed, examples=16,
        why="Callers decide by the kind of an error whether to try again; for an error without one they can't.",
    ),
    Property(
        "house.errors.broken-connection", "house.errors.typed", _broken, typed, examples=8,
        why="Callers of a client should not have to know the exceptions of the HTTP library inside it.",
    ),
    Property(
        "house.errors.closed-port", "house.errors.typed", _closed, typed, frozenset({NEW_ADDRESS}), examples=1,
        why="A provider that is down is the first thing that goes wrong, and callers want to wait for it by name.",
    ),
)  # fmt: skip
