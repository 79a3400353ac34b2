"""What pictures that a gateway delivers say of themselves: the simulator writes into each what it is an answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...checks.record import FINE, Ruling
from ..judging import content_of, shown

if TYPE_CHECKING:
    from ....mockserver.images import ImageFacts
    from ...engine.outcome import Outcome
    from ...engine.run import Run


def pictures_in(outcome: Outcome) -> list[bytes]:
    """The bytes of the images of a result, those at a URL included."""
    return [data for image in outcome.images if (data := content_of(image))]


def told_by(picture: bytes) -> ImageFacts | None:
    """What a picture says of itself; None for what is no picture."""
    from ....mockserver.images import NotAnImage, describe

    try:
        return describe(picture)
    except NotAnImage:
        return None


def images_are_of(run: Run, call: int) -> Ruling:
    """The images of a call were drawn for its prompt."""
    from ....mockserver.images import prompt_sha256

    prompt = run.scenario.calls[call].wish.prompt
    pictures = pictures_in(run.outcomes[call])
    for number, picture in enumerate(pictures, start=1):
        facts = told_by(picture)
        if facts is None:
            return f"image {number} of call {call + 1} is no image, but {shown(picture[:40])}"
        if facts.prompt_sha256 is not None and facts.prompt_sha256 != prompt_sha256(prompt):
            return f"image {number} of call {call + 1} was drawn for another prompt than {shown(prompt)}"
    return FINE if pictures else None
