"""The time that a client in a process of its own lives in during one scenario, and when it holds the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..virtual import clock
from .clocks import ClientClock
from .realtime import RealTimer

if TYPE_CHECKING:
    from ..engine.stage import Stage

_MOMENT: Final = 1.0  # real seconds for a client to act on what it is told
_GRACE = 0.01  # real seconds for a client that does several things at once to go on with the others


class Pace:
    """Virtual time stands still while more calls are under way than sleeps and requests, for then the client works.

    A client that does several things at once within a call shows by having more of the latter than of the former.
    Nobody can tell then whether it works, so that it gets a moment of real time after each change, once it is known to
    do `several_at_once`. Without a `stage` there is no scenario; on a clock that is not virtual nothing is held.
    """

    def __init__(self, client_clock: ClientClock, timer: RealTimer, stage: Stage | None = None) -> None:
        self._clock = client_clock
        self._timer = timer
        self._stage = stage
        self._time = stage.virtual.time if stage is not None and stage.virtual is not None else None
        self._held = self._pressed = False
        self.several_at_once = False
        self._stop_waiting: Callable[[], None] = _nothing
        self.calls = 0
        self.sleeps = 0
        self.changed = 0.0  # when something changed last, in real time
        if stage is not None:
            stage.watchers.append(self._update)
        if self._time is not None:
            self._time.on_stall = _ignore  # whoever is silent for too long is told so by his subject

    def now(self) -> float:
        """Unix time in seconds, as the client is to see it."""
        return self._clock.wall() if self._time is None else self._time.wall()

    @property
    def is_waiting(self) -> bool:
        """Whether the client waits for the simulator or for the time."""
        return self.sleeps > 0 or (self._stage is not None and self._stage.in_flight > 0)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back after so many of the client's seconds."""
        return asyncio.get_running_loop().call_later(seconds / self._clock.rate, callback)

    async def sleep(self, seconds: float) -> None:
        """Let so many of the client's seconds pass for it."""
        self.change(sleeps=1)
        try:
            await asyncio.sleep(seconds / self._clock.rate)
        finally:
            self.change(sleeps=-1)

    def change(self, *, calls: int = 0, sleeps: int = 0) -> None:
        """So many more calls are under way, so many more sleeps."""
        self.calls += calls
        self.sleeps += sleeps
        self._update()

    @contextmanager
    def pressing(self) -> Iterator[None]:
        """Give a client that is told something while it waits a moment of real time to act on it."""
        self._pressed = True
        unpress = self._timer.call_later(_MOMENT, self._unpress)
        self._update()
        try:
            yield
        finally:
            unpress()
            self._unpress()

    def end(self) -> None:
        """Let the clock go for good."""
        if self._stage is not None and self._update in self._stage.watchers:
            self._stage.watchers.remove(self._update)
        self.calls = self.sleeps = 0
        self._pressed = False
        self._let_go()

    def _unpress(self) -> None:
        self._pressed = False
        self._update()

    def _update(self) -> None:
        self.changed = clock.REAL_CLOCK()
        if self._time is None or self._stage is None:
            return
        working = self.calls - self.sleeps - self._stage.in_flight
        self._stop_waiting()
        if working < 0 < self.calls:
            self.several_at_once = True
        if working > 0 or self._pressed:
            self._hold()
        elif self.several_at_once and self.calls:
            self._hold()
            self._stop_waiting = self._timer.call_later(_GRACE, self._let_go)
        else:
            self._let_go()

    def _hold(self) -> None:
        if not self._held and self._time is not None:
            self._held = True
            self._time.take()

    def _let_go(self) -> None:
        self._stop_waiting()
        if self._held and self._time is not None:
            self._held = False
            self._time.release()


def _nothing() -> None:
    """Nobody wants to know."""


def _ignore(seconds: float) -> None:
    """Nobody wants to know."""
