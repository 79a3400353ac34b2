"""The virtual time that a gateway in a process of its own lives in: it stands still while the gateway works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..subjects.clocks import ClientClock
from ..subjects.pace import Pace
from ..subjects.realtime import RealTimer
from ..virtual.clock import EPOCH, REAL_CLOCK
from .at_rest import CAN_TELL

if TYPE_CHECKING:
    from ..engine.stage import Stage

_GRACE: Final = 0.001 if CAN_TELL else 0.1  # real seconds for a gateway to react, before one looks whether it does


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
        return EPOCH if self._clock.is_virtual and self._time is None else super().now()

    def enter(self, stage: Stage) -> None:
        """Be the time of another scenario from now on."""
        self.end_of_scenario()
        self._stage = stage
        self._time = stage.virtual.time if stage.virtual is not None else None
        stage.watchers.append(self._update)
        if self._time is not None:
            self._time.on_stall = lambda seconds: None  # who is silent for too long is told so by his subject

    def end_of_scenario(self) -> None:
        """Let the clock of the last scenario go; what sleeps goes on sleeping in the next one."""
        self._let_go()
        if self._stage is not None and self._update in self._stage.watchers:
            self._stage.watchers.remove(self._update)

    @contextmanager
    def owing(self) -> Iterator[None]:
        """While the gateway is to answer a request."""
        self.change(calls=1)
        try:
            yield
        finally:
            self.change(calls=-1)

    def _update(self) -> None:
        self.changed = REAL_CLOCK()
        if self._time is not None:
            self._hold()
            self._look_soon()

    def _look_soon(self) -> None:
        self._stop_waiting()
        self._stop_waiting = self._timer.call_later(_GRACE, self._look)

    def _look(self) -> None:
        if self._rests() and (self.is_waiting or not self.calls):
            self._let_go()
        else:
            self._look_soon()
