"""One call to a client on virtual time against the simulator, and what was left behind."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from safelight.conformance.client import GenerateRequest, Result
from safelight.conformance.engine.gallery import drawn
from safelight.conformance.reference import make
from safelight.conformance.scenarios.model import Picture
from safelight.conformance.virtual.loop import Virtual, run
from safelight.fixtures.catalogue import find_scenario
from safelight.mockserver.clock import Clock
from safelight.mockserver.journal import Exchange
from safelight.mockserver.scenarios import apply_scenario
from safelight.mockserver.server import Simulator
from safelight.mockserver.tenants import Tenant, TenantSettings

PROVIDERS = ("reapi", "threedai", "gmicloud", "tokaify", "onemin")
PNG = drawn(Picture(width=16, height=16))
KITE = GenerateRequest("a red kite")


@dataclass
class World:
    """What a story can do: the simulator, a tenant, a client, and the time since its start."""

    virtual: Virtual
    simulator: Simulator
    tenant: Tenant
    client: Any
    provider: str
    epoch: float

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.virtual.time.wall() - self.epoch

    @property
    def key(self) -> str:
        """The key that the client was given."""
        return self.simulator.world.ready_key(self.tenant, self.provider)

    def arm(self, *faults: Mapping[str, Any]) -> None:
        """Have faults strike from now on."""
        for fault in faults:
            self.simulator.world.arm(self.tenant, fault)

    async def generate(self, request: GenerateRequest = KITE) -> Result:
        """A call to the client, whichever way it is to be called."""
        return await self.call(self.client.generate, request)

    async def call(self, method: Callable[..., Any], *args: Any) -> Any:
        """A call to any method: on the loop, or in a thread if it blocks."""
        if inspect.iscoroutinefunction(method):
            return await method(*args)
        return await self.virtual.run_sync(method, *args)


@dataclass
class Played:
    """A story that has been told; times are virtual seconds since its start."""

    outcome: Any
    seconds: float
    exchanges: list[Exchange]
    jobs: int
    paid: int
    epoch: float
    key: str

    @property
    def result(self) -> Result:
        """The result, if there is one."""
        assert isinstance(self.outcome, Result), repr(self.outcome)
        return self.outcome

    @property
    def error(self) -> Any:
        """The error, if there is one."""
        assert isinstance(self.outcome, Exception), repr(self.outcome)
        return self.outcome

    def times(self, operation: str = "poll") -> list[float]:
        """When requests of an operation came."""
        return [round(each.at - self.epoch, 3) for each in self.exchanges if each.operation == operation]


Story = Callable[[World], Awaitable[Any]]


async def just_generate(world: World) -> Result:
    """The shortest story."""
    return await world.generate()


@dataclass(frozen=True)
class Scene:
    """A story, or one request, and the stage for it."""

    provider: str
    story: Story | GenerateRequest = just_generate
    factory: Callable[..., Any] = make
    faults: Iterable[Mapping[str, Any]] = ()
    scenario: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None
    seed: int = 0


def play(provider: str, story: Story | GenerateRequest = just_generate, **stage: Any) -> Played:
    """Tell a story, or make one request, and close the client."""
    return play_all([Scene(provider, story, **stage)])[0]


def play_all(scenes: Iterable[Scene]) -> list[Played]:
    """Play scenes one after another, each with a tenant of its own."""

    async def main(virtual: Virtual) -> list[Played]:
        async with Simulator() as simulator:
            return [await _play(scene, virtual, simulator) for scene in scenes]

    return run(main)


async def _play(scene: Scene, virtual: Virtual, simulator: Simulator) -> Played:
    provider, epoch = scene.provider, virtual.time.wall()
    clock = Clock(1.0, epoch=epoch, source=lambda: virtual.time.elapsed)
    settings = TenantSettings(seed=scene.seed, choices=scene.choices)
    tenant = simulator.world.create_tenant(settings=settings, clock=clock)
    if scene.scenario is not None:
        apply_scenario(tenant, find_scenario(scene.scenario), providers=[provider])
    for fault in scene.faults:
        simulator.world.arm(tenant, fault)
    base_url, key = simulator.world.api_url(tenant, provider), simulator.world.ready_key(tenant, provider)
    client = scene.factory(provider=provider, base_url=base_url, api_key=key, deadline=scene.deadline)
    world = World(virtual, simulator, tenant, client, provider, epoch)
    story = _asking(scene.story) if isinstance(scene.story, GenerateRequest) else scene.story
    try:
        outcome = await story(world)
    except Exception as error:
        outcome = error
    seconds = world.now
    if hasattr(client, "close"):
        await world.call(client.close)
    await asyncio.sleep(0)
    exchanges, jobs = [*tenant.journal], len(tenant.jobs)
    clock.advance(10_000)  # whatever comes back of the money has come back
    return Played(outcome, seconds, exchanges, jobs, _paid(tenant, provider), epoch, key)


def _asking(request: GenerateRequest) -> Story:
    async def story(world: World) -> Result:
        return await world.generate(request)

    return story


def _paid(tenant: Tenant, provider: str) -> int:
    """How many jobs cost money in the end."""
    costs: dict[str, float] = {}
    for entry in tenant.ledger(provider):
        if entry.job is not None:
            costs[entry.job] = costs.get(entry.job, 0.0) - entry.credits
    return sum(1 for cost in costs.values() if cost > 0)
