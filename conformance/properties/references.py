"""Properties about references that a client fetches by itself, since the provider takes no URLs."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Picture
from ..scenarios.space import Space
from .record import Property

_FETCHING: Final = ("threedai", "tokaify")  # whose providers take bytes
_GONE: Final = ("{gallery}/gone.png", "http://127.0.0.1:9/closed.png", "http://[")


def _gone(space: Space) -> Any:
    images = space.st.sampled_from([(Picture(url=url),) for url in _GONE])
    return space.scenarios(wish=space.plain(images=images), seconds=2.0, readings={})


def told(run: Run) -> Ruling:
    """The caller is told in an error with a category that a reference can't be had."""
    outcome = run.outcome
    if outcome.kind == "error" and outcome.category is None:
        return (
            f"a reference could not be fetched, and the call ended with {outcome.described()}; expected is a category"
        )
    return FINE


PROPERTIES: Final = (
    Property(
        "house.errors.reference-gone", "house.errors.typed", _gone, told, frozenset({"url-images"}), examples=3,
        providers=_FETCHING,
        why="URLs of references lapse every day; an HTTP library's exception does not say whose fault it was.",
    ),
)  # fmt: skip
