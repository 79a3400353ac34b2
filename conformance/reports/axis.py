"""Virtual time along a line: to scale where things happen, broken where nothing does for long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import Final

NARROWEST: Final = 755  # pixels of a drawing with few instants
WIDEST: Final = 1_500
_STEP: Final = 13  # pixels for a usual gap, so that what lies on its ends can be told apart
_LEAST: Final = 2.5  # pixels between two instants, however near
_BREAK: Final = 66  # pixels of a gap that is not to scale
_BREAKS_FROM: Final = 14  # times the usual gap
_NOTICED: Final = 0.05  # seconds below which a gap is the time of an answer and not a pause


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the line, in pixels and in seconds; `broken` where it is not to scale."""

    start: float
    end: float
    seconds: float
    broken: bool


class Axis:
    """Positions in pixels, from 0 to `width`, of instants in seconds."""

    def __init__(self, instants: Iterable[float]) -> None:
        known = sorted(set(instants)) or [0.0]
        lengths = [later - earlier for earlier, later in pairwise(known)]
        usual = median_low([length for length in lengths if length >= _NOTICED] or [1.0])
        longest = usual * _BREAKS_FROM
        kept = sum(length for length in lengths if length <= longest) or usual
        scale = min(max(_STEP * kept / usual, NARROWEST), WIDEST) / kept
        self.gaps: list[Gap] = []
        self._positions = {known[0]: 0.0}
        for (earlier, later), length in zip(pairwise(known), lengths, strict=True):
            broken = length > longest
            start = self._positions[earlier]
            end = start + (_BREAK if broken else max(length * scale, _LEAST))
            self._positions[later] = end
            self.gaps.append(Gap(start, end, length, broken))
        self.width = self._positions[known[-1]]

    def at(self, instant: float) -> float:
        """The position of one of the instants."""
        return self._positions[instant]
