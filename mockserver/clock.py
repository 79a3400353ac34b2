"""One clock for everything: real, scaled and manual time are the same straight line with another slope."""

import asyncio
import re
import time
from collections.abc import Callable
from math import inf

MANUAL_EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z: a manual clock starts at the same instant every time

_SCALE = re.compile(r"x(\d+(?:\.\d+)?)")


def parse_rate(text: str) -> float:
    """Virtual seconds per real second for `real`, `manual` or `xN`.

    Raises ValueError with a sentence for people when the text is none of them.
    """
    if text == "real":
        return 1.0
    if text == "manual":
        return 0.0
    match = _SCALE.fullmatch(text)
    if match is None or float(match[1]) == 0:
        raise ValueError(f"clock must be real, manual or xN such as x20, not {text!r}")
    return float(match[1])


def rate_name(rate: float) -> str:
    """The text that `parse_rate` turns into this rate."""
    return {0.0: "manual", 1.0: "real"}.get(rate, f"x{rate:g}")


class Clock:
    """Virtual unix time in seconds that runs `rate` times as fast as its source.

    `source` is any monotonic reading in seconds: `time.monotonic`, or an event loop's `time` when the loop
    itself is virtual. A rate of 0 stands still until `advance` is called.
    """

    def __init__(
        self, rate: float = 1.0, *, epoch: float | None = None, source: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._rate = rate
        self._mark = source()
        if epoch is None:
            epoch = time.time() if rate else MANUAL_EPOCH
        self._epoch = epoch
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def rate(self) -> float:
        """Virtual seconds per second of the source; 0 is a manual clock."""
        return self._rate

    def now(self) -> float:
        """Virtual unix time in seconds."""
        return self._epoch + (self._source() - self._mark) * self._rate

    def advance(self, seconds: float) -> float:
        """Move forward by `seconds` (never back: ValueError) and return the new time."""
        if not seconds >= 0:
            raise ValueError(f"a clock moves forward only, not by {seconds:g} s")
        self._epoch += seconds
        self.nudge()
        return self.now()

    def set_rate(self, rate: float) -> None:
        """Go on from the present instant at another rate."""
        self._epoch, self._mark, self._rate = self.now(), self._source(), rate
        self.nudge()

    def fork(self) -> "Clock":
        """A clock of its own that shows the same time and runs at the same rate."""
        return Clock(self._rate, epoch=self.now(), source=self._source)

    def sibling(self, rate: float) -> "Clock":
        """A new clock at `rate` from the same source."""
        return Clock(rate, source=self._source)

    async def wait_until(self, instant: float) -> None:
        """Return once the clock shows `instant` (unix seconds) or later, however it gets there."""
        while self.now() < instant:
            await self.wait_for_change(instant)

    async def wait_for_change(self, instant: float) -> None:
        """Return at `instant`, or earlier when the clock is moved or nudged."""
        left = instant - self.now()
        timeout = left / self._rate if self._rate and left != inf else None
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=timeout)
        finally:
            self._waiters.discard(waiter)

    def nudge(self) -> None:
        """Let everyone who waits look again, because more than the time has changed."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
