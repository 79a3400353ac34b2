"""A simulator and virtual time for the subjects that are tested, one scenario after another on one loop."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar, cast

from safelight.conformance.client import Bytes, GenerateRequest, Url
from safelight.conformance.engine.outcome import Outcome
from safelight.conformance.engine.stage import Stage
from safelight.conformance.subjects.base import Ask, Opening
from safelight.conformance.subjects.command import CommandSubject
from safelight.conformance.subjects.process import ProcessSubject
from safelight.conformance.virtual.clock import EPOCH
from safelight.conformance.virtual.loop import new_loop, virtualised
from safelight.mockserver.clock import Clock
from safelight.mockserver.journal import Exchange
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.tenants import Tenant, TenantSettings
from safelight.mockserver.world import WorldSettings

T = TypeVar("T")
AnySubject = ProcessSubject | CommandSubject

PYTHON = f"{sys.executable} -S -E"
FAKE = f"{PYTHON} {Path(__file__).with_name('fake_adapter.py')}"
MODEL = "gemini-3-pro-image-preview"


class Scene:
    """One scenario: the session, the tenant and the time."""

    def __init__(self, session: Any, tenant: Tenant, stage: Stage, opening: Opening) -> None:
        self.session = session
        self.tenant = tenant
        self.stage = stage
        self.opening = opening

    @property
    def now(self) -> float:
        """The client's seconds since the start."""
        return self.stage.now

    @property
    def exchanges(self) -> list[Exchange]:
        """What the simulator saw, in order of arrival."""
        return sorted(self.tenant.journal, key=lambda exchange: exchange.number)

    def times(self, method: str) -> list[float]:
        """When the requests of a method came, in seconds since the start."""
        return [round(each.at - EPOCH, 6) for each in self.exchanges if each.method == method]

    async def generate(self, prompt: str = "a red kite", *images: Url | Bytes, **asked: Any) -> Outcome:
        """The outcome of a call."""
        request = GenerateRequest(prompt=prompt, images=images, **asked)
        return cast(Outcome, await self.session.call(Ask(request=request)))


class Stand:
    """A context manager; `play` runs scenarios."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=new_loop)
        world = WorldSettings(rate=0.0)
        self.simulator = Simulator(ServerSettings(world=world, around_request=self._around))
        self._stage: Stage | None = None
        self._subjects: list[AnySubject] = []

    def __enter__(self) -> "Stand":
        self._runner.run(self.simulator.start())
        return self

    def __exit__(self, *exc: object) -> None:
        for subject in self._subjects:
            self.run(subject.stop())
        self.run(self.simulator.stop())
        self._runner.close()

    def run(self, work: Any) -> Any:
        """Do something in real time."""
        return self._runner.run(work)

    def process(self, command: str, **how: Any) -> ProcessSubject:
        """A started subject that speaks in lines."""
        return self.started(ProcessSubject(command, **how))

    def fake(self, behaviour: str, **how: Any) -> ProcessSubject:
        """The fake adapter with one of its ways to behave."""
        return self.process(f"{FAKE} {behaviour}", **how)

    def started(self, subject: Any) -> Any:
        """A subject that is started now and stopped at the end."""
        self._subjects.append(subject)
        self.run(subject.start())
        return subject

    def play(
        self,
        subject: AnySubject,
        work: Callable[[Scene], Awaitable[T]],
        *,
        provider: str = "reapi",
        deadline: float | None = None,
        faults: tuple[Mapping[str, Any], ...] = (),
        credits: float = 1000.0,
        readings: Mapping[str, str] | None = None,
    ) -> T:
        """What comes of work with a new session, in virtual time if that is the subject's."""
        with self._time(subject) as stage:
            return cast(T, self.run(self._play(subject, work, stage, provider, deadline, faults, credits, readings)))

    async def _play(
        self,
        subject: AnySubject,
        work: Callable[[Scene], Awaitable[T]],
        stage: Stage,
        provider: str,
        deadline: float | None,
        faults: tuple[Mapping[str, Any], ...],
        credits: float,
        readings: Mapping[str, str] | None,
    ) -> T:
        world = self.simulator.world
        if subject.clock == "virtual":
            clock = Clock(1.0, epoch=EPOCH, source=lambda: stage.now)
        else:
            clock = Clock(1.0, epoch=subject.wall(), source=lambda: stage.now)
        settings = TenantSettings(credits=credits, choices=readings or {})
        tenant = world.create_tenant(settings=settings, clock=clock)
        for fault in faults:
            world.arm(tenant, {"provider": provider, **fault})
        opening = Opening(provider, world.api_url(tenant, provider), world.ready_key(tenant, provider), deadline)
        try:
            session = await subject.open(opening, stage)
            try:
                return await work(Scene(session, tenant, stage, opening))
            finally:
                await session.close()
        finally:
            world.delete_tenant(tenant)

    @contextmanager
    def _time(self, subject: AnySubject) -> Iterator[Stage]:
        if subject.clock == "virtual":
            with virtualised(self._runner.get_loop(), epoch=EPOCH, horizon=30 * 86_400.0) as virtual:
                virtual.watch(self.simulator.port, self.simulator.media_port)
                self._stage = Stage(virtual)
                yield self._stage
        else:
            self._stage = Stage(rate=subject.rate)
            yield self._stage
        self._stage = None

    def _around(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stage is None else self._stage.answering()


async def just_generate(scene: Scene) -> Outcome:
    """The simplest scenario."""
    return await scene.generate()
