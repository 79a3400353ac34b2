"""What results turn out to be."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping

from .evidence import Answer, Picture
from .fields import values

_PARTS = "candidates[].content.parts[]"


def seen(answer: Answer, data: bytes, said: str = "") -> Picture:
    """A picture with what its bytes say; without, where they are no image."""
    from ...mockserver.images import NotAnImage, describe

    if data:
        try:
            return Picture(answer, data, describe(data), said)
        except NotAnImage:
            pass
    return Picture(answer, data, None, said)


def pictures_inside(answer: Answer) -> list[Picture]:
    """The images inside an answer of Gemini's form; drafts among thoughts are none."""
    found = []
    for part in values(answer.data, _PARTS):
        inline = part.get("inlineData") if isinstance(part, Mapping) and not part.get("thought") else None
        if isinstance(inline, Mapping):
            found.append(seen(answer, _decoded(inline.get("data")), str(inline.get("mimeType", ""))))
    return found


def _decoded(text: object) -> bytes:
    try:
        return b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
