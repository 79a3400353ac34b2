"""An end to what does not end: real seconds for one scenario, whatever a client computes or waits for in C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooLong(BaseException):
    """A scenario took more real time than any should; no Exception, since clients catch those."""


@contextmanager
def real_time_limit(seconds: float) -> Iterator[None]:
    """Raise TooLong in this thread after so many real seconds. Without effect where there are no alarms."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooLong
