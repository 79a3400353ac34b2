"""Of what type an image is, and of what type a result says that it is."""

from __future__ import annotations

from typing import Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from .judging import content_of

_BEGINNINGS: Final = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def true_types(run: Run) -> Ruling:
    """Where the client says of what type an image is, it is of that type."""
    if run.outcome.kind != "result":
        return None
    for image in run.outcome.images:
        content = content_of(image)
        true = f"image/{run.wish.output_format or 'png'}" if content is None else _type_of(content)
        told = (image.mime or true).partition(";")[0].strip().lower().replace("/jpg", "/jpeg")
        if told != true:
            return f"the result calls an image {image.mime}, its content is {true}"
    return FINE


def _type_of(content: bytes) -> str:
    return next((mime for start, mime in _BEGINNINGS.items() if content.startswith(start)), "of another type")
