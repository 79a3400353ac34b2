"""An end to what does not end: real seconds for one scenario, whatever a client computes or waits for in C."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_AGAIN: Final = 2.0  # real seconds from asking to forcing, and from one strike to the next


class TooLong(BaseException):
    """A scenario took more real time than any should; no Exception, since clients catch those."""


@contextmanager
def real_time_limit(seconds: float, ask: Callable[[], object] | None = None) -> Iterator[None]:
    """Raise TooLong after so many real seconds. Without effect where there are no alarms.

    First `ask` is called, if there is one, to have the block end by itself with a CancelledError: an exception that
    strikes an event loop between two steps makes it lose one. Where that does not help TooLong strikes wherever this
    thread is, again and again, since somebody may keep it to themselves.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    asked = False

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked or ask is None:
            raise TooLong
        asked = True
        ask()

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    except asyncio.CancelledError:
        if not asked:
            raise
        raise TooLong from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
