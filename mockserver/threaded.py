"""The simulator beside blocking code: on a loop of its own, in a thread of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from threading import Thread, current_thread
from typing import Any, Self, TypeVar

from .providers.base import Provider
from .server import ServerSettings, Simulator
from .world import World

T = TypeVar("T")


class SimulatorThread:
    """A running simulator for synchronous callers; a context manager.

        with SimulatorThread(ServerSettings(world=WorldSettings(rate=1000))) as sim:
            requests.get(f"{sim.url}/health")
            sim.call(lambda: sim.world.default.clock.advance(60))

    The world belongs to the loop's thread: reach into it through `call`. Raises on start what `Simulator`
    raises: OSError if a port is taken, ValueError when bound beyond loopback without a control token.
    """

    def __init__(self, settings: ServerSettings | None = None, *, providers: Sequence[Provider] | None = None) -> None:
        self.simulator = Simulator(settings, providers=providers)

    @property
    def url(self) -> str:
        """The address of the API port, without a trailing slash."""
        return self.simulator.url

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The simulator's event loop."""
        return self._loop

    @property
    def world(self) -> World:
        """The simulator's state; change it through `call`."""
        return self.simulator.world

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """What the function returns or raises when it is called with `args` between two requests."""
        if current_thread() is self._thread:
            return function(*args)

        async def run() -> T:
            return function(*args)

        return self._finish(run())

    def start(self) -> None:
        """Return once the simulator listens."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="safelight", daemon=True)
        self._thread.start()
        try:
            self._finish(self.simulator.start())
        except BaseException:
            self._end_loop()
            raise

    def stop(self) -> None:
        """Return once everything is closed."""
        try:
            self._finish(self.simulator.stop())
        finally:
            self._end_loop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _finish(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
