"""Images that are not what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..images import ImageSpec, Renderer

_INTACT = 32  # first bytes of a damaged image, so that it still looks like one
_MASK = bytes(byte ^ 0x5A for byte in range(256))


async def spoil(kind: str, options: Mapping[str, Any], spec: ImageSpec, image: bytes, renderer: Renderer) -> bytes:
    """The bytes that are sent for an image when this fault hits it."""
    if kind == "wrong-type":
        other = options.get("format") or ("png" if spec.format == "jpeg" else "jpeg")
        return await renderer.get(replace(spec, format=other))
    if options["how"] == "cut":
        return image[: len(image) // 2]
    return image[:_INTACT] + image[_INTACT:].translate(_MASK)
