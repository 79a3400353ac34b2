"""Output sizes in pixels.

Source: Google's published table of output sizes for gemini-3-pro-image-preview. None of the five
providers states pixels, so this is an extension: the ratio and the tier are documented, the pixels are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import log

_ONE_K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}
_FACTORS = {"1K": 1, "2K": 2, "4K": 4}

RATIOS = tuple(_ONE_K)
"""Every ratio of the model, in the order of Google's table."""

TIERS = tuple(_FACTORS)
"""Every resolution tier, smallest first."""


@cache
def pixels(ratio: str, tier: str) -> tuple[int, int]:
    """Width and height in pixels of an image of this ratio ("16:9") and tier ("2K").

    Raises ValueError for a ratio or a tier the model does not have.
    """
    if ratio not in _ONE_K:
        raise ValueError(f"Unknown ratio {ratio!r}: use one of {', '.join(RATIOS)}.")
    if tier not in _FACTORS:
        raise ValueError(f"Unknown tier {tier!r}: use one of {', '.join(TIERS)}.")
    width, height = _ONE_K[ratio]
    return width * _FACTORS[tier], height * _FACTORS[tier]


def nearest_ratio(width: int, height: int, allowed: Sequence[str] = RATIOS) -> str:
    """The ratio of `allowed` that comes closest to an image of `width` × `height` pixels.

    Aspects are compared by their logarithms, so that a shape and its transpose are treated alike; of two
    equally close ratios the first wins. Raises ValueError for an empty `allowed` or a size below one pixel.
    """
    if width < 1 or height < 1:
        raise ValueError(f"An image of {width}×{height} pixels has no ratio: both sides must be at least 1.")
    aspect = log(width / height)
    return min(allowed, key=lambda ratio: abs(_log_aspect(ratio) - aspect))


def _log_aspect(ratio: str) -> float:
    width, height = ratio.split(":")
    return log(int(width) / int(height))
