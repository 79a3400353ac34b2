"""The virtual clock: when it may jump, and what keeps it from jumping.

The loop that owns the clock polls its sockets first. Only when nothing is runnable, nothing is readable, nobody
holds the clock and no byte is under way between two sockets of this process does it jump to the next timer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .traffic import Traffic

EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z, where virtual wall time starts
HORIZON = 30 * 86_400.0  # seconds after which a scenario is taken to run for ever

_HELD_SLICE = 0.05  # real seconds between looks while somebody holds the clock
_TRAFFIC_SLICE = 0.001  # real seconds between looks while bytes are under way


class HorizonPassed(Exception):
    """Virtual time went on for longer than any scenario lasts: somebody polls or waits for ever."""


class VirtualTime:
    """Virtual seconds, moved by the selector of the loop that owns them.

    `start` is where `now` begins (seconds), `epoch` the wall time at that instant (unix seconds), `horizon` the
    seconds after which HorizonPassed is raised.
    """

    def __init__(self, *, start: float = 0.0, epoch: float = EPOCH, horizon: float = HORIZON) -> None:
        self.traffic = Traffic()
        self._start = self._now = start
        self._epoch = epoch
        self._horizon = start + horizon
        self._holds = 0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self.on_horizon: Callable[[], None] = self._raise_horizon

    def now(self) -> float:
        """Seconds on the owning loop's scale."""
        return self._now

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return self._now - self._start

    def wall(self) -> float:
        """Virtual unix time in seconds."""
        return self._epoch + (self._now - self._start)

    @property
    def held(self) -> bool:
        """Whether somebody outside the loop is at work."""
        return self._holds > 0

    def take(self) -> None:
        """Hold the clock; give it back with `release`."""
        with self._lock:
            self._holds += 1

    def release(self) -> None:
        """Give back one hold."""
        with self._lock:
            self._holds -= 1

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the clock from jumping while something outside the loop works: a subprocess, a thread of C code."""
        self.take()
        try:
            yield
        finally:
            self.release()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every jump."""
        self._listeners.append(listener)

    def jump(self, seconds: float) -> None:
        """Move forward. Raises HorizonPassed (or what `on_horizon` does) beyond the horizon."""
        if self._now + seconds > self._horizon:
            self.on_horizon()
            return
        self._now += seconds
        for listener in self._listeners:
            listener()

    def extend_horizon(self, seconds: float) -> None:
        """Let time go on for so much longer, for cleaning up after the horizon."""
        self._horizon = self._now + seconds

    def _raise_horizon(self) -> None:
        raise HorizonPassed(f"virtual time passed {self._horizon - self._start:g} s: somebody waits or polls for ever")


class VirtualSelector:
    """A selector that polls I/O first and jumps instead of waiting."""

    def __init__(self, inner: Any, time_: VirtualTime) -> None:
        self._inner = inner
        self._time = time_

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @property
    def inner(self) -> Any:
        """The selector that this one wraps."""
        return self._inner

    def select(self, timeout: float | None = None) -> Any:
        """Ready events; without any, virtual time moves on by `timeout` where nothing speaks against it."""
        ready = self._inner.select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return self._inner.select(None)
        if self._time.held:
            return self._inner.select(_HELD_SLICE)
        if self._time.traffic.under_way(time.perf_counter()):
            return self._inner.select(_TRAFFIC_SLICE)
        self._time.jump(timeout)
        return []
