"""Thread pools under virtual time.

A worker of a pool waits in C for its next task, where nobody can take the hold for it. So the tasks hold the clock:
from the moment that a worker is free for them until everybody has heard of their end.
"""

from _thread import RLock
from collections import deque
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import thread as thread_pool
from typing import Any
from weakref import WeakKeyDictionary

from .threads import Threads

_submit = ThreadPoolExecutor.submit
_shutdown = ThreadPoolExecutor.shutdown
_work_item: Any = thread_pool._WorkItem
_run = _work_item.run


class Pools:
    """Replaces methods of `ThreadPoolExecutor` while installed."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._queues: WeakKeyDictionary[ThreadPoolExecutor, _Queue] = WeakKeyDictionary()

    def install(self) -> None:
        """Patch the classes; `uninstall` undoes it."""
        pools = self

        def submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return pools._submit(self, fn, *args, **kwargs)

        def shutdown(self: ThreadPoolExecutor, wait: bool = True, *, cancel_futures: bool = False) -> None:
            pools._shut_down(self, wait, cancel_futures)

        def run(self: Any, *context: Any) -> None:
            pools._run(self, *context)

        _patch(submit, shutdown, run)

    def uninstall(self) -> None:
        """Give the classes their own methods back."""
        _patch(_submit, _shutdown, _run)

    def _submit(self, pool: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self._threads.takes_part():
            return _submit(pool, fn, *args, **kwargs)
        queue = self._queues.setdefault(pool, _Queue(pool._max_workers, self._threads))
        task = _Task(fn, queue)
        queue.add(task)
        try:
            task.future = _submit(pool, task, *args, **kwargs)
        except BaseException:
            queue.remove(task)
            raise
        return task.future

    def _run(self, item: Any, *context: Any) -> None:
        task = item.fn if hasattr(item, "fn") else item.task[0]  # `task` since Python 3.14
        if not isinstance(task, _Task):
            _run(item, *context)
            return
        with self._threads.working():
            _run(item, *context)
        task.queue.remove(task)

    def _shut_down(self, pool: ThreadPoolExecutor, wait: bool, cancel_futures: bool) -> None:
        queue = self._queues.get(pool)
        if queue is not None:
            _shutdown(pool, wait=False, cancel_futures=cancel_futures)
            queue.drop_cancelled()
            if wait and self._threads.is_worker():
                # The tasks may take virtual time; what remains of the threads then ends at once.
                futures.wait(queue.futures())
        _shutdown(pool, wait=wait, cancel_futures=cancel_futures)


class _Task:
    """What a participant gave to a pool, to be called by one of its workers."""

    def __init__(self, fn: Callable[..., Any], queue: "_Queue") -> None:
        self._fn = fn
        self.queue = queue
        self.future: Future[Any] | None = None
        self.holds = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._fn(*args, **kwargs)


class _Queue:
    """The tasks of one pool that have not ended, in order."""

    def __init__(self, workers: int, threads: Threads) -> None:
        self._free = workers
        self._time = threads.waits.time
        self._tasks: set[_Task] = set()
        self._backlog: deque[_Task] = deque()
        self._lock = RLock()

    def add(self, task: _Task) -> None:
        """A task was submitted. It holds the clock if a worker is free for it."""
        with self._lock:
            self._tasks.add(task)
            self._backlog.append(task)
            self._assign()

    def remove(self, task: _Task) -> None:
        """A task has ended, or never was: its worker is free for the next, which holds the clock from now on."""
        with self._lock:
            if task not in self._tasks:
                return
            self._tasks.remove(task)
            if not task.holds:
                self._backlog.remove(task)
                return
            self._free += 1
            self._assign()
        self._time.release()

    def drop_cancelled(self) -> None:
        """Forget the tasks that were cancelled and will not be run."""
        for task in self._snapshot():
            if task.future is not None and task.future.cancelled():
                self.remove(task)

    def futures(self) -> list[Future[Any]]:
        """The futures of the tasks that have not ended."""
        return [task.future for task in self._snapshot() if task.future is not None]

    def _snapshot(self) -> list[_Task]:
        with self._lock:
            return list(self._tasks)

    def _assign(self) -> None:
        while self._free and self._backlog:
            task = self._backlog.popleft()
            task.holds = True
            self._free -= 1
            self._time.take()


def _patch(submit: Any, shutdown: Any, run: Any) -> None:
    pool: Any = ThreadPoolExecutor
    pool.submit, pool.shutdown, _work_item.run = submit, shutdown, run
