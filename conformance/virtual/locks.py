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

from .clock import REAL_CLOCK, VirtualTime
from .threads import Threads
from .waits import Gate, Wait, Waits, closed_gate

_threads: Threads | None = None


def activate(threads: Threads | None) -> None:
    """Let the threads that take part make virtual locks from now on; None for real ones only."""
    global _threads
    _threads = threads


class VirtualLock:
    """As `threading.Lock`, for everybody; threads in virtual time wait for it in virtual time.

    A thread outside virtual time, such as a pool's between two tasks, holds the clock while it has the lock: whoever
    waits for it meanwhile has let the clock go.
    """

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._waits: deque[tuple[Wait, Gate]] = deque()
        self._held: VirtualTime | None = None  # the clock that is held by an owner from outside

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.Lock.acquire`."""
        threads = _threads
        if threads is None or threads.is_owner():
            return self._lock.acquire(blocking, timeout)
        if not threads.is_worker():
            return self._acquire_from_outside(threads.waits, blocking, timeout)
        return self._lock.acquire(False) or (blocking and timeout != 0 and self._wait(threads.waits, timeout))

    __enter__ = acquire

    def release(self) -> None:
        """As `threading.Lock.release`."""
        held, self._held = self._held, None
        self._lock.release()
        self._wake_next()
        if held is not None:
            held.release()

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

    def _wake_next(self) -> None:
        while self._waits:
            try:
                wait, gate = self._waits.popleft()
            except IndexError:  # another thread was faster
                return
            if wait.end():
                gate.release()
                return

    def _acquire_from_outside(self, waits: Waits, blocking: bool, timeout: float) -> bool:
        """Acquire and hold the clock; `timeout` passes in real time."""
        waits.time.take()
        acquired = self._lock.acquire(False) or (blocking and timeout != 0 and self._wait_outside(waits, timeout))
        if acquired:
            self._held = waits.time
        else:
            waits.time.release()
        return acquired

    def _wait(self, waits: Waits, timeout: float) -> bool:
        deadline = None if timeout < 0 else time.monotonic() + timeout
        while True:
            gate = closed_gate()
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            with waits.waiting(left, gate.release) as wait:
                if self._queue_for(wait, gate):
                    return True
                gate.acquire()
            if self._lock.acquire(False):
                return True
            if wait.timed_out:
                return False

    def _wait_outside(self, waits: Waits, timeout: float) -> bool:
        deadline = None if timeout < 0 else REAL_CLOCK() + timeout
        while True:
            gate = closed_gate()
            wait = Wait(waits, None, gate.release)
            if self._queue_for(wait, gate):
                return True
            woken = gate.acquire(True, -1 if deadline is None else max(0.0, deadline - REAL_CLOCK()))
            wait.finish()
            if self._lock.acquire(False):
                return True
            if not woken:
                return False

    def _queue_for(self, wait: Wait, gate: Gate) -> bool:
        """Let the clock go until the lock is released; True if it was a moment ago, and is acquired."""
        self._waits.append((wait, gate))
        if self._lock.acquire(False):
            wait.finish()
            return True
        wait.begin()
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
