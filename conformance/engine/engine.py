"""One engine runs every scenario: a simulator, a subject and a clock, the same for each and new for each."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from ...mockserver.clock import Clock
from ...mockserver.journal import Exchange
from ...mockserver.progress import Progress
from ...mockserver.server import ServerSettings, Simulator
from ...mockserver.tenants import DEFAULT_CREDITS, Tenant, TenantSettings
from ...mockserver.world import WorldSettings
from ...specs import provider_names
from ..scenarios.model import SUCCEEDED, Scenario
from ..subjects.base import Opening, Subject, Upstream
from ..subjects.errors import AdapterError
from ..virtual.clock import EPOCH
from ..virtual.loop import new_loop, virtualised
from ..virtual.walltime import bound
from .calls import Calls
from .client_tasks import ClientTasks
from .gallery import Gallery
from .names import overheard
from .run import Run
from .stage import Stage
from .views import view_run
from .watchdog import TooLong, real_time_limit

SETTLING: Final = 12.0  # virtual seconds after the last call; shorter than connections are kept that nobody uses
CLOSING: Final = 1.0  # virtual seconds that closing connections may take
WATCHING: Final = 60.0  # virtual seconds after closing, in which a client that is done asks for nothing
LONGEST: Final = 30.0  # real seconds for one scenario
MOST_EXCHANGES: Final = 4_000  # in one scenario; a client that needs more will not end
_LONGEST_WAIT: Final = 900.0  # virtual seconds that a scenario may take for a client on a clock of its own
_HORIZON: Final = 30 * 86_400.0
_PARTING: Final = 5.0  # real seconds for what a client left to end


class BlockedLoop(OSError):
    """A client waits for a socket on the thread of its event loop, where the simulator could never answer."""


class Engine:
    """A simulator and a subject, ready for scenarios; a context manager. Entering raises SubjectError.

    `scenarios`, `seconds` and `virtual_seconds` count what has been run.
    """

    def __init__(self, subject: Subject, *, longest: float = LONGEST) -> None:
        self.subject = subject
        self.scenarios = 0
        self.seconds = 0.0
        self.virtual_seconds = 0.0
        self._longest = longest
        self._runner = asyncio.Runner(loop_factory=new_loop)
        self._gallery = Gallery()
        address = subject.address
        world = WorldSettings(rate=0.0, any_key=address is not None and not address.keys, alone=address is not None)
        port = address.port if address else 0
        self._simulator = Simulator(ServerSettings(port=port, around_request=self._around_request, world=world))
        self._stage: Stage | None = None
        self._tenant: Tenant | None = None
        self._exchanges = 0
        self._too_many: asyncio.Future[None] | None = None
        self._playing: asyncio.Task[Any] | None = None

    def __enter__(self) -> Self:
        bound.__enter__()
        try:
            self._loop = self._runner.get_loop()
            self._loop.set_exception_handler(_leave_to_judges)
            self._tasks = ClientTasks(self._loop)
            self._runner.run(self._start())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the subject and the simulator."""
        try:
            self._runner.run(self._stop())
        finally:
            # Closing cancels every task, and waits; one that takes no cancelling would be waited for for ever.
            with suppress(TooLong), real_time_limit(_PARTING):
                self._runner.close()
            bound.__exit__()

    def run(self, scenario: Scenario) -> Run:
        """Play a scenario with a new client. Raises SubjectError."""
        started = time.perf_counter()
        state = random.getstate()
        random.seed(scenario.seed)
        try:
            with self._time() as stage, overheard() as contacted, real_time_limit(self._limit, self._give_up):
                run = self._runner.run(self._play(scenario, stage, contacted))
        except TooLong:
            raise AdapterError(
                f"the client did nothing for {self._limit:g} s of real time in a call to generate() for "
                f"{scenario.provider}: it computes for ever, or waits for something outside the simulated time."
            ) from None
        finally:
            random.setstate(state)
            self._stage = None
        self.scenarios += 1
        self.seconds += time.perf_counter() - started
        self.virtual_seconds += run.ended
        return run

    def _give_up(self) -> None:
        if self._playing is not None:
            self._loop.call_soon_threadsafe(self._playing.cancel)

    @property
    def _limit(self) -> float:
        """Real seconds for one scenario."""
        subject = self.subject
        return self._longest if subject.clock == "virtual" else self._longest + _LONGEST_WAIT / subject.rate

    @contextmanager
    def _time(self) -> Iterator[Stage]:
        if self.subject.clock == "real":
            yield Stage(rate=self.subject.rate)
            return
        epoch = EPOCH + self.virtual_seconds if self.subject.lasting else EPOCH  # for it, time never goes back
        with virtualised(self._loop, epoch=epoch, horizon=_HORIZON) as virtual:
            virtual.watch(self._simulator.port, self._simulator.media_port, self._gallery.port)
            yield Stage(virtual)

    def _around_request(self) -> AbstractContextManager[None]:
        return self._stage.answering() if self._stage else nullcontext()

    async def _start(self) -> None:
        address, world = self.subject.address, self._simulator.world
        try:
            await self._simulator.start()
            await self._gallery.start(address.port + 2 if address else 0)
        except OSError as error:
            if address is None:
                raise
            raise AdapterError(
                f"the gateway looks for the simulator at port {address.port}, where it cannot be: {error.strerror}."
            ) from None
        world.listeners.append(self._count)
        if self.subject.lasting:
            self._tenant = world.default if address else world.create_tenant()
            for provider, key in address.keys.items() if address else ():
                world.replace_key(self._tenant, provider, key)
            self.subject.settle(self._opening(Scenario(provider_names()[0]), self._tenant))
        await self.subject.start()

    async def _stop(self) -> None:
        try:
            await self.subject.stop()
        finally:
            await self._gallery.stop()
            await self._simulator.stop()

    async def _play(self, scenario: Scenario, stage: Stage, contacted: list[str]) -> Run:
        self._stage, self._playing = stage, asyncio.current_task()
        self._exchanges, self._too_many = 0, self._loop.create_future()
        self._gallery.visits, self._gallery.now = [], lambda: stage.now
        blocking: list[str] = []
        if stage.virtual is not None:
            stage.virtual.threads.on_block = partial(_note_block, blocking)
        tenant = self._set_up(scenario, stage)
        opening = self._opening(scenario, tenant)
        try:
            session = await self._tasks.run(self.subject.open(opening, stage))
            calls = Calls(scenario, session, stage, self._gallery, self._tasks)
            try:
                outcomes = await calls.make(self._too_many)
                await stage.idle(SETTLING)
            finally:
                await self._tasks.run(session.close())
            await self._watch(stage, CLOSING)
            left_open = self._simulator.open_connections
            await self._watch(stage, WATCHING)
            return view_run(
                scenario, self._simulator, tenant, opening, outcomes,
                visits=tuple(self._gallery.visits), logged=session.logged(), blocking=tuple(blocking),
                contacted=tuple(dict.fromkeys(contacted)),
                left_open=left_open, ended=stage.now, references=calls.references,
                reference_urls=calls.reference_urls, heard=session.heard(), claims=self.subject.claims,
            )  # fmt: skip
        finally:
            await self._tasks.end()
            if tenant is not self._tenant:
                self._simulator.world.delete_tenant(tenant)

    async def _watch(self, stage: Stage, seconds: float) -> None:
        """Let time pass after the end; a gateway that lives on outside was waited for when its session was closed."""
        if stage.virtual or not self.subject.lasting:
            await stage.idle(seconds)

    def _set_up(self, scenario: Scenario, stage: Stage) -> Tenant:
        world = self._simulator.world
        tenant = self._furnished(_settings(scenario, self._progress), self._clock(stage))
        for fault in scenario.faults:
            world.arm(tenant, self._placed({"provider": scenario.provider, **fault}, tenant))
        if scenario.seconds is not None:
            world.arm(tenant, _always(scenario, {"kind": "slow", "seconds": scenario.seconds}))
        if scenario.ending != SUCCEEDED:
            world.arm(tenant, _always(scenario, {"kind": scenario.ending}))
        return tenant

    def _furnished(self, settings: TenantSettings, clock: Clock) -> Tenant:
        """A tenant without a past: a new one, or the one that a lasting subject has the keys of."""
        if self._tenant is None:
            return self._simulator.world.create_tenant(settings=settings, clock=clock)
        self._tenant = self._simulator.world.renew(self._tenant, settings, clock)
        return self._tenant

    @property
    def _progress(self) -> Progress:
        """Jobs that nobody gave a duration take no time where time is real: a run would take days."""
        is_real = self.subject.clock == "real" and self.subject.rate == 1.0
        return Progress("immediate" if is_real else "time")

    def _clock(self, stage: Stage) -> Clock:
        epoch = stage.virtual.time.wall() if stage.virtual else self.subject.wall()
        return Clock(1.0, epoch=epoch, source=lambda: stage.now)

    def _placed(self, fault: Mapping[str, Any], tenant: Tenant) -> dict[str, Any]:
        """The document of a fault, with the address of the gallery for `{gallery}` and the provider's key for `{key}`.

        The address stands in a `location`, the key in the `message` of a fault of one provider.
        """
        placed = dict(fault)
        if "location" in fault:
            placed["location"] = fault["location"].replace("{gallery}", self._gallery.other_host)
        if "{key}" in fault.get("message", ""):
            key = self._simulator.world.ready_key(tenant, fault["provider"])
            placed["message"] = fault["message"].replace("{key}", key)
        return placed

    def _opening(self, scenario: Scenario, tenant: Tenant) -> Opening:
        world, provider = self._simulator.world, scenario.provider
        upstreams = {
            name: Upstream(world.api_url(tenant, name), world.ready_key(tenant, name)) for name in world.providers
        }
        own = upstreams[provider]
        return Opening(provider, own.base_url, own.api_key, scenario.deadline, upstreams, self._gallery.origin)

    def _count(self, exchange: Exchange) -> None:
        self._exchanges += 1
        if self._exchanges > MOST_EXCHANGES and self._too_many and not self._too_many.done():
            self._too_many.set_result(None)


def _leave_to_judges(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Whatever a client leaves behind (open sessions, tasks nobody asked) is judged, not logged."""


def _settings(scenario: Scenario, progress: Progress) -> TenantSettings:
    return TenantSettings(
        seed=scenario.seed,
        progress=progress,
        credits=DEFAULT_CREDITS if scenario.credits is None else scenario.credits,
        choices={f"{scenario.provider}.{name}": value for name, value in scenario.readings.items()},
    )


def _always(scenario: Scenario, fault: dict[str, object]) -> dict[str, object]:
    return {"provider": scenario.provider, "operation": "submit", "times": None, **fault}


def _note_block(blocking: list[str], call: str) -> None:
    """Remember a call that blocks the loop. One that waits for a socket ends at once, since nobody could answer it."""
    blocking.append(call)
    if call.startswith("connect"):
        raise BlockedLoop(f"{call} blocks the event loop")
