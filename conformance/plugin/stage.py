"""The simulator of a test session, in a thread of its own, and the virtual time it shares with the tests."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from ...mockserver.clock import Clock
from ...mockserver.control.client import Control
from ...mockserver.control.transports import InProcessTransport
from ...mockserver.progress import parse_progress
from ...mockserver.tenants import TenantSettings
from ...mockserver.threaded import SimulatorThread
from ..virtual.clock import HorizonPassed
from ..virtual.guests import guest_thread
from ..virtual.loop import Virtual, virtualised
from ..virtual.walltime import bind, unbind

HORIZON = 30 * 86_400.0  # virtual seconds that one test may take


class Stage:
    """Started once per session; every test has a tenant of its own on it."""

    def __init__(self) -> None:
        self.simulator = SimulatorThread()
        self.simulator.start()
        self._elapsed = 0.0
        self._epoch = float(int(time.time()))
        self._virtual: Virtual | None = None
        bind()
        self.control = Control(_HoldingTransport(self))

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The simulator's own loop."""
        return self.simulator.loop

    @property
    def virtual(self) -> Virtual | None:
        """The virtual time that is on, if any."""
        return self._virtual

    def elapsed(self) -> float:
        """Virtual seconds that all tests so far have taken together."""
        return self._elapsed + (self._virtual.time.elapsed if self._virtual else 0.0)

    def create_tenant(self, *, virtual: bool, rate: float, settings: Mapping[str, Any]) -> str:
        """A new tenant's tag. Its clock is the tests' virtual one, or runs by itself at `rate`."""

        def create() -> str:
            world = self.simulator.world
            clock = Clock(1.0, epoch=self._epoch + self.elapsed(), source=self.elapsed) if virtual else Clock(rate)
            chosen = TenantSettings(
                seed=settings.get("seed", 0), progress=parse_progress(settings.get("progress", "time"))
            )
            return world.create_tenant(settings=chosen, clock=clock).tag

        return self.simulator.call(create)

    @contextmanager
    def on(self) -> Iterator[Virtual]:
        """Virtual time for the calling thread and the simulator."""
        with ExitStack() as stack:
            virtual = self.simulator.call(self._enter, stack)
            try:
                with guest_thread(virtual):
                    try:
                        yield virtual
                    finally:
                        virtual.time.take()  # no jump between the test's end and real time
            finally:
                self.simulator.call(self._leave, stack)

    def hold(self) -> Any:
        """Keep virtual time, if it is on, from moving."""
        return self._virtual.time.hold() if self._virtual else ExitStack()

    def close(self) -> None:
        """Stop the simulator and give the process its own clocks back."""
        self.simulator.stop()
        unbind()

    def _enter(self, stack: ExitStack) -> Virtual:
        simulator = self.simulator.simulator
        virtual = stack.enter_context(virtualised(self.loop, epoch=self._epoch + self._elapsed, horizon=HORIZON))
        virtual.time.take()  # on behalf of the guest, which starts when this call returns
        virtual.watch(simulator.port, simulator.media_port)
        virtual.time.on_horizon = lambda: self._pass_horizon(virtual)
        self._virtual = virtual
        return virtual

    def _leave(self, stack: ExitStack) -> None:
        assert self._virtual is not None
        self._elapsed += self._virtual.time.elapsed
        self._virtual = None
        stack.close()

    def _pass_horizon(self, virtual: Virtual) -> None:
        virtual.time.extend_horizon(HORIZON)
        days = HORIZON / 86_400
        virtual.threads.abort(HorizonPassed(f"the test went on for {days:g} virtual days: something waits for ever"))


class _HoldingTransport:
    """In-process control during which virtual time stands still."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._inner = InProcessTransport(stage.simulator.simulator.control, stage.loop)

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        with self._stage.hold():
            return self._inner.call(method, path, query, data)
