"""Properties about results: what an answer says is what the caller gets, however it is written, and nothing else."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space
from .image_types import true_types
from .judging import contrast, images_match, prompt_arrives, struck
from .nuisances import ENDING_WITH_FEWER, ENDING_WITHOUT_IMAGE, repeated
from .record import Property
from .wire import ABSENT, images_told, prompts_of

_ADDITIONS: Final = ("unknown-fields", "reordered-keys")
_SKEWS: Final = (-300, 300, -7_200, 7_200)  # seconds
_STORED: Final = ("reapi", "threedai", "gmicloud", "onemin")  # whose images lie at URLs


def _long(space: Space) -> Any:
    """A prompt of nearly two thousand characters, some of which are two units of UTF-16 and four bytes of UTF-8."""
    return space.st.sampled_from(("a red kite 🪁 " * 150, "风筝" * 900, "a red kite\n" * 150)).map(str.strip)


def _prompts(space: Space) -> Any:
    return space.scenarios(
        wish=space.plain(prompt=space.st.one_of(space.prompts(), _long(space))), seconds=2.0, readings={}
    )


def _additions(space: Space) -> Any:
    faults = [({"kind": kind, "operation": "*", "times": None},) for kind in _ADDITIONS]
    return space.scenarios(wish=Wish(), faults=space.st.sampled_from(faults))


def _skewed(space: Space) -> Any:
    faults = [({"kind": "clock-skew", "seconds": seconds, "times": None},) for seconds in _SKEWS]
    return space.scenarios(wish=Wish(), faults=space.st.sampled_from(faults), seconds=40.0, readings={})


def _imageless(space: Space) -> Any:
    none = (
        [space.scenarios(wish=Wish(), ending="no-image", seconds=2.0)] if space.provider in ENDING_WITHOUT_IMAGE else []
    )
    partial = ({"kind": "partial", "images": 0, "times": None},)
    fewer = [space.scenarios(wish=Wish(), faults=partial, seconds=2.0)] if space.provider in ENDING_WITH_FEWER else []
    return space.st.one_of(*none, *fewer)


def _spoilt(space: Space) -> Any:
    kinds = ("edge-page", "forbidden", "empty", "truncated", "reset", "expired")
    media = [{"kind": kind, "operation": "media"} for kind in kinds]
    return space.scenarios(
        wish=Wish(), faults=space.st.sampled_from(repeated(media, 1, None)), seconds=2.0, readings={}
    )


def _formats(space: Space) -> Any:
    formats = space.st.sampled_from(space.words.listed["output_format"])
    return space.scenarios(wish=space.plain(output_format=formats), seconds=2.0, readings={})


def prompt_is_there(run: Run) -> Ruling:
    """Every submit has the prompt as it was given, whatever else it tells the model."""
    if not run.submits:
        return None
    for seen in run.submits:
        texts = prompts_of(seen)
        if run.wish.prompt not in texts:
            wished, said = contrast(run.wish.prompt, texts[0] if texts else ABSENT)
            return f"the prompt was {wished}; the submit has {said}"
    return FINE


def unmoved(run: Run) -> Ruling:
    """The images are those of the answer, which holds what it always holds."""
    final = next((images for seen in run.exchanges if (images := images_told(seen)) is not None), None)
    if not struck(run):
        return None
    if final is None:
        return f"the call ended with {run.outcome.described()} before the job was done"
    return images_match(run.outcome, final, run)


def not_empty(run: Run) -> Ruling:
    """A job without an image is an error that says so."""
    if not run.jobs or run.outcome.kind == "hung":
        return None
    outcome = run.outcome
    if outcome.kind == "result":
        empty = all(image.url is None and not image.data for image in outcome.images)
        return f"there was no image, but the call ended with {outcome.described()}" if empty else FINE
    if outcome.category is None:
        return (
            f"there was no image, and the call ended with {outcome.described()}; expected is an error with a category"
        )
    return FINE


def only_images(run: Run) -> Ruling:
    """Bytes that are handed over as an image came whole, from a request that went well."""
    if not run.jobs or run.outcome.kind == "hung":
        return None
    fetched = [seen.exchange.response_body for seen in run.fetches if seen.clean and seen.accepted]
    for number, image in enumerate(run.outcome.images, start=1):
        if image.data is not None and image.data not in fetched and any(not seen.clean for seen in run.fetches):
            return f"image {number} is {len(image.data)} bytes that came from no request for it that went well"
    if run.outcome.kind == "error" and run.outcome.category is None:
        return f"an image could not be fetched, and the call ended with {run.outcome.described()}"
    return FINE


PROPERTIES: Final = (
    Property(
        "reapi.submit.prompt-unicode", "reapi.submit.prompt-unicode", _prompts, prompt_arrives, examples=30,
        why="Most people on earth do not write their prompts in ASCII.",
    ),
    Property(
        "house.submit.prompt-unchanged", "house.submit.prompt-unchanged", _prompts, prompt_is_there, examples=30,
        providers=("threedai", "gmicloud", "tokaify", "onemin"),
        why="Most people on earth do not write their prompts in ASCII.",
    ),
    Property(
        "house.results.additions-ignored", "house.results.additions-ignored", _additions, unmoved, examples=10,
        why="A field that a provider adds on a Tuesday must not stop what has worked on Monday.",
    ),
    Property(
        "house.results.clock-skew", "house.results.clock-skew", _skewed, unmoved, examples=4,
        why="Clocks of providers and of clients differ; who reckons with both of them waits for ever, or not at all.",
    ),
    Property(
        "house.results.not-empty", "house.results.not-empty", _imageless, not_empty, examples=6,
        why="An empty success is shown to somebody as a blank page, and nobody learns that there was no picture.",
    ),
    Property(
        "house.results.true-type", "house.results.true-type", _formats, true_types,
        frozenset({"output-format"}), providers=("threedai",), examples=6,
        why="A JPEG under the name of a PNG does not open where names are believed.",
    ),
    Property(
        "house.results.only-images", "house.results.only-images", _spoilt, only_images, providers=_STORED, examples=12,
        why="An error page that is saved as a picture is found when the URL of the picture has long lapsed.",
    ),
)  # fmt: skip
