"""The simulator, and a server in front of it that deviates from it on purpose, judged on the virtual clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from safelight.conformance.drift.catalogue import drift_checks
from safelight.conformance.drift.evidence import Evidence
from safelight.conformance.drift.prober import Limits
from safelight.conformance.drift.report import report_on
from safelight.conformance.drift.run import look_at
from safelight.conformance.suite.results import Report
from safelight.conformance.virtual.loop import Virtual, run
from safelight.mockserver.clock import Clock
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.tenants import TenantSettings
from safelight.mockserver.world import WorldSettings

MEDIA = "/media-of-the-deviant"
_DROPPED = ("content-length", "transfer-encoding", "connection", "date", "server")


@dataclass
class Said:
    """An answer on its way; a deviation changes it. `seen` counts the requests of the same method and path."""

    method: str
    path: str
    key: bool
    status: int
    headers: dict[str, str]
    body: bytes
    seen: int
    memory: dict[str, Any]

    @property
    def data(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def say(self, data: Any, status: int | None = None) -> None:
        """Answer with this JSON instead."""
        self.body = json.dumps(data).encode()
        self.headers["Content-Type"] = "application/json"
        self.status = status or self.status


Deviate = Callable[[Said], object]


@dataclass
class Judged:
    """A report, the evidence behind it and what the simulator knows of it."""

    report: Report
    evidence: Evidence
    jobs: int
    spent: float
    key: str
    virtual_seconds: float

    @property
    def failed(self) -> set[str]:
        """The slugs of the checks that failed."""
        return {result.id.split(".drift.")[1] for result in self.report.of_status("fail")}

    @property
    def warned(self) -> set[str]:
        """The slugs of the checks that only warn."""
        return {result.id.split(".drift.")[1] for result in self.report.of_status("warn")}

    def sentence(self, slug: str) -> str:
        """What was seen of a check that failed."""
        result = next(each for each in self.report.results if each.id.endswith(f".drift.{slug}"))
        assert result.counterexample is not None
        return result.counterexample.sentence


def judged(
    provider: str,
    deviate: Deviate | None = None,
    *,
    choices: Mapping[str, str] | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    paid: int = 1,
    deadline: float = 600.0,
    key: str | None = None,
    credits: float | None = None,
) -> Judged:
    """Judge the simulator's provider, through a server that deviates if there is one."""

    async def main(virtual: Virtual) -> Judged:
        simulator = Simulator(ServerSettings(world=WorldSettings(rate=0.0)))
        async with simulator:
            virtual.watch(simulator.port, simulator.media_port)
            world, loop = simulator.world, asyncio.get_running_loop()
            settings = TenantSettings(seed=1, choices=dict(choices or {}))
            if credits is not None:
                settings.credits = credits
            clock = Clock(1.0, epoch=virtual.time.wall(), source=loop.time)
            tenant = world.create_tenant(settings=settings, clock=clock)
            for fault in faults:
                world.arm(tenant, {"provider": provider, **fault})
            url, given = world.api_url(tenant, provider), key or world.ready_key(tenant, provider)
            started, before = loop.time(), tenant.wallets[provider].balance(clock.now())
            limits = Limits(paid, deadline)
            if deviate is None:
                evidence = await look_at(provider, url, given, limits)
            else:
                async with Deviant(url, world.media_base, deviate) as deviant:
                    virtual.watch(deviant.port)
                    url = deviant.url
                    evidence = await look_at(provider, url, given, limits)
            report = report_on(evidence, drift_checks(provider), base_url=url, api_key=given, seconds=1.0)
            spent = before - tenant.wallets[provider].balance(clock.now())
            jobs = len(list(tenant.jobs))
            return Judged(report, evidence, jobs, spent, given, loop.time() - started)

    return run(main)


class Deviant:
    """Passes requests on to a provider and its media, and changes the answers."""

    def __init__(self, target: str, media: str, deviate: Deviate) -> None:
        self._target, self._media, self._deviate = target, media, deviate
        self._seen: dict[tuple[str, str], int] = {}
        self._memory: dict[str, Any] = {}
        self.port = 0

    async def __aenter__(self) -> Deviant:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address: Any = self._runner.addresses[0]
        self.port = int(address[1])
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        is_media = request.path.startswith(MEDIA)
        target = self._media + request.path_qs.removeprefix(MEDIA) if is_media else self._target + request.path_qs
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", *_DROPPED)}
        async with self._session.request(
            request.method, target, data=await request.read() or None, headers=headers, allow_redirects=False
        ) as response:
            said = Said(
                request.method, request.path, any(n.lower() in ("authorization", "api-key") for n in headers),
                response.status, dict(response.headers), await response.read(), self._count(request), self._memory,
            )  # fmt: skip
        if not is_media:
            said.body = said.body.replace(self._media.encode(), f"{self.url}{MEDIA}".encode())
        self._deviate(said)
        kept = {name: value for name, value in said.headers.items() if name.lower() not in _DROPPED}
        return web.Response(status=said.status, headers=kept, body=said.body)

    def _count(self, request: web.BaseRequest) -> int:
        key = request.method, request.path
        self._seen[key] = self._seen.get(key, 0) + 1
        return self._seen[key]
