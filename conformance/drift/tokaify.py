"""Tokaify: what the document promises of its server."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from . import common
from .common import NO_TYPE
from .judges import each_value, is_json, labelled, shape
from .picture_judges import exact_pixels, ratio, said_type, tier
from .record import Order, Probe, Sheet

_check, _free = partial(common.check, "tokaify"), partial(common.free, "tokaify")
_MODEL: Final = "gemini-3-pro-image-preview"
_PROMPT: Final = "a red cube on a white table"
_PARTS: Final = "candidates[].content.parts"
_INLINE: Final = f"{_PARTS}[].inlineData"


def _body(**image: object) -> dict[str, object]:
    return {
        "contents": [{"role": "user", "parts": [{"text": _PROMPT}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": image},
    }


def _order(name: str, ratio: str, tier: str) -> Order:
    return Order(name, "generate_content", _body(aspectRatio=ratio, imageSize=tier), tier, ratio, count=None)


def _part(part: Any) -> str | None:
    """What is wrong with a part of an answer: it has neither kind of content that may stand there."""
    if isinstance(part, Mapping) and ("text" in part or "inlineData" in part):
        return None
    return f"a part has neither `inlineData` nor `text` but {', '.join(part) if isinstance(part, Mapping) else part!r}"


def _sum(usage: Any) -> str | None:
    """What is wrong with the counts of an answer, if it has any."""
    if not isinstance(usage, Mapping) or "totalTokenCount" not in usage:
        return None
    counts = {name: count for name, count in usage.items() if name.endswith("TokenCount") and isinstance(count, int)}
    total = counts.pop("totalTokenCount", None)
    if total == sum(counts.values()):
        return None
    return f"`usageMetadata.totalTokenCount` is {total}, but the other counts make {sum(counts.values())}"


SHEET: Final = Sheet(
    provider="tokaify",
    missing={"generationConfig": {"responseModalities": ["IMAGE"]}},
    params={"model": _MODEL},
    orders=(
        _order("a picture in 16:9", "16:9", "1K"),
        _order("a tall picture in 2K", "2:3", "2K"),
        _order("a wide picture in 4K", "21:9", "4K"),
    ),
    probes=(
        Probe("missing-contents", "generate_content", "tokaify.contents.required", problem="parameter-missing",
              body={"generationConfig": {"responseModalities": ["IMAGE"]}}),
        Probe("unlisted-ratio", "generate_content", "tokaify.config.aspect-ratio", problem="parameter-invalid",
              body=_body(aspectRatio="7:3")),
    ),
    checks=(
        _free("error-envelope", "error.google", shape("refusals", present="*", form="*", error=True)),
        _check("answer-json", "answer.shape", is_json("submit")),
        _check("answer-labelled", "answer.shape", labelled("submit"), level="SHOULD", why=NO_TYPE),
        _check("answer", "answer.shape", shape(
            "submit",
            present=f"candidates candidates[].content candidates[].content.role {_PARTS} candidates[].finishReason",
            form=f"candidates candidates[].content candidates[].content.role {_PARTS}",
        )),
        _check("inline-data", "answer.inline-data", each_value("submit", f"{_PARTS}[]", _part)),
        _check("inline-data-fields", "answer.inline-data", shape(
            "submit", present=f"{_INLINE}.mimeType {_INLINE}.data", form=f"{_INLINE} {_INLINE}.data",
        )),
        _check("finish-reason", "answer.finish-reason", shape("submit", form="candidates[].finishReason")),
        _check("usage", "answer.usage", shape("submit", present="usageMetadata.*", form="usageMetadata*"),
               level="SHOULD"),
        _check("usage-total", "answer.usage-total", each_value("submit", "usageMetadata", _sum), level="SHOULD"),
        _check("result-type", "answer.bytes", said_type()),
        _check("result-ratio", "config.aspect-ratio", ratio()),
        _check("result-tier", "config.image-size", tier()),
        _check("result-pixels", "answer.pixels", exact_pixels()),
    ),
)  # fmt: skip
