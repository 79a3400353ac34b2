"""Timers in real time for an event loop whose own time may be virtual, and may stand still."""

from __future__ import annotations

import asyncio
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count

from ..virtual import clock


class RealTimer:
    """Calls back on a loop after so many real seconds; `close` ends its thread.

    The thread is none of `threading`'s, since those take part in virtual time and would hold the clock.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._numbers = count()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._lock = allocate_lock()
        self._changed = allocate_lock()
        self._changed.acquire()
        self._open = True
        start_new_thread(self._run, ())

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back in a while; what is returned prevents it."""
        wanted = True

        def ring() -> None:
            if wanted:
                callback()

        def cancel() -> None:
            nonlocal wanted
            wanted = False

        with self._lock:
            heappush(self._waiting, (clock.REAL_CLOCK() + seconds, next(self._numbers), ring))
        self._look()
        return cancel

    def close(self) -> None:
        """Forget every timer."""
        self._open = False
        self._look()

    def _look(self) -> None:
        with suppress(RuntimeError):  # it is about to look anyway
            self._changed.release()

    def _run(self) -> None:
        while self._open:
            with self._lock:
                now = clock.REAL_CLOCK()
                due = []
                while self._waiting and self._waiting[0][0] <= now:
                    due.append(heappop(self._waiting)[2])
                left = self._waiting[0][0] - now if self._waiting else -1.0
            for ring in due:
                with suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(ring)
            if not due:
                self._changed.acquire(timeout=left)
