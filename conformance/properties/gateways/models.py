"""The models that a gateway lists can be had, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import LISTS_MODELS
from ...scenarios.model import Call, Manner
from ..judging import shown
from ..record import Property
from .stories import asked, in_turn, story

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_LIST: Final = Call(op="models")
_NO_LIST: Final = (404, 405, 501)  # from a gateway that lists nothing
_MOST: Final = 12  # places of the list that are tried; a shorter list begins anew
_UNKNOWN: Final = (
    "no-such-model", "{model}-2", "x{model}", "{model}/", "{model},no-such-model", "gpt-4o-mini", 5, ["{model}"],
    {"id": "{model}"}, False,
)  # fmt: skip


def _listed(space: Space) -> Any:
    return in_turn(space, range(_MOST)).map(
        lambda drawn: story(space, _LIST, Call(manner=Manner(flow=drawn[0], listed=drawn[1])), seconds=2.0)
    )


def _unlisted(space: Space) -> Any:
    return in_turn(space, _UNKNOWN).map(
        lambda drawn: story(space, _LIST, asked(drawn[0], put={"model": drawn[1]}), seconds=2.0)
    )


def can_be_called(run: Run) -> Ruling:
    """A model of the list gives images."""
    listing, outcome = run.outcomes
    if listing.status in _NO_LIST:
        return FINE
    if listing.kind != "result":
        return f"the list of models cannot be had: {listing.described()}"
    if not isinstance(listing.listing, list) or not listing.listing:
        return "the list of models has none"
    model = listing.listing[(run.scenario.calls[1].manner.listed or 0) % len(listing.listing)]
    if outcome.kind == "result" and outcome.images:
        return FINE
    return f"the model {shown(model)} is in the list, and a plain call of it ended with {outcome.described()}"


def cannot_be_called(run: Run) -> Ruling:
    """A model that is not in the list is refused, and nothing is made."""
    listing, outcome = run.outcomes
    if listing.status in _NO_LIST:
        return FINE
    if listing.kind != "result" or outcome.kind == "unsupported":
        return None
    value = run.scenario.calls[1].manner.put["model"]
    known = listing.listing if isinstance(listing.listing, list) else []
    asked_for = next((str(heard.sent, "utf-8", "replace") for heard in run.heard_in(1, "submit")), "")
    if any(f'"{model}"' in asked_for for model in known if isinstance(value, str)):
        return None
    if any(job.price for job in run.jobs):
        return f"the model {shown(value)} is not in the list, and a job was made at {run.jobs[0].provider} all the same"
    status = outcome.status or 0
    if outcome.kind == "error" and (400 <= status < 500 or 200 <= status < 300):
        return FINE
    return f"the model {shown(value)} is not in the list; the call ended with {outcome.described()}, expected is 404"


PROPERTIES: Final = (
    Property(
        "gateway.models.listed", "gateway.models.listed", _listed, can_be_called, frozenset({LISTS_MODELS}),
        examples=12, once=True,
        why="Menus are made of this list; whoever chooses from one gets an error.",
    ),
    Property(
        "gateway.models.unlisted", "gateway.models.unlisted", _unlisted, cannot_be_called, frozenset({LISTS_MODELS}),
        examples=10, once=True,
        why="A misspelt name that is served by some other model is found out on the bill, or never.",
    ),
)  # fmt: skip
