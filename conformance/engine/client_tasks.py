"""The tasks that a client starts on the harness's loop, so that none outlives its scenario."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_inside: ContextVar[bool] = ContextVar("inside the client", default=False)


class ClientTasks:
    """Remembers every task that is started by what runs in `run`; one per loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        loop.set_task_factory(self._make)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task of the client's."""
        token = _inside.set(True)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            _inside.reset(token)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the client's work comes to. Cancelling this cancels the work."""
        return await self.start(work)

    async def end(self) -> None:
        """Cancel what is left."""
        left = [task for task in self._tasks if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._tasks.clear()

    def _make(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
        if _inside.get():
            self._tasks.add(task)
        return task
