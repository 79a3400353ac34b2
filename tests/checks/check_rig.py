"""A simulator on a manual clock, and a client of it that sends what it is told to, over real sockets."""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from safelight.mockserver.journal import Exchange
from safelight.mockserver.progress import parse_progress
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.tenants import Tenant, TenantSettings
from safelight.mockserver.world import WorldSettings

JSON = {"Content-Type": "application/json"}


class Rig:
    """All five providers; a context manager. `heard` are the exchanges in the order in which they ended."""

    def __init__(self, *, choices: Mapping[str, str] | None = None, progress: str = "time") -> None:
        settings = TenantSettings(progress=parse_progress(progress), choices=choices or {})
        self.simulator = Simulator(ServerSettings(world=WorldSettings(rate=0, tenant=settings)))
        self.heard: list[Exchange] = []
        self.simulator.world.listeners.append(self.heard.append)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.run(self._open())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._runner.run(self._close())
        self._runner.close()

    @property
    def tenant(self) -> Tenant:
        """The default tenant."""
        return self.simulator.world.default

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.tenant.clock.advance(seconds)

    def send(
        self, provider: str, method: str, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of the answer to a request with the key and a labelled body."""
        world = self.simulator.world
        key = world.ready_key(self.tenant, provider)
        sent = {"API-KEY": key} if provider == "onemin" else {"Authorization": f"Bearer {key}"}
        body = None if data is None else json.dumps(data).encode()
        url = f"{world.api_url(self.tenant, provider)}{path}"
        return self._runner.run(self._send(method, url, body, {**sent, **(JSON if body else {}), **(headers or {})}))

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> int:
        """The status of a result."""
        return self._runner.run(self._send("GET", url, None, headers or {}))[0]

    async def _open(self) -> None:
        await self.simulator.start()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))

    async def _close(self) -> None:
        await self._session.close()
        await self.simulator.stop()

    async def _send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, Any]:
        async with self._session.request(method, url, data=body, headers=headers) as answer:
            content = await answer.read()
            try:
                return answer.status, json.loads(content)
            except ValueError:
                return answer.status, content
