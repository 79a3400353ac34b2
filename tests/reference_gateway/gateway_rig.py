"""The reference gateway in front of the simulator, both on virtual time, and callers of it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from safelight.conformance.engine.gallery import Gallery
from safelight.conformance.reference_gateway import Gateway, Settings
from safelight.conformance.virtual.loop import Virtual, run
from safelight.mockserver.clock import Clock
from safelight.mockserver.journal import Exchange
from safelight.mockserver.server import Simulator
from safelight.mockserver.tenants import Tenant, TenantSettings

PROVIDERS = ("reapi", "threedai", "gmicloud", "tokaify", "onemin")
POLLED = PROVIDERS[:3]
PLAIN = "gemini-3-pro-image-preview"
KEYS = {"alice": "sk-gateway-alice-1234", "bob": "sk-gateway-bob-5678"}
IMAGES = "/v1/images/generations"
JOBS = "/v1/jobs"


def model_of(provider: str) -> str:
    """What to ask for to get to a provider."""
    return f"{provider}/{PLAIN}"


@dataclass
class Reply:
    """What a caller got, and when (virtual seconds since the start)."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> Any:
        """The error, which is JSON with an id whatever it is."""
        error = self.json["error"]
        assert self.status >= 400
        assert self.headers["Content-Type"].startswith("application/json")
        assert error["request_id"] == self.headers["X-Request-Id"]
        return error

    @property
    def data(self) -> Any:
        assert self.status == 200, self.content
        return self.json["data"]


@dataclass
class Rig:
    """What a story can do. `replies` has all that callers have been told."""

    virtual: Virtual
    simulator: Simulator
    tenant: Tenant
    gallery: Gallery
    gateway: Gateway
    url: str
    http: aiohttp.ClientSession
    replies: list[Reply] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.virtual.time.elapsed

    def arm(self, *faults: Mapping[str, Any]) -> None:
        """Have faults strike from now on."""
        for fault in faults:
            self.simulator.world.arm(self.tenant, fault)

    async def ask(
        self, method: str, path: str, body: Any = None, *, who: str | None = "alice", data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        """One request to the gateway, or to wherever a URL leads."""
        keys = {"Authorization": f"Bearer {KEYS.get(who, who)}"} if who else {}
        url = URL(path if "://" in path else f"{self.url}{path}", encoded=True)
        async with self.http.request(
            method, url, json=body, data=data, headers={**keys, **(headers or {})}, allow_redirects=False
        ) as answer:
            reply = Reply(answer.status, answer.headers, await answer.read(), self.now)
        self.replies.append(reply)
        return reply

    async def images(self, model: str = PLAIN, who: str | None = "alice", key: str | None = None, **body: Any) -> Reply:
        """A request for images."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        return await self.ask(
            "POST", IMAGES, {"model": model, "prompt": "a red kite", **body}, who=who, headers=headers
        )

    async def fetch(self, url: str) -> Reply:
        """What anybody gets who has no key."""
        return await self.ask("GET", url, who=None)

    def exchanges(self, provider: str | None = None, operation: str | None = None) -> list[Exchange]:
        """What providers have been asked."""
        return [
            each for each in self.tenant.journal
            if provider in (None, each.provider) and operation in (None, each.operation)
        ]  # fmt: skip

    def submits(self, provider: str | None = None) -> list[Exchange]:
        """The requests that may cost something."""
        kinds = ("submit", "generate", "edit", "generate_content", "create_feature")
        return [each for each in self.exchanges(provider) if each.operation in kinds]

    def paid(self) -> dict[str, int]:
        """Jobs that cost money, by provider."""
        costs: dict[tuple[str, str], float] = {}
        for provider in PROVIDERS:
            for entry in self.tenant.ledger(provider):
                if entry.job is not None:
                    costs[provider, entry.job] = costs.get((provider, entry.job), 0.0) - entry.credits
        found = [provider for (provider, _), cost in costs.items() if cost > 0]
        return {provider: found.count(provider) for provider in sorted(set(found))}


Story = Callable[[Rig], Awaitable[Any]]


def play(
    story: Story, *, gateway: type[Gateway] = Gateway, environ: Mapping[str, str | None] | None = None, **settings: Any
) -> Rig:
    """Tell a story; `environ` changes the gateway's environment, where None takes a variable away."""

    async def main(virtual: Virtual) -> Rig:
        gallery = Gallery()
        await gallery.start()
        gallery.now = lambda: virtual.time.elapsed
        try:
            async with (
                Simulator() as simulator,
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http,
            ):
                rig = _rig(virtual, simulator, gallery, gateway, environ or {}, http, settings)
                runner = web.AppRunner(rig.gateway.application(), access_log=None, shutdown_timeout=1.0)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                rig.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                try:
                    await story(rig)
                finally:
                    await runner.cleanup()
                rig.tenant.clock.advance(10_000)  # whatever comes back of the money has come back
                return rig
        finally:
            await gallery.stop()

    return run(main)


def _rig(
    virtual: Virtual, simulator: Simulator, gallery: Gallery, gateway: type[Gateway],
    changes: Mapping[str, str | None], http: aiohttp.ClientSession, settings: Mapping[str, Any],
) -> Rig:  # fmt: skip
    clock = Clock(1.0, epoch=virtual.time.wall(), source=lambda: virtual.time.elapsed)
    world = simulator.world
    tenant = world.create_tenant(settings=TenantSettings(**settings), clock=clock)
    environ: dict[str, str | None] = {"GATEWAY_KEYS": ",".join(f"{name}={key}" for name, key in KEYS.items())}
    environ["GATEWAY_REFERENCE_ORIGINS"] = gallery.origin
    for provider in PROVIDERS:
        environ[f"{provider.upper()}_BASE_URL"] = world.api_url(tenant, provider)
        environ[f"{provider.upper()}_API_KEY"] = world.ready_key(tenant, provider)
    made = gateway(Settings.of({name: text for name, text in {**environ, **changes}.items() if text is not None}))
    return Rig(virtual, simulator, tenant, gallery, made, "", http)
