"""The virtual clock: when it may jump, and what keeps it from jumping.

The loop that owns the clock polls its sockets first. Only when nothing is runnable, nothing is readable, nobody
holds the clock, nobody works elsewhere and no byte is under way between two sockets of this process does it jump to
the next timer.
"""

import time
from _thread import RLock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .traffic import Traffic

EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z, where virtual wall time starts
HORIZON = 30 * 86_400.0  # seconds after which a scenario is taken to run for ever

_HELD_SLICE = 0.5  # real seconds between looks while somebody holds the clock
_TRAFFIC_SLICE = 0.001  # real seconds between looks while bytes are under way
_STALL = 20.0  # real seconds of holding after which somebody is told

REAL_CLOCK = time.monotonic


class HorizonPassed(BaseException):
    """Virtual time went on for longer than any scenario lasts: somebody polls or waits for ever.

    No Exception, because a client that retries on any Exception would retry for ever.
    """


class VirtualTime:
    """Virtual seconds, moved by the selector of the loop that owns them.

    `start` is where `now` begins (seconds), `epoch` the wall time at that instant (unix seconds), `horizon` the
    seconds after which HorizonPassed is raised.
    """

    def __init__(self, *, start: float = 0.0, epoch: float = EPOCH, horizon: float = HORIZON) -> None:
        self.traffic = Traffic()
        self.start = self._now = start
        self._epoch = epoch
        self._length = horizon
        self._horizon = start + horizon
        self._holds = 0
        self._idle = False
        # Reentrant, as are the other locks here: a finalizer may close a socket or end a thread at any moment.
        self._lock = RLock()
        self.wake: Callable[[], None] = _nothing
        self.works_elsewhere: Callable[[], bool] = _nobody  # asked before each jump, when all has been sent
        self.on_horizon: Callable[[HorizonPassed], None] = _raise
        self.on_stall: Callable[[float], None] = _ignore

    def now(self) -> float:
        """Seconds on the owning loop's scale."""
        return self._now

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return self._now - self.start

    def wall(self) -> float:
        """Virtual unix time in seconds."""
        return self._epoch + self.elapsed

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
            awaited = self._idle and not self._holds
        if awaited:
            self.wake()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the clock from jumping while something outside the loop works: a subprocess, a thread of C code."""
        self.take()
        try:
            yield
        finally:
            self.release()

    @contextmanager
    def idle(self) -> Iterator[None]:
        """While the owning loop has nothing to do, it is woken when the last hold is given back."""
        self._idle = True
        try:
            yield
        finally:
            self._idle = False

    def jump(self, seconds: float) -> None:
        """Move forward, unless somebody holds the clock. Beyond the horizon `on_horizon` is called instead."""
        with self._lock:
            if self._holds:
                return
            passed = self._now + seconds > self._horizon
            if not passed:
                self._now += seconds
        if passed:
            self._pass_horizon()

    def extend_horizon(self, seconds: float) -> None:
        """Let time go on for so much longer: somebody has it pass on purpose."""
        self._horizon += seconds

    def _pass_horizon(self) -> None:
        length = f"{self._length / 86_400:g} days" if self._length >= 86_400 else f"{self._length:g} s"
        self._horizon = self._now + self._length  # for cleaning up
        self.on_horizon(HorizonPassed(f"this went on for {length} of virtual time: somebody waits or polls for ever"))


class VirtualSelector:
    """A selector that polls I/O first and jumps instead of waiting."""

    def __init__(self, inner: Any, time_: VirtualTime) -> None:
        self._inner = inner
        self._time = time_
        self._held_since: float | None = None
        self._reported = False

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
        with self._time.idle():
            return self._wait(timeout)

    def _wait(self, timeout: float) -> Any:
        if self._time.held:
            return self._wait_for_holders()
        self._held_since = None
        if self._time.traffic.under_way(REAL_CLOCK()) or self._time.works_elsewhere():
            return self._inner.select(_TRAFFIC_SLICE)
        # Whoever gave back the last hold may have left something to do just before.
        ready = self._inner.select(0)
        if not ready:
            self._time.jump(timeout)
        return ready

    def _wait_for_holders(self) -> Any:
        ready = self._inner.select(_HELD_SLICE)
        if ready or not self._time.held:
            self._held_since = None
            return ready
        now = REAL_CLOCK()
        if self._held_since is None:
            self._held_since = now
        elif now - self._held_since > _STALL and not self._reported:
            self._reported = True
            self._time.on_stall(now - self._held_since)
        return ready


def _nobody() -> bool:
    """No other process takes part."""
    return False


def _nothing() -> None:
    """Nobody has to be woken."""


def _ignore(seconds: float) -> None:
    """Nobody wants to know."""


def _raise(error: HorizonPassed) -> None:
    raise error
