"""What no provider can make of a request is refused at once, by whose mistake it is, and costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ..judging import shown
from ..record import Property
from .stories import asked, in_turn, story

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_REPEATED: Final = (401, 402, 408, 425, 429)  # after which callers look for the mistake elsewhere, or try again

# By placeholder: what cannot be meant by anybody. None leaves the field out.
_PROMPTS: Final = (None, "", 5, ["a red kite"], {"text": "a red kite"}, False)
_COUNTS: Final = (0, -1, "two", 2.5, 1_000, [2], {"n": 2})
_OPTIONS: Final = {
    "ratio": ("7:3", "wide", 5, ["1:1"]),
    "resolution": ("8K", "huge", 5, ["1K"]),
    "output_format": ("sketch", 5, ["png"]),
}
_IMAGE_LISTS: Final = (
    "not a URL", ["not a URL"], [5], 5, [None], ["ftp://pictures.example/kite.png"], ["file:///etc/passwd"],
    ["data:image/png;base64,@@@@"], ["data:text/html;base64,PGI+a2l0ZTwvYj4="], ["data:,kite"],
    ["javascript:alert(1)"], [{"b64": "kite"}],
)  # fmt: skip
_NUMBERS: Final = {"temperature": (2.5, -1, "hot"), "top_p": (1.5, -1, "most")}  # beyond what the provider documents
_FEATURES: Final = {"ratio": "ratio", "resolution": "resolution", "output_format": "output-format",
                    "temperature": "temperature", "top_p": "top-p"}  # fmt: skip


def _no_prompt(space: Space) -> Any:
    """Calls with nothing to draw."""
    return _put(space, [("prompt", value) for value in _PROMPTS])


def _no_number(space: Space) -> Any:
    """Calls for so many images as nobody can want."""
    return _put(space, [("count", value) for value in _COUNTS])


def _no_such_option(space: Space) -> Any:
    """Calls for what nobody offers, for one reason each."""
    options = {**_OPTIONS, **(_NUMBERS if space.words.numbers else {})}
    cases = [(name, value) for name, values in options.items() for value in values if _FEATURES[name] in space.can]
    return _put(space, cases) if cases else None


def _unusable(space: Space) -> Any:
    """Calls with references that are none."""
    return _put(space, [("images", value) for value in _IMAGE_LISTS])


def _put(space: Space, cases: list[tuple[str, Any]]) -> Any:
    def told(drawn: Any) -> Any:
        flow, (name, value) = drawn
        return story(space, asked(flow, put={name: value}), seconds=2.0)

    return in_turn(space, cases).map(told)


def refused_for_nothing(run: Run) -> Ruling:
    """The caller is told that it is the caller's mistake, and no job is made."""
    outcome = run.outcome
    if outcome.kind == "unsupported":
        return None
    (name, value), *_ = run.call.manner.put.items()
    what = f"{name} {shown(value)}" if value is not None else f"no {name}"
    if run.jobs:
        return f"a request with {what} was given to {run.jobs[0].provider} as a job for {shown(run.jobs[0].prompt)}"
    status = outcome.status or 0
    accepted_first = outcome.kind == "error" and 200 <= status < 300  # and failed as a job
    if accepted_first or (400 <= status < 500 and status not in _REPEATED):
        return FINE
    return f"a request with {what} was answered with {status or outcome.described()}; expected is 400 or the like"


PROPERTIES: Final = (
    Property(
        "gateway.validation.prompt", "gateway.validation.prompt", _no_prompt, refused_for_nothing, examples=6,
        why="A mistake that is told as the server's is repeated; one that is guessed around is paid.",
    ),
    Property(
        "gateway.validation.count", "gateway.validation.count", _no_number, refused_for_nothing,
        frozenset({"count"}), examples=8,
        why="A program that asks for a thousand images by mistake has to be told so, before they are paid.",
    ),
    Property(
        "gateway.validation.options", "gateway.validation.options", _no_such_option, refused_for_nothing,
        frozenset({"ratio"}), examples=10,
        why="A ratio or a size that is quietly taken for another one gives a picture that has to be made again.",
    ),
    Property(
        "gateway.validation.references", "gateway.validation.references", _unusable, refused_for_nothing,
        frozenset({"url-images"}), examples=8,
        why="A reference that is dropped in silence gives a picture of something else, which has to be paid as well.",
    ),
)  # fmt: skip
