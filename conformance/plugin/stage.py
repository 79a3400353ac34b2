"""The simulator of a test session, in a thread of its own, and the virtual time it shares with the tests."""

import asyncio
import time
from _thread import get_ident
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from math import ceil
from typing import Any, TypeVar

from ...mockserver.clock import Clock
from ...mockserver.control.client import Control
from ...mockserver.control.tenant_control import TenantControl
from ...mockserver.control.transports import InProcessTransport, Transport
from ...mockserver.tenants import Tenant, TenantSettings
from ...mockserver.threaded import SimulatorThread
from ..virtual.clock import REAL_CLOCK
from ..virtual.loop import Virtual, virtualised
from ..virtual.waits import closed_gate
from ..virtual.walltime import bound
from .options import Options

T = TypeVar("T")

HORIZON = 30 * 86_400.0  # virtual seconds that one test may take


class Stage:
    """Started once per session; every test has a tenant of its own on it."""

    def __init__(self) -> None:
        self._simulator = SimulatorThread()
        self._simulator.start()
        bound.__enter__()
        self._elapsed = 0.0
        self._mark = REAL_CLOCK()
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
        """Seconds of providers' time since the start: virtual ones in virtual time, real ones in between."""
        since = self._virtual.time.elapsed if self._virtual else REAL_CLOCK() - self._mark
        return self._elapsed + since

    def create_tenant(self, options: Options) -> tuple[TenantControl, float]:
        """A new tenant, and its time (unix seconds)."""

        def create() -> tuple[TenantControl, float]:
            clock = self._make_clock(options.rate)
            settings = TenantSettings(seed=options.seed, progress=options.progress)
            tenant = self._simulator.world.create_tenant(settings=settings, clock=clock)
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
            self._virtual.time.extend_horizon(seconds)
            self._virtual.threads.sleep(seconds)
        else:
            self.call(lambda: self._skip(seconds))

    def close(self) -> None:
        """Stop the simulator and give the process its own clocks back."""
        self._simulator.stop()
        bound.__exit__()

    def _make_clock(self, rate: float | None) -> Clock:
        if rate is not None:
            return Clock(rate)
        return Clock(1.0, epoch=self._epoch + self.elapsed(), source=self.elapsed)

    def _virtualise(self, stack: ExitStack) -> Virtual:
        simulator = self._simulator.simulator
        loop = asyncio.get_running_loop()
        self._elapsed = float(ceil(self.elapsed()))
        virtual = stack.enter_context(virtualised(loop, epoch=self._epoch + self._elapsed, horizon=HORIZON))
        virtual.time.take()  # for the test's thread
        virtual.time.on_horizon = virtual.waits.abort
        virtual.watch(simulator.port, simulator.media_port)
        return virtual

    def _end(self, stack: ExitStack) -> None:
        self._elapsed, self._mark = self.elapsed(), REAL_CLOCK()
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
