"""Switching virtual time on: for a loop that is running already, or for one of our own."""

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from math import ceil
from typing import Any, TypeVar

from . import locks
from .clock import EPOCH, HORIZON, REAL_CLOCK, HorizonPassed, VirtualSelector, VirtualTime
from .guests import Guests, check_loop, on_clock, shift_timers
from .names import CLIENT_THREADS
from .pools import Pools
from .selects import Selects, reads_of
from .sockets import Sockets
from .stalls import report_stall
from .threads import Threads
from .waits import Waits
from .walltime import WallTime, bound

T = TypeVar("T")

_MOST_THREADS = 256  # blocking calls at the same time

_current: "Virtual | None" = None


class Virtual:
    """Virtual time that is switched on: the clock, the loop that owns it, the threads that take part."""

    def __init__(self, time_: VirtualTime, loop: asyncio.AbstractEventLoop) -> None:
        self.time = time_
        self.loop = loop
        self.waits = Waits(time_, loop)
        self.threads = Threads(self.waits)
        time_.wake = lambda: _wake(loop)
        time_.on_stall = lambda seconds: report_stall(seconds, self.threads)
        time_.on_horizon = self._pass_horizon
        self._pool = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix=CLIENT_THREADS)
        self._parts = (
            self.threads,
            Pools(self.threads),
            Guests(self.threads),
            Selects(self.threads),
            Sockets(time_.traffic, self.threads),
            WallTime(time_, self.threads),
        )

    def watch(self, *ports: int) -> None:
        """Name ports on which this process has been listening before, so that no connection is overtaken."""
        for port in ports:
            self.time.traffic.listens(port)

    async def run_sync(self, function: Callable[..., T], *args: Any) -> T:
        """Call blocking code in a worker thread, whose sleeps and waits are virtual."""
        return await self.loop.run_in_executor(self._pool, function, *args)

    def install(self) -> None:
        """Put the process on virtual time; `uninstall` undoes it."""
        locks.activate(self.threads)
        for part in self._parts:
            part.install()

    def uninstall(self) -> None:
        """Put the process back on real time."""
        for part in reversed(self._parts):
            part.uninstall()
        locks.activate(None)

    def close(self) -> None:
        """End the worker threads that are idle, and let the waits of others go on in real time."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.waits.close()

    def _pass_horizon(self, error: HorizonPassed) -> None:
        self.waits.abort(error)
        raise error


@contextmanager
def virtualised(
    loop: asyncio.AbstractEventLoop, *, epoch: float = EPOCH, horizon: float = HORIZON
) -> Iterator[Virtual]:
    """Put a loop and the whole process on virtual time; to be entered on the loop's own thread.

    `epoch` is the wall time to start at (unix seconds), `horizon` how long it may go on (seconds). Raises
    UnsupportedLoop for loops without a selector, such as uvloop's, and RuntimeError when virtual time is on already.
    """
    global _current
    if _current is not None:
        raise RuntimeError("virtual time is on already; there is one per process")
    check_loop(loop)
    running: Any = loop
    time_ = VirtualTime(start=float(ceil(loop.time())), epoch=epoch, horizon=horizon)
    virtual = Virtual(time_, loop)
    selector = VirtualSelector(running._selector, time_)
    with bound, on_clock(loop, selector, time_.now), time_.traffic.awaited_by(reads_of(selector.inner)):
        shift_timers(loop, time_.now() - REAL_CLOCK())
        virtual.install()
        _current = virtual
        try:
            yield virtual
        finally:
            _current = None
            virtual.uninstall()
            virtual.close()
            shift_timers(loop, REAL_CLOCK() - time_.now())


def current() -> Virtual | None:
    """The virtual time that is on, if any."""
    return _current


def run(main: Callable[[Virtual], Coroutine[Any, Any, T]], *, epoch: float = EPOCH, horizon: float = HORIZON) -> T:
    """Run a coroutine function to its end on a new loop in virtual time. Raises HorizonPassed."""
    runner = asyncio.Runner(loop_factory=new_loop)
    with virtualised(runner.get_loop(), epoch=epoch, horizon=horizon) as virtual, runner:
        return runner.run(main(virtual))


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop that can be put on virtual time."""
    return asyncio.SelectorEventLoop(selectors.DefaultSelector())


def _wake(loop: asyncio.AbstractEventLoop) -> None:
    with suppress(RuntimeError):  # the loop is closed, and a thread outlived it
        loop.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    """What a loop is given to do so that it looks up from its sockets."""


def _forget_in_child() -> None:
    """A forked process has none of the threads that virtual time needs."""
    global _current
    if _current is not None:
        _current.uninstall()
        _current = None


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_in_child)
