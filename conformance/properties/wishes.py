"""Properties about wishes that a provider has no field for: told to the caller, not left out in silence."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.space import Space
from . import limits
from .judging import content_of
from .record import Explore, Property

_RULE: Final = "house.wishes.not-dropped"
_BEGINNINGS: Final = {"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF"}


def _asking(name: str, *values: Any) -> Explore:
    def explore(space: Space) -> Any:
        return space.scenarios(wish=space.plain(**{name: space.st.sampled_from(values)}), seconds=2.0, readings={})

    return explore


def in_the_format(run: Run) -> Ruling:
    """Who cannot ask the provider for a format makes it, or tells the caller."""
    wished = run.wish.output_format or ""
    contents = [content_of(each) for each in run.outcome.images]
    if contents and all((each or b"").startswith(_BEGINNINGS[wished]) for each in contents):
        return FINE
    return limits.not_succeeding("output_format")(run)


PROPERTIES: Final = (
    Property(
        "house.wishes.temperature-not-dropped", _RULE, _asking("temperature", 0.0, 0.3, 1.7),
        limits.not_succeeding("temperature"), frozenset({"temperature"}), examples=3,
        providers=("reapi", "threedai", "gmicloud"),
        why="Whoever sets it to zero relies on pictures that stay the same, and gets others without a word.",
    ),
    Property(
        "house.wishes.top-p-not-dropped", _RULE, _asking("top_p", 0.0, 0.2, 0.9),
        limits.not_succeeding("top_p"), frozenset({"top-p"}), examples=3,
        providers=("reapi", "threedai", "gmicloud"),
        why="A setting that is left out in silence is looked for everywhere else.",
    ),
    Property(
        "house.wishes.format-not-dropped", _RULE, _asking("output_format", "webp", "jpeg"),
        in_the_format, frozenset({"output-format"}), examples=2, providers=("reapi", "tokaify", "onemin"),
        why="A PNG under the name of a WebP is found out by whoever opens it, which is somebody else.",
    ),
)  # fmt: skip
