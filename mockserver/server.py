"""Starting and stopping the simulator: its ports, its addresses, its parts put together."""

import asyncio
import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from errno import EADDRINUSE
from typing import Any, Self

from aiohttp import web

from .control.api import ControlApi
from .images import Renderer
from .media import Media
from .pipeline import Pipeline
from .protocol import Around, HttpServer
from .providers.base import Provider, load_providers
from .wire import ApiWire, MediaWire
from .world import World, WorldSettings

SHUTDOWN_SECONDS = 0.5

_GC_THRESHOLD = (100_000, 10, 10)  # requests leave no cycles, so looking through what they keep is time lost

_ADDRESSES = ("127.0.0.1", "::1")
_LOOPBACK = (*_ADDRESSES, "localhost")


@dataclass(slots=True)
class ServerSettings:
    """Where to listen and how to call oneself.

    `port` 0 takes any free one; the media origin is on the next port, or any. `public_base` and `media_base`
    replace the addresses in answers, for containers and proxies. `control_token` guards the control API.
    `around_request` makes what is entered when a request has arrived and left when there is an answer.
    """

    host: str = "127.0.0.1"
    port: int = 0
    port_per_provider: bool = False
    public_base: str | None = None
    media_base: str | None = None
    cors: bool = False
    control_token: str | None = None
    freeze_gc: bool = False
    around_request: Around | None = None
    world: WorldSettings = field(default_factory=WorldSettings)


class PortUnavailable(OSError):
    """A port cannot be listened on."""

    def __init__(self, host: str, port: int, cause: OSError) -> None:
        self.host = host
        self.port = port
        reason = os.strerror(cause.errno) if cause.errno else str(cause)
        super().__init__(cause.errno, f"cannot listen on {host}, port {port}: {reason.lower()}")


class Simulator:
    """The five providers (or those given) on ports of this machine; an async context manager.

    Raises PortUnavailable if a port is taken, and ValueError when bound beyond loopback without a control token.
    """

    def __init__(self, settings: ServerSettings | None = None, *, providers: Sequence[Provider] | None = None) -> None:
        self.settings = settings or ServerSettings()
        if self.settings.host not in _LOOPBACK and not self.settings.control_token:
            raise ValueError(
                f"binding {self.settings.host} lets other machines in: give a control token to guard the control API"
            )
        self.world = World(providers if providers is not None else load_providers(), self.settings.world)
        self.control = ControlApi(self.world, token=self.settings.control_token)
        self._runners: list[web.ServerRunner] = []
        self._renderer = Renderer()
        self.media = Media(self.world, self._renderer)
        self.port = 0
        self.media_port = 0

    @property
    def url(self) -> str:
        """The address of the API port, without a trailing slash."""
        return (self.settings.public_base or f"http://{self._shown_host}:{self.port}").rstrip("/")

    @property
    def open_connections(self) -> int:
        """How many connections clients keep open at present."""
        return sum(len(runner.server.connections) for runner in self._runners if runner.server is not None)

    async def start(self) -> None:
        """Listen. On failure everything that was opened is closed again."""
        try:
            await self._listen()
        except BaseException:
            await self.stop()
            raise
        if self.settings.freeze_gc:
            gc.freeze()
            gc.set_threshold(*_GC_THRESHOLD)

    async def stop(self) -> None:
        """Answer what is in flight and close; requests that wait for a job are told `unavailable`."""
        self.world.closing = True
        for tenant in self.world.all_tenants():
            tenant.clock.nudge()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        self._renderer.close()
        self.world.closed_port.release()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    @property
    def _shown_host(self) -> str:
        named = self.settings.host
        host = {"0.0.0.0": "127.0.0.1", "localhost": "127.0.0.1", "::": "::1"}.get(named, named)
        return f"[{host}]" if ":" in host else host

    async def _listen(self) -> None:
        settings, world = self.settings, self.world
        pipeline = Pipeline(world, self.media)
        api = ApiWire(world, pipeline, self.control, cors=settings.cors)
        # Results are at `localhost`, and which of the addresses that is depends on the machine and on the client.
        anywhere_here = sorted(_ADDRESSES, key=lambda address: address != settings.host)
        hosts = anywhere_here if settings.host == "localhost" else [settings.host]
        media_hosts = anywhere_here if settings.host in _LOOPBACK else hosts
        self.port = await self._open(api, settings.port, hosts)
        media_port = self.port + 1 if settings.port else 0
        self.media_port = await self._open(MediaWire(world, self.media, cors=settings.cors), media_port, media_hosts)
        world.media_base = (settings.media_base or f"http://localhost:{self.media_port}").rstrip("/")
        for offset, (name, provider) in enumerate(world.providers.items(), start=2):
            world.api_bases[name] = (self.url, f"/{name}")
            if settings.port_per_provider:
                wire = ApiWire(world, pipeline, self.control, cors=settings.cors, only=provider)
                port = await self._open(wire, self.port + offset if settings.port else 0, hosts)
                world.api_bases[name] = (f"http://{self._shown_host}:{port}", "")

    async def _open(self, wire: ApiWire | MediaWire, port: int, hosts: Sequence[str]) -> int:
        """Listen on one port of these hosts, of which a machine may lack all but the first; the port."""
        server = HttpServer(wire, around=self.settings.around_request, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        self._runners.append(runner)
        for host in hosts:
            try:
                await web.TCPSite(runner, host, port, reuse_address=True).start()
            except OSError as error:
                if host == hosts[0] or (self.settings.port and error.errno == EADDRINUSE):
                    raise PortUnavailable(host, port, error) from None
            address: Any = runner.addresses[0]
            port = int(address[1])
        return port


async def serve_forever(simulator: Simulator, stopped: asyncio.Event) -> None:
    """Keep a started simulator up until the event is set, then stop it."""
    await stopped.wait()
    await simulator.stop()
