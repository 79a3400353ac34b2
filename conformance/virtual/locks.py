"""Locks that let the clock go while somebody waits for them.

A thread that sleeps with a lock in its hand, as rate limiters do, would otherwise make everybody who wants the lock
hold the clock for ever. Locks made by a thread in virtual time are of this kind, all others are the real thing.
"""

import queue
import threading
import time
from _thread import RLock as RealRLock
from _thread import allocate_lock
from collections import deque
from types import GenericAlias, TracebackType
from typing import Any

from .threads import Threads
from .waits import Gate, Wait, closed_gate

_threads: Threads | None = None


def activate(threads: Threads | None) -> None:
    """Let the threads that take part make virtual locks from now on; None for real ones only."""
    global _threads
    _threads = threads


class VirtualLock:
    """As `threading.Lock`, for everybody; threads in virtual time wait for it in virtual time."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._waits: deque[tuple[Wait, Gate]] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.Lock.acquire`."""
        if self._lock.acquire(False):
            return True
        threads = _threads
        if not blocking or timeout == 0 or threads is None or not threads.is_worker():
            return self._lock.acquire(blocking, timeout)
        return self._wait(threads, timeout)

    __enter__ = acquire

    def release(self) -> None:
        """As `threading.Lock.release`."""
        self._lock.release()
        while self._waits:
            try:
                wait, gate = self._waits.popleft()
            except IndexError:  # another thread was faster
                return
            if wait.end():
                gate.release()
                return

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """As `threading.Lock.locked`."""
        return self._lock.locked()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]
        self._waits.clear()

    def _wait(self, threads: Threads, timeout: float) -> bool:
        deadline = None if timeout < 0 else time.monotonic() + timeout
        while True:
            gate = closed_gate()
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            with threads.waits.waiting(left, gate.release) as wait:
                self._waits.append((wait, gate))
                if self._lock.acquire(False):  # it was released a moment ago
                    return True
                wait.begin()
                gate.acquire()
            if self._lock.acquire(False):
                return True
            if wait.timed_out:
                return False


class _StandInType(type):
    """The type of a class that makes instances of other classes, and knows them."""

    kinds: tuple[type, ...]

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.kinds)


class Lock(metaclass=_StandInType):
    """What stands in for `threading.Lock`."""

    kinds = (type(allocate_lock()), VirtualLock)

    def __new__(cls) -> Any:
        return VirtualLock() if _is_virtual() else allocate_lock()


class SimpleQueue(metaclass=_StandInType):
    """What stands in for `queue.SimpleQueue`."""

    kinds = (queue.SimpleQueue, queue._PySimpleQueue)  # type: ignore[attr-defined]
    __class_getitem__: Any = classmethod(GenericAlias)

    def __new__(cls) -> Any:
        return cls.kinds[_is_virtual()]()


def RLock() -> Any:
    """What stands in for `threading.RLock`, which is a function, too."""
    if not _is_virtual():
        return RealRLock()
    lock: Any = threading._PyRLock()  # type: ignore[attr-defined]
    lock._block = VirtualLock()
    return lock


def _is_virtual() -> bool:
    return _threads is not None and _threads.takes_part()
