"""Waiting in virtual time: the clock is let go, and taken back for the waiter by whoever ends the wait.

That it is taken back by the other side, before the waiter runs again, keeps the clock from jumping between a
wake-up and the waking.
"""

import asyncio
import threading
from _thread import RLock, allocate_lock
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from .clock import VirtualTime


class Gate(Protocol):
    """A lock that is closed until somebody else opens it."""

    def acquire(self, blocking: bool = True, timeout: float = -1, /) -> bool: ...

    def release(self) -> None: ...


def closed_gate() -> Gate:
    """A gate for one waiter."""
    gate = allocate_lock()
    gate.acquire()
    return gate


class Wait:
    """One wait of one thread. It is ended once: by its reason, by its virtual time-out or by an error."""

    def __init__(self, waits: "Waits", timeout: float | None, wake: Callable[[], Any]) -> None:
        self._waits = waits
        self._timeout = timeout
        self._wake = wake
        self._lock = RLock()
        self._open = True
        self._released = False
        self._timer: asyncio.TimerHandle | None = None
        self.timed_out = False
        self.error: BaseException | None = None

    def begin(self) -> None:
        """Let the clock go. Until then the waiter may still find that it has nothing to wait for."""
        self._waits.loop.call_soon_threadsafe(self._release)

    def end(self) -> bool:
        """Take the hold back for the waiter; False if somebody did before."""
        with self._lock:
            if not self._open:
                return False
            self._open = False
            if self._released:
                self._waits.time.take()
            return True

    def expire(self) -> None:
        """End the wait by its time-out."""
        if self.end():
            self.timed_out = True
            self._rouse()

    def fail(self, error: BaseException) -> None:
        """End the wait by an error, for the waiter to raise."""
        if self.end():
            self.error = error
            self._rouse()

    def finish(self) -> None:
        """To be called by the waiter when it wakes."""
        self.end()
        if self._timer is not None:
            with suppress(RuntimeError):  # the loop may be closed, if the wait outlived its virtual time
                self._waits.loop.call_soon_threadsafe(self._timer.cancel)

    def outlive(self) -> None:
        """Let the rest of the time-out pass in real time."""
        timer, self._timer = self._timer, None
        if timer is not None:
            left = timer.when() - self._waits.time.now()
            timer.cancel()
            thread = threading.Timer(left, self.expire)
            thread.daemon = True
            thread.start()

    def _release(self) -> None:
        with self._lock:
            if not self._open:
                return
            if self._timeout is not None:
                self._timer = self._waits.loop.call_later(self._timeout, self.expire)
            self._released = True
            self._waits.time.release()

    def _rouse(self) -> None:
        with suppress(OSError, RuntimeError):  # the waiter may have gone by itself
            self._wake()


class Waits:
    """Every wait in one virtual time, whose clock belongs to `loop`."""

    def __init__(self, time_: VirtualTime, loop: asyncio.AbstractEventLoop) -> None:
        self.time = time_
        self.loop = loop
        self._waiting: set[Wait] = set()
        self._barred: dict[int, BaseException] = {}

    @contextmanager
    def waiting(self, timeout: float | None, wake: Callable[[], Any]) -> Iterator[Wait]:
        """One wait of the calling thread, to be begun in the block, which lasts until the thread wakes.

        `wake` is called after `timeout` virtual seconds, or when the wait is to end by an error.
        """
        if (barred := self._barred.get(threading.get_ident())) is not None:
            raise barred
        wait = Wait(self, timeout, wake)
        self._waiting.add(wait)
        try:
            yield wait
        finally:
            wait.finish()
            self._waiting.discard(wait)
        if wait.error is not None:
            raise wait.error

    def pause(self, timeout: float | None) -> None:
        """Wait for nothing but the time."""
        gate = closed_gate()
        with self.waiting(timeout, gate.release) as wait:
            wait.begin()
            gate.acquire()

    def abort(self, error: BaseException) -> None:
        """End every wait with an error: the horizon has passed."""
        for wait in list(self._waiting):
            wait.fail(error)

    def bar(self, thread: int, error: BaseException) -> None:
        """Have a thread (by identity) meet with an error whenever it waits from now on, until `admit`."""
        self._barred[thread] = error

    def admit(self, thread: int) -> None:
        """Let a thread wait again."""
        self._barred.pop(thread, None)

    def close(self) -> None:
        """Virtual time ends; what still waits goes on in real time."""
        for wait in list(self._waiting):
            wait.outlive()
