"""Threads under virtual time: each that works holds the clock, each that waits lets it go.

A thread takes part if it was started by one that does. It waits when it sleeps, when it waits for a condition (and
with it for events, queues, semaphores and futures) or for another thread's end; its sockets, locks and selectors
are in modules of their own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import thread as thread_pool
from contextlib import contextmanager, nullcontext, suppress
from typing import Any
from weakref import WeakSet

from .waits import Gate, Wait, Waits, closed_gate

_HELPERS = (
    "_do_waitpid",  # of asyncio's ThreadedChildWatcher
    "_handle_workers",  # of multiprocessing's pools
)

REAL_SLEEP = time.sleep

_condition_wait = threading.Condition.wait
_condition_notify = threading.Condition.notify
_thread_start = threading.Thread.start
_thread_run = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]
_thread_join = threading.Thread.join


class Threads:
    """The threads that take part in one virtual time. To be made on the thread of the loop that owns the clock."""

    def __init__(self, waits: Waits) -> None:
        self.waits = waits
        self._owner = threading.get_ident()
        self._workers: set[int] = set()
        self._counted: WeakSet[threading.Thread] = WeakSet()
        self._condition_waits: dict[int, Wait] = {}
        self._joins: dict[threading.Thread, list[tuple[Wait, Gate]]] = {}
        self._finished: WeakSet[threading.Thread] = WeakSet()
        self.on_block: Callable[[str], None] = _ignore

    def takes_part(self) -> bool:
        """Whether the calling thread lives in virtual time."""
        ident = threading.get_ident()
        return ident == self._owner or ident in self._workers

    def is_owner(self) -> bool:
        """Whether the calling thread is that of the owning loop, which nobody may block."""
        return threading.get_ident() == self._owner

    def is_worker(self) -> bool:
        """Whether the calling thread holds the clock while it works."""
        return threading.get_ident() in self._workers

    @contextmanager
    def working(self) -> Iterator[None]:
        """Make the calling thread a worker; its hold must have been taken by whoever started it."""
        ident = threading.get_ident()
        if ident in self._workers:
            yield
            return
        self._workers.add(ident)
        try:
            yield
        finally:
            self._workers.discard(ident)

    def sleep(self, seconds: float) -> None:
        """`time.sleep` in virtual time. The owning loop cannot go on meanwhile, as it can't in life."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if self.is_worker():
            self.waits.pause(seconds)
            return
        self.on_block(f"time.sleep({seconds:g})")
        if self.waits.time.held:
            REAL_SLEEP(seconds)
        else:
            self.waits.time.jump(seconds)

    def install(self) -> None:
        """Patch `threading`; `uninstall` undoes it."""
        threads = self

        def wait(self: threading.Condition, timeout: float | None = None) -> bool:
            if not threads.is_worker() or (timeout is not None and timeout <= 0):
                return _condition_wait(self, timeout)
            return threads._wait_on(self, timeout)

        def notify(self: threading.Condition, n: int = 1) -> None:
            if self._is_owned():  # type: ignore[attr-defined]
                threads._end_waits_on(self, n)
            _condition_notify(self, n)

        def start(self: threading.Thread) -> None:
            threads._start(self)

        def run(self: threading.Thread) -> None:
            threads._run(self)

        def join(self: threading.Thread, timeout: float | None = None) -> None:
            threads._join(self, timeout)

        _patch(wait, notify, start, run, join)

    def uninstall(self) -> None:
        """Give the classes their own methods back."""
        _patch(_condition_wait, _condition_notify, _thread_start, _thread_run, _thread_join)

    def names(self) -> dict[int, str]:
        """The names of the threads that take part, by identity."""
        return {thread.ident or 0: thread.name for thread in threading.enumerate() if thread.ident in self._workers}

    def _wait_on(self, condition: Any, timeout: float | None) -> bool:
        if not condition._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        gate = closed_gate()
        with self.waits.waiting(timeout, gate.release) as wait:
            self._condition_waits[id(gate)] = wait
            condition._waiters.append(gate)
            saved = condition._release_save()
            try:
                wait.begin()
                gate.acquire()
            finally:
                wait.finish()
                condition._acquire_restore(saved)
                del self._condition_waits[id(gate)]
                with suppress(ValueError):
                    condition._waiters.remove(gate)
        return not wait.timed_out

    def _end_waits_on(self, condition: Any, n: int) -> None:
        """Take the hold for the first `n` waiters; those whose time-out was faster wait no more."""
        for gate in list(condition._waiters):
            if n <= 0:
                break
            wait = self._condition_waits.get(id(gate))
            if wait is None or wait.end():
                n -= 1
            else:
                condition._waiters.remove(gate)

    def _start(self, thread: threading.Thread) -> None:
        if not self.takes_part():
            _thread_start(thread)
            return
        counted = not _waits_for_others(thread)
        if counted:
            self._counted.add(thread)
            self.waits.time.take()
        try:
            with self.waits.time.hold():  # the starter waits for the thread, which may take its time
                _thread_start(thread)
        except BaseException:
            if counted and not thread.is_alive():
                self.waits.time.release()
            raise

    def _run(self, thread: Any) -> None:
        counted = thread in self._counted
        try:
            with self.working() if counted else nullcontext():
                _thread_run(thread)
        finally:
            self._finished.add(thread)
            for wait, gate in self._joins.pop(thread, ()):
                if wait.end():
                    gate.release()
            if counted:
                self.waits.time.release()

    def _join(self, thread: threading.Thread, timeout: float | None) -> None:
        ended = timeout is not None and timeout <= 0
        if ended or not self.is_worker() or thread not in self._counted or thread is threading.current_thread():
            _thread_join(thread, timeout)
            return
        gate = closed_gate()
        with self.waits.waiting(timeout, gate.release) as wait:
            self._joins.setdefault(thread, []).append((wait, gate))
            if thread not in self._finished:
                wait.begin()
                gate.acquire()
        if not wait.timed_out:
            _thread_join(thread)


def _ignore(call: str) -> None:
    """Nobody wants to know what blocks the owning loop."""


def _waits_for_others(thread: threading.Thread) -> bool:
    """Threads of the standard library that wait in C, for ever, to work for others."""
    target: Callable[..., Any] | None = getattr(thread, "_target", None)
    return (
        target is thread_pool._worker
        or getattr(target, "__name__", "") in _HELPERS
        or type(thread).__module__ == "concurrent.futures.process"
    )


def _patch(wait: Any, notify: Any, start: Any, run: Any, join: Any) -> None:
    condition: Any = threading.Condition
    thread: Any = threading.Thread
    condition.wait, condition.notify = wait, notify
    thread.start, thread._bootstrap_inner, thread.join = start, run, join
