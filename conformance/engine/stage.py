"""What a subject sees of the harness during one scenario: the clock, and how many requests are being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from ..virtual.clock import REAL_CLOCK
from ..virtual.loop import Virtual

_REAL_PAUSE: Final = 0.5  # real seconds that are enough to see what a client does when it should do nothing


@dataclass
class Stage:
    """The time of one scenario, in the client's seconds.

    Where `virtual` time is on, `virtual.time.take()` and `release()` hold the clock and let it go; without it the
    client's seconds are `rate` times as fast as real ones. `in_flight` counts the requests to the simulator that have
    no answer yet, `watchers` are called after each change of it: a subject whose waits for sockets can't be seen lets
    the clock go for each of them.
    """

    virtual: Virtual | None = None
    rate: float = 1.0
    in_flight: int = 0
    watchers: list[Callable[[], None]] = field(default_factory=list)
    _began: float = field(default_factory=REAL_CLOCK)

    @property
    def now(self) -> float:
        """Seconds since the start of the scenario."""
        return self.virtual.time.elapsed if self.virtual else (REAL_CLOCK() - self._began) * self.rate

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(self.real(seconds))

    async def idle(self, seconds: float) -> None:
        """Let time pass in which nothing should happen; on a clock that is not virtual a moment has to do."""
        await asyncio.sleep(seconds if self.virtual else min(_REAL_PAUSE, self.real(seconds)))

    def real(self, seconds: float) -> float:
        """So many of the client's seconds in those of the event loop."""
        return seconds if self.virtual else seconds / self.rate

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While a request is being answered."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, by: int) -> None:
        self.in_flight += by
        for watcher in list(self.watchers):
            watcher()
