"""The virtual time that a gateway in a process of its own lives in: it stands still while the gateway works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..subjects.clocks import ClientClock
from ..subjects.pace import Pace
from ..subjects.realtime import RealTimer
from ..virtual import clock
from .at_rest import CAN_TELL

if TYPE_CHECKING:
    from ..engine.stage import Stage

_GRACE: Final = 0.0005 if CAN_TELL else 0.1  # real seconds for a gateway to react, before one looks whether it does


class Tempo(Pace):
    """One for a gateway's life, in one scenario after another.

    A gateway does many things at once, some of which no call waits for, so that nobody can count what it has to do.
    Whether it does something shows from outside: `rests` tells that every thread waits. While it owes an answer and
    waits for nothing of ours, the clock stands still all the same: it would have to wait for something else.
    """

    def __init__(self, client_clock: ClientClock, timer: RealTimer, rests: Callable[[], bool]) -> None:
        super().__init__(client_clock, timer)
        self._rests = rests

    def now(self) -> float:
        """Unix time in seconds, as the gateway is to see it; between scenarios it stands still."""
        return clock.EPOCH if self._clock.is_virtual and self._time is None else super().now()

    def enter(self, stage: Stage) -> None:
        """Be the time of another scenario from now on. What sleeps goes on sleeping in it."""
        self._stage = stage
        stage.watchers.append(self._update)
        if stage.virtual is not None:
            self._time = stage.virtual.time
            self._time.works_elsewhere = self._works

    @contextmanager
    def owing(self) -> Iterator[None]:
        """While the gateway is to answer a request."""
        self.change(calls=1)
        try:
            yield
        finally:
            self.change(calls=-1)

    def _update(self) -> None:
        self.changed = clock.REAL_CLOCK()

    def _works(self) -> bool:
        if clock.REAL_CLOCK() - self.changed < _GRACE or not self._rests():
            return True
        return self.calls > 0 and not self.is_waiting
