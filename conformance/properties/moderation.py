"""The property about moderation, which no document describes: each provider's answer shows it in a way of its own."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space
from .judging import told_as
from .nuisances import ASYNCHRONOUS
from .record import Property

_NAMED_BY: Final = ("block", "policy", "safety", "prohibited")
_HINTS: Final = ("moderat", "reject", "nsfw", "violat", "80006")  # that may be taken for it
_UNNAMED: Final = ("blocked", "failed", "invalid", "protocol")


def _moderated(space: Space) -> Any:
    return space.scenarios(wish=Wish(), ending=space.moderations(), seconds=2.0)


def _failed(space: Space) -> Any:
    return space.scenarios(wish=Wish(), ending=space.failures(), seconds=2.0, readings={})


def blocked(run: Run) -> Ruling:
    """A moderated call is an error of category blocked, as far as the answer tells, and is not made again."""
    if not run.jobs or run.outcome.kind == "hung":
        return None
    if len(run.submits) > 1:
        return f"moderation refused the prompt, yet it was submitted {len(run.submits)} times"
    last = run.exchanges[-1].exchange.response_body.decode(errors="replace").lower()
    ruling = told_as(run.outcome, ("blocked",) if any(word in last for word in _NAMED_BY) else _UNNAMED)
    return ruling if ruling is FINE else f"moderation refused the job: {ruling}"


def not_claimed(run: Run) -> Ruling:
    """A job that failed for another reason is not said to have been refused by moderation."""
    if not run.jobs or run.outcome.kind != "error":
        return None
    last = run.exchanges[-1].exchange.response_body.decode(errors="replace").lower()
    if run.outcome.category != "blocked" or any(word in last for word in (*_NAMED_BY, *_HINTS)):
        return FINE
    return f"nothing in the answer speaks of moderation, but the call ended with {run.outcome.described()}"


PROPERTIES: Final = (
    Property(
        "house.moderation.not-claimed", "house.moderation.not-claimed", _failed, not_claimed, examples=6,
        providers=ASYNCHRONOUS,
        why="Who is told that the prompt was refused changes it, or gives up, where to ask again would have done.",
    ),
    Property(
        "house.moderation.blocked", "house.moderation.blocked", _moderated, blocked, examples=10,
        why="A prompt that will never pass has to be changed by a person; to try it again only costs time and trust.",
    ),
)  # fmt: skip
