"""An end to silence: whoever is asked for something has to show a sign of life from time to time, in real time."""

from __future__ import annotations

from collections.abc import Callable

from ..virtual import clock
from .pace import Pace
from .realtime import RealTimer


class Silence:
    """Calls `on_silence` when nothing has been heard for `seconds` of real time although something is `expected`.

    Whoever waits for the simulator or sleeps in its time is heard all along.
    """

    def __init__(
        self,
        timer: RealTimer,
        pace: Pace,
        seconds: float,
        expected: Callable[[], bool],
        on_silence: Callable[[], None],
    ) -> None:
        self.seconds = seconds
        self.pace = pace
        self._timer = timer
        self._expected = expected
        self._on_silence = on_silence
        self._heard = 0.0
        self._stop: Callable[[], None] | None = None

    def note(self) -> None:
        """Something was heard."""
        self._heard = clock.REAL_CLOCK()

    def watch(self) -> None:
        """Something is expected from now on."""
        self.note()
        if self._stop is None:
            self._stop = self._timer.call_later(self.seconds, self._look)

    def stop(self) -> None:
        """Nothing is expected any more."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _look(self) -> None:
        self._stop = None
        if not self._expected():
            return
        if self.pace.is_waiting:
            self.note()
        left = max(self._heard, self.pace.changed) + self.seconds - clock.REAL_CLOCK()
        if left > 0:
            self._stop = self._timer.call_later(left, self._look)
        else:
            self._on_silence()
