"""What a subject sees of the harness during one scenario: the clock, and how many requests are being answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..virtual.loop import Virtual


@dataclass
class Stage:
    """Virtual time is on; `virtual.time.take()` and `release()` hold the clock and let it go.

    `in_flight` counts the requests to the simulator that have no answer yet, `watchers` are called after each change
    of it. A subject whose waits for sockets can't be seen lets the clock go for each of them.
    """

    virtual: Virtual
    in_flight: int = 0
    watchers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Virtual seconds since the start of the scenario."""
        return self.virtual.time.elapsed

    def change(self, by: int) -> None:
        """One request more, or one less."""
        self.in_flight += by
        for watcher in self.watchers:
            watcher()
