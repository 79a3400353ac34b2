"""Answers of Tokaify in the shapes that its document leaves open, and which the simulator gives by no reading."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import Any, Final

from ..engine.gallery import drawn
from ..scenarios.model import Picture, Wish
from ..scenarios.space import Space
from .misshapen import as_fault

_TEXT: Final = {"text": "Here is the image you asked for."}
_THOUGHT: Final = {"text": "Planning the composition.", "thought": True}

_EMPTY: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"candidates": None},
    {"candidates": [], "usageMetadata": {}, "modelVersion": "string"},
    {"candidates": [{"finishReason": "STOP"}]},
    {"candidates": [{"content": None, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"role": "model"}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"role": "model", "parts": None}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"role": "model", "parts": [_TEXT]}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "cut off"}}]}}]},
)


def with_images(space: Space) -> Any:
    """One call, answered with several images in various places."""
    return _answered(space, _full())


def without_images(space: Space) -> Any:
    """One call, answered without an image in various ways."""
    return _answered(space, _EMPTY)


def _answered(space: Space, bodies: tuple[dict[str, Any], ...]) -> Any:
    faults = [(as_fault(body, operation="submit", times=None),) for body in bodies]
    return space.scenarios(wish=Wish(), seconds=None, readings={}, faults=space.st.sampled_from(faults))


@cache
def _full() -> tuple[dict[str, Any], ...]:
    first, second, third = _image(1), _image(2), _image(3)
    draft = {**_image(4), "thought": True}
    return (
        _body([first], [second]),
        _body([_TEXT, first, _TEXT, second, _TEXT]),
        _body([_TEXT], [_TEXT, first]),
        _body([first, second], [third]),
        _body([_THOUGHT, draft, first], [_THOUGHT, draft, second]),
        _body([], [first]),
        _body([{**first, "thoughtSignature": "c2lnbmVk"}, {**second, "thought": False}]),
    )


def _body(*candidates: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "candidates": [{"content": {"role": "model", "parts": each}, "finishReason": "STOP"} for each in candidates]
    }


def _image(seed: int) -> dict[str, Any]:
    data = b64encode(drawn(Picture(width=8, height=8, seed=seed))).decode()
    return {"inlineData": {"mimeType": "image/png", "data": data}}
