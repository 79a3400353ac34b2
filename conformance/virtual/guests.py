"""Event loops on virtual time.

One loop owns the clock. Any other that runs in a thread which takes part is a guest: it holds the clock while it
works. When it has nothing to do it waits as a thread does: it lets the clock go, and is woken by its sockets, by a
call from another thread, or when the clock reaches its next timer.
"""

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakSet

from .clock import REAL_CLOCK, HorizonPassed
from .selects import reads_of, real_select
from .threads import Threads
from .waits import Wait

_RESOLUTION = 1e-7  # seconds: fine for people, and coarser than what a float can tell after years
_run_forever = BaseEventLoop.run_forever


class UnsupportedLoop(RuntimeError):
    """This kind of event loop cannot be put on virtual time."""


def check_loop(loop: Any) -> None:
    """Raise UnsupportedLoop, which says what to do, unless this is asyncio's selector loop."""
    for attribute in ("_selector", "_clock_resolution", "_scheduled"):
        if not hasattr(loop, attribute):
            raise UnsupportedLoop(
                f"virtual time needs asyncio's selector event loop, not {type(loop).__module__}.{type(loop).__name__}; "
                "use the default event loop policy for these tests"
            )


@contextmanager
def on_clock(loop: Any, selector: Any, now: Callable[[], float]) -> Iterator[None]:
    """Give a loop another selector and clock."""
    inner, resolution = loop._selector, loop._clock_resolution
    loop._selector, loop._clock_resolution, loop.time = selector, _RESOLUTION, now
    try:
        yield
    finally:
        del loop.time
        loop._selector, loop._clock_resolution = inner, resolution


def shift_timers(loop: Any, seconds: float) -> None:
    """Let a loop's timers keep their distance from now when it changes to a clock that is so far ahead."""
    for handle in loop._scheduled:
        handle._when += seconds


def is_on_clock(loop: Any) -> bool:
    """Whether a loop runs on virtual time."""
    return "time" in vars(loop) if hasattr(loop, "__dict__") else False


class Guests:
    """Makes every asyncio loop that a worker runs a guest, while installed."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._now = threads.waits.time.now
        self._loops: WeakSet[Any] = WeakSet()

    def install(self) -> None:
        """Patch the class; `uninstall` undoes it."""
        guests = self

        def run_forever(self: BaseEventLoop) -> None:
            with guests._hosting(self):
                _run_forever(self)

        _patch(run_forever)

    def uninstall(self) -> None:
        """Give the class its own method back, and the guests the real clock."""
        _patch(_run_forever)
        for loop in self._loops:
            shift_timers(loop, REAL_CLOCK() - self._now())

    def _hosting(self, loop: Any) -> AbstractContextManager[None]:
        supported = hasattr(loop, "_selector") and hasattr(loop, "_scheduled")
        if not supported or is_on_clock(loop) or not self._threads.is_worker():
            return nullcontext()
        return self._host(loop)

    @contextmanager
    def _host(self, loop: Any) -> Iterator[None]:
        if loop not in self._loops:
            self._loops.add(loop)
            shift_timers(loop, self._now() - REAL_CLOCK())
        selector = GuestSelector(loop, self._threads)
        with on_clock(loop, selector, self._now):
            loop.call_soon_threadsafe = selector.call_soon_threadsafe
            try:
                yield
            finally:
                del loop.call_soon_threadsafe


def call_at_horizon(loop: Any, callback: Callable[[HorizonPassed], None] | None) -> None:
    """Call back when the horizon passes while a guest waits, instead of raising the error out of its loop.

    Raises UnsupportedLoop if the loop is no guest.
    """
    check_loop(loop)
    if not isinstance(loop._selector, GuestSelector):
        raise UnsupportedLoop("this event loop was started before virtual time was; start it afterwards")
    loop._selector.on_horizon = callback


class GuestSelector:
    """Waits in virtual time for I/O or the loop's next timer."""

    def __init__(self, loop: Any, threads: Threads) -> None:
        self._inner = loop._selector
        self._select = real_select(loop._selector)
        self._waits = threads.waits
        self._traffic = threads.waits.time.traffic
        self._call_soon = loop.call_soon_threadsafe
        self._wait: Wait | None = None
        self.on_horizon: Callable[[HorizonPassed], None] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def select(self, timeout: float | None = None) -> Any:
        """Ready events, or none after `timeout` virtual seconds."""
        ready = self._select(0)
        if ready or timeout == 0:
            return ready
        try:
            return self._wait_for_events(timeout)
        except HorizonPassed as error:
            if self.on_horizon is None:
                raise
            self.on_horizon(error)
            return []

    def _wait_for_events(self, timeout: float | None) -> Any:
        with (
            self._waits.waiting(timeout, self._wake) as wait,
            self._traffic.awaited_by(reads_of(self._inner)),
        ):
            self._wait = wait
            ready = self._select(0)  # whoever called a moment ago found no wait to end
            if not ready:
                wait.begin()
                ready = self._select(None)
        return [] if wait.timed_out else ready

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> asyncio.Handle:
        """As the loop's own; the loop holds the clock from now on."""
        handle: asyncio.Handle = self._call_soon(callback, *args, context=context)
        wait = self._wait
        if wait is not None and wait.end():
            self._wake()  # it may be a later wait, which the call did not reach
        return handle

    def _wake(self) -> None:
        self._call_soon(_nothing)


def _patch(run_forever: Any) -> None:
    kind: Any = BaseEventLoop
    kind.run_forever = run_forever


def _nothing() -> None:
    """What a loop is given to do so that it looks up from its sockets."""
