"""Event loops on virtual time: one of our own, or one that is running already."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import ceil
from typing import Any, TypeVar

from .clock import EPOCH, HORIZON, VirtualSelector, VirtualTime
from .sockets import Sockets
from .threads import Threads
from .walltime import WallTime

T = TypeVar("T")

_MOST_THREADS = 256  # blocking calls at the same time
RESOLUTION = 1e-9  # seconds; asyncio's own is that of the real clock

_current: "Virtual | None" = None


class UnsupportedLoop(RuntimeError):
    """This kind of event loop cannot be put on virtual time."""


class Virtual:
    """Virtual time that is switched on: the clock, its loop and its threads."""

    def __init__(self, time_: VirtualTime, loop: asyncio.AbstractEventLoop, threads: Threads) -> None:
        self.time = time_
        self.loop = loop
        self.threads = threads
        self._pool = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="safelight-client")

    def watch(self, *ports: int) -> None:
        """Name ports of servers in this process, so that no byte to or from them is overtaken by the clock."""
        for port in ports:
            self.time.traffic.watch(port)

    async def run_sync(self, function: Callable[..., T], *args: Any) -> T:
        """Call blocking code in a worker thread, whose sleeps and waits are virtual."""
        return await self.loop.run_in_executor(self._pool, function, *args)

    def close(self) -> None:
        """End the worker threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


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
    running: Any = check_loop(loop)
    time_ = VirtualTime(start=float(ceil(running.time())), epoch=epoch, horizon=horizon)
    threads = Threads(time_, loop)
    sockets, wall = Sockets(time_.traffic, threads), WallTime(time_, threads)
    inner, resolution = running._selector, running._clock_resolution
    run_in_executor = running.run_in_executor
    running._selector, running._clock_resolution = VirtualSelector(inner, time_), RESOLUTION
    running.time, running.run_in_executor = time_.now, threads.run_in_executor(run_in_executor)
    installed = (threads, sockets, wall)
    for part in installed:
        part.install()
    _current = Virtual(time_, loop, threads)
    try:
        yield _current
    finally:
        _current.close()
        _current = None
        for part in reversed(installed):
            part.uninstall()
        running._selector, running._clock_resolution = inner, resolution
        del running.time, running.run_in_executor


def current() -> Virtual | None:
    """The virtual time that is on, if any."""
    return _current


def run(main: Callable[[Virtual], Coroutine[Any, Any, T]], *, epoch: float = EPOCH, horizon: float = HORIZON) -> T:
    """Run a coroutine function to its end on a new loop in virtual time. Raises HorizonPassed."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        loop = runner.get_loop()
        with virtualised(loop, epoch=epoch, horizon=horizon) as virtual:
            try:
                return runner.run(main(virtual))
            finally:
                virtual.time.extend_horizon(HORIZON)
                loop.run_until_complete(loop.shutdown_default_executor())


def _new_loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(selectors.DefaultSelector())


def check_loop(loop: Any) -> Any:
    """The loop, if it is asyncio's selector loop; UnsupportedLoop says what to do otherwise."""
    for attribute in ("_selector", "_clock_resolution", "_scheduled"):
        if not hasattr(loop, attribute):
            raise UnsupportedLoop(
                f"virtual time needs asyncio's selector event loop, not {type(loop).__module__}.{type(loop).__name__}; "
                "use the default event loop policy for these tests"
            )
    return loop
