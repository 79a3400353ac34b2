"""The simulator of a test session, in a thread of its own, and the virtual time it shares with the tests."""

import asyncio
import time
from _thread import get_ident
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

from ...mockserver.clock import Clock
from ...mockserver.control.client import Control
from ...mockserver.control.tenant_control import TenantControl
from ...mockserver.control.transports import InProcessTransport, Transport
from ...mockserver.progress import parse_progress
from ...mockserver.tenants import Tenant, TenantSettings
from ...mockserver.threaded import SimulatorThread
from ..virtual.loop import Virtual, virtualised
from ..virtual.waits import closed_gate
from ..virtual.walltime import bound

T = TypeVar("T")

HORIZON = 30 * 86_400.0  # virtual seconds that one test may take


class Stage:
    """Started once per session; every test has a tenant of its own on it."""

    def __init__(self) -> None:
        self._simulator = SimulatorThread()
        self._simulator.start()
        bound.__enter__()
        self._elapsed = 0.0
        self._epoch = float(int(time.time()))
        self._virtual: Virtual | None = None
        self._presence = ExitStack()
        self._simulator_thread = self._simulator.call(get_ident)
        inner = InProcessTransport(self._simulator.simulator.control, self._simulator.loop)
        self.control = Control(_Transport(self, inner))

    @property
    def virtual(self) -> Virtual | None:
        """The virtual time that is on, if any."""
        return self._virtual

    def elapsed(self) -> float:
        """Virtual seconds that all tests so far have taken together."""
        return self._elapsed + (self._virtual.time.elapsed if self._virtual else 0.0)

    def create_tenant(self, *, virtual: bool, rate: float, settings: Mapping[str, Any]) -> tuple[TenantControl, float]:
        """A new tenant, and its time (unix seconds). Its clock is the tests' virtual one, or runs at `rate`."""

        def create() -> tuple[TenantControl, float]:
            clock = Clock(1.0, epoch=self._epoch + self.elapsed(), source=self.elapsed) if virtual else Clock(rate)
            chosen = TenantSettings(
                seed=settings.get("seed", 0), progress=parse_progress(settings.get("progress", "time"))
            )
            tenant = self._simulator.world.create_tenant(settings=chosen, clock=clock)
            return self.control.tenant(tenant.tag), clock.now()

        return self.call(create)

    def tenant(self, tag: str) -> Tenant:
        """A tenant's state, to be looked at within `call`."""
        return self._simulator.world.tenants[tag]

    def call(self, function: Callable[[], T]) -> T:
        """What the function returns or raises when it is called between two requests."""
        if get_ident() == self._simulator_thread:
            return function()
        gate = closed_gate()  # no virtual wait: whoever calls goes on holding the clock
        outcome: Future[T] = Future()

        def work() -> None:
            try:
                outcome.set_result(function())
            except Exception as error:
                outcome.set_exception(error)
            finally:
                gate.release()

        self._simulator.loop.call_soon_threadsafe(work)
        gate.acquire()
        return outcome.result()

    def hold(self) -> AbstractContextManager[None]:
        """Keep virtual time, if it is on, from moving."""
        return self._virtual.time.hold() if self._virtual else nullcontext()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Virtual time for the simulator, for the calling thread and for all that it starts meanwhile."""
        with ExitStack() as stack:
            self._virtual = self.call(lambda: self._virtualise(stack))
            try:
                self.enter()
                yield
            finally:
                self.leave()
                self.call(lambda: self._end(stack))

    def enter(self) -> None:
        """Let the calling thread live in virtual time, if it is on, until it leaves. It holds the clock all along."""
        if self._virtual is not None:
            self._presence.enter_context(self._virtual.threads.working())

    def leave(self) -> None:
        """Let the calling thread live in real time again."""
        self._presence.close()

    def advance(self, seconds: float) -> None:
        """Let virtual time pass for everybody."""
        if self._virtual is not None:
            self._virtual.threads.sleep(seconds)
        else:
            self.call(lambda: self._skip(seconds))

    def close(self) -> None:
        """Stop the simulator and give the process its own clocks back."""
        self._simulator.stop()
        bound.__exit__()

    def _virtualise(self, stack: ExitStack) -> Virtual:
        simulator = self._simulator.simulator
        loop = asyncio.get_running_loop()
        virtual = stack.enter_context(virtualised(loop, epoch=self._epoch + self._elapsed, horizon=HORIZON))
        virtual.time.take()  # for the test's thread
        virtual.time.on_horizon = virtual.waits.abort
        virtual.watch(simulator.port, simulator.media_port)
        return virtual

    def _end(self, stack: ExitStack) -> None:
        self._elapsed = self.elapsed()
        self._virtual = None
        stack.close()

    def _skip(self, seconds: float) -> None:
        self._elapsed += seconds
        for tenant in self._simulator.world.all_tenants():
            tenant.clock.nudge()


class _Transport:
    """In-process control during which virtual time stands still."""

    def __init__(self, stage: Stage, inner: Transport) -> None:
        self._stage = stage
        self._inner = inner

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        return self._stage.call(lambda: self._inner.call(method, path, query, data))
