"""Threads under virtual time: each that works holds the clock, each that waits lets it go.

A wait is a sleep, a `threading` condition (and with it events, queues and futures), a join, or a socket that has
nothing to read. Whoever ends a wait takes the hold on the waiter's behalf first, so that the clock cannot jump
between a wake-up and the waking.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import thread as thread_pool
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from .clock import VirtualTime

REAL_SLEEP = time.sleep

_condition_wait = threading.Condition.wait
_condition_notify = threading.Condition.notify
_thread_start = threading.Thread.start
_thread_run = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]
_thread_join = threading.Thread.join
_pool_submit = ThreadPoolExecutor.submit
_pool_shutdown = ThreadPoolExecutor.shutdown
_pool_worker = thread_pool._worker


class Wait:
    """One wait of one thread. It is ended once: by its reason, or by its virtual time-out."""

    def __init__(self, time_: VirtualTime, wake: Callable[[], Any]) -> None:
        self._time = time_
        self.wake = wake
        self._lock = threading.Lock()
        self._open = True
        self._released = False
        self.timed_out = False
        self.error: Exception | None = None
        self.timer: asyncio.TimerHandle | None = None

    def release(self) -> None:
        """Let the clock go, unless the wait is over already."""
        with self._lock:
            if self._open:
                self._released = True
                self._time.release()

    def end(self) -> bool:
        """Take the hold back for the waiter; False if somebody did before."""
        with self._lock:
            if not self._open:
                return False
            self._open = False
            if self._released:
                self._time.take()
            return True

    def expire(self) -> None:
        """End the wait by its time-out."""
        if self.end():
            self.timed_out = True
            self.wake()

    def finish(self) -> bool:
        """To be called by the waiter when it wakes; whether the time-out woke it."""
        self.end()
        return self.timed_out


class Threads:
    """The threads that take part in one virtual time. To be made on the thread of `loop`, which owns the clock."""

    def __init__(self, time_: VirtualTime, loop: asyncio.AbstractEventLoop) -> None:
        self._time = time_
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self._workers: set[int] = set()
        self._waits: set[Wait] = set()
        self._aborted: Exception | None = None
        self.on_abort: Callable[[Exception], None] | None = None
        self._condition_waits: dict[int, Wait] = {}
        self._lock = threading.Lock()
        self._joins: dict[threading.Thread, list[Wait]] = {}
        self._counted: WeakSet[threading.Thread] = WeakSet()
        self._finished: WeakSet[threading.Thread] = WeakSet()
        self._submitting = threading.local()
        self._futures: WeakKeyDictionary[ThreadPoolExecutor, WeakSet[Future[Any]]] = WeakKeyDictionary()
        self._tasks: WeakKeyDictionary[ThreadPoolExecutor, int] = WeakKeyDictionary()

    def takes_part(self) -> bool:
        """Whether the calling thread lives in virtual time."""
        return threading.get_ident() == self._loop_thread or self.is_worker()

    def is_worker(self) -> bool:
        """Whether the calling thread holds the clock while it works."""
        return threading.get_ident() in self._workers

    @contextmanager
    def working(self) -> Iterator[None]:
        """Make the calling thread a worker; its hold must have been taken by whoever started it."""
        ident = threading.get_ident()
        self._workers.add(ident)
        try:
            yield
        finally:
            self._workers.discard(ident)

    @contextmanager
    def waiting(self, timeout: float | None, wake: Callable[[], Any], *, key: int | None = None) -> Iterator[Wait]:
        """Let the clock go while the calling worker waits; `wake` is called after `timeout` virtual seconds.

        `key` is the identity of the lock inside a condition by which a notifier finds the wait.
        """
        if self._aborted is not None and self.on_abort is None:
            raise self._aborted
        wait = Wait(self._time, wake)
        self._waits.add(wait)
        if key is not None:
            self._condition_waits[key] = wait
        self._loop.call_soon_threadsafe(self._begin, wait, timeout)
        try:
            yield wait
        finally:
            wait.finish()
            self._waits.discard(wait)
            if key is not None:
                del self._condition_waits[key]
            if wait.timer is not None:
                self._loop.call_soon_threadsafe(wait.timer.cancel)
        if wait.error is not None:
            raise wait.error

    def abort(self, error: Exception) -> None:
        """End every wait, now and from now on, with an error: the horizon has passed."""
        self._aborted = error
        if self.on_abort is not None:
            self.on_abort(error)
            return
        for wait in list(self._waits):
            wait.error = error
            if wait.end():
                wait.wake()

    def sleep(self, seconds: float) -> None:
        """`time.sleep` for workers; anyone else sleeps in real time."""
        if not self.is_worker():
            REAL_SLEEP(seconds)
            return
        woken = threading.Lock()
        woken.acquire()
        with self.waiting(max(0.0, seconds), woken.release):
            woken.acquire()

    def install(self) -> None:
        """Patch the standard library's ways to wait; `uninstall` undoes it."""
        threads = self

        def wait(self: threading.Condition, timeout: float | None = None) -> bool:
            if not threads.is_worker() or (timeout is not None and timeout <= 0):
                return _condition_wait(self, timeout)
            return threads._wait_on(self, timeout)

        def notify(self: threading.Condition, n: int = 1) -> None:
            threads._end_waits_on(self, n)
            _condition_notify(self, n)

        def start(self: threading.Thread) -> None:
            threads._start(self)

        def run(self: threading.Thread) -> None:
            threads._run(self)

        def join(self: threading.Thread, timeout: float | None = None) -> None:
            threads._join(self, timeout)

        def submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return threads._submit(self, fn, *args, **kwargs)

        def shutdown(self: ThreadPoolExecutor, wait: bool = True, *, cancel_futures: bool = False) -> None:
            threads._shut_down(self, wait, cancel_futures)

        _patch(wait, notify, start, run, join, submit, shutdown)

    def uninstall(self) -> None:
        """Give the standard library its own methods back."""
        _patch(
            _condition_wait, _condition_notify, _thread_start, _thread_run, _thread_join, _pool_submit, _pool_shutdown
        )

    def run_in_executor(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A loop's `run_in_executor` that holds the clock until the loop has the result."""

        def run_in_executor(executor: Any, func: Callable[..., Any], *args: Any) -> Any:
            self._submitting.by_loop = True
            try:
                future = original(executor, func, *args)
            finally:
                self._submitting.by_loop = False
            worked = self._submitting.future
            future.add_done_callback(lambda done: self._release_after(worked, done))
            return future

        return run_in_executor

    def _release_after(self, worked: Future[Any], done: asyncio.Future[Any]) -> None:
        if done.cancelled():
            worked.add_done_callback(lambda _: self._time.release())
        else:
            self._time.release()

    def _begin(self, wait: Wait, timeout: float | None) -> None:
        if timeout is not None:
            wait.timer = self._loop.call_later(timeout, wait.expire)
        wait.release()

    def _wait_on(self, condition: Any, timeout: float | None) -> bool:
        if not condition._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = threading.Lock()
        waiter.acquire()
        condition._waiters.append(waiter)
        saved = condition._release_save()
        try:
            with self.waiting(timeout, waiter.release, key=id(waiter)) as wait:
                waiter.acquire()
        finally:
            condition._acquire_restore(saved)
            if wait.timed_out:
                with suppress(ValueError):
                    condition._waiters.remove(waiter)
        return not wait.timed_out

    def _end_waits_on(self, condition: Any, n: int) -> None:
        for waiter in list(islice(condition._waiters, n)):
            wait = self._condition_waits.get(id(waiter))
            if wait is not None:
                wait.end()

    def _start(self, thread: threading.Thread) -> None:
        if self.takes_part() and not _is_pool_thread(thread):
            self._counted.add(thread)
            self._time.take()
        _thread_start(thread)

    def _run(self, thread: Any) -> None:
        counted = thread in self._counted
        try:
            with self.working() if counted else nullcontext():
                _thread_run(thread)
        finally:
            with self._lock:
                self._finished.add(thread)
                joins = self._joins.pop(thread, [])
            for wait in joins:
                if wait.end():
                    wait.wake()
            if counted:
                self._time.release()

    def _join(self, thread: threading.Thread, timeout: float | None) -> None:
        if not self.is_worker() or not thread.is_alive() or _is_pool_thread(thread):
            _thread_join(thread, timeout)
            return
        woken = threading.Lock()
        woken.acquire()
        with self.waiting(timeout, woken.release) as wait:
            with self._lock:
                running = thread not in self._finished
                if running:
                    self._joins.setdefault(thread, []).append(wait)
            if running:
                woken.acquire()
        if not wait.timed_out:
            _thread_join(thread)

    def _submit(self, pool: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self.takes_part():
            return _pool_submit(pool, fn, *args, **kwargs)

        def task() -> Any:
            try:
                with self.working():
                    return fn(*args, **kwargs)
            finally:
                self._leave(pool)

        self._enter(pool)
        future = _pool_submit(pool, task)
        self._submitting.future = future
        self._futures.setdefault(pool, WeakSet()).add(future)
        if not getattr(self._submitting, "by_loop", False):
            future.add_done_callback(lambda _: self._time.release())
        return future

    def _shut_down(self, pool: ThreadPoolExecutor, wait: bool, cancel_futures: bool) -> None:
        if wait and self.is_worker():
            # The tasks may take virtual time; what remains of the threads then ends at once.
            _pool_shutdown(pool, wait=False, cancel_futures=cancel_futures)
            futures.wait(list(self._futures.get(pool, ())))
        _pool_shutdown(pool, wait=wait, cancel_futures=cancel_futures)

    def _enter(self, pool: Any) -> None:
        """Count a task: it holds the clock unless every worker of its pool is taken."""
        with self._lock:
            self._tasks[pool] = self._tasks.get(pool, 0) + 1
            if self._tasks[pool] <= pool._max_workers:
                self._time.take()

    def _leave(self, pool: Any) -> None:
        """The worker goes on to a task that waited for it, which holds the clock from now on."""
        with self._lock:
            if self._tasks[pool] > pool._max_workers:
                self._time.take()
            self._tasks[pool] -= 1


def _is_pool_thread(thread: threading.Thread) -> bool:
    """A thread of an executor waits in C for its next task, so its tasks hold the clock instead of it."""
    return getattr(thread, "_target", None) is _pool_worker


def _patch(wait: Any, notify: Any, start: Any, run: Any, join: Any, submit: Any, shutdown: Any) -> None:
    condition: Any = threading.Condition
    thread: Any = threading.Thread
    pool: Any = ThreadPoolExecutor
    condition.wait, condition.notify = wait, notify
    thread.start, thread._bootstrap_inner, thread.join = start, run, join
    pool.submit, pool.shutdown = submit, shutdown
