"""Guests of a virtual time whose clock belongs to a loop in another thread: a thread, or a second event loop.

A guest holds the clock while it works. A guest loop that has nothing to do waits as a thread does: it lets the
clock go, and is woken by its sockets or when the clock reaches its next timer.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .loop import RESOLUTION, Virtual, check_loop


@contextmanager
def guest_thread(virtual: Virtual) -> Iterator[None]:
    """Let the calling thread live in this virtual time. Its hold must have been taken; it is given back at the end."""
    try:
        with virtual.threads.working():
            yield
    finally:
        virtual.time.release()


@contextmanager
def guest_loop(virtual: Virtual, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Put a loop that is running in the calling guest thread on the virtual clock. Raises UnsupportedLoop."""
    running: Any = check_loop(loop)
    inner, resolution = running._selector, running._clock_resolution
    run_in_executor = running.run_in_executor
    running._selector, running._clock_resolution = _GuestSelector(inner, virtual, loop), RESOLUTION
    running.time = virtual.time.now
    running.run_in_executor = virtual.threads.run_in_executor(run_in_executor)
    try:
        yield
    finally:
        running._selector, running._clock_resolution = inner, resolution
        del running.time, running.run_in_executor


class _GuestSelector:
    """Waits in virtual time for I/O or the loop's next timer."""

    def __init__(self, inner: Any, virtual: Virtual, loop: asyncio.AbstractEventLoop) -> None:
        self._inner = inner
        self._virtual = virtual
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def select(self, timeout: float | None = None) -> Any:
        ready = self._inner.select(0)
        if ready or timeout == 0:
            return ready
        with self._virtual.threads.waiting(timeout, self._wake):
            return self._inner.select(None)

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    """What a loop is given to do so that it looks up from its sockets."""
