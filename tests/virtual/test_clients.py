"""Every HTTP client sees exact virtual time, whoever owns the clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
import requests

from safelight.conformance.virtual.loop import Virtual, run

from .clients import ASYNCHRONOUS, BLOCKING, FAILURES, failure
from .server import Server

LIBRARIES = [*BLOCKING, *ASYNCHRONOUS]
Ask = Callable[[str, float | None], Awaitable[str]]  # path, read time-out; the outcome


@asynccontextmanager
async def asking(library: str, server: Server, virtual: Virtual) -> AsyncIterator[Ask]:
    """A function that asks the server through a library, which keeps its connections meanwhile."""
    if library in BLOCKING:
        with BLOCKING[library]() as send:

            async def ask(path: str, patience: float | None = None) -> str:
                try:
                    return await virtual.run_sync(send, server.url + path, patience, {})
                except FAILURES as error:
                    return failure(error)

            yield ask
    else:
        async with ASYNCHRONOUS[library]() as asend:

            async def ask(path: str, patience: float | None = None) -> str:
                try:
                    return await asend(server.url + path, patience, {})
                except FAILURES as error:
                    return failure(error)

            yield ask


def timed(library: str, path: str, patience: float | None = None) -> tuple[str, float]:
    """What comes of one request, and how long it takes."""

    async def main(virtual: Virtual) -> tuple[str, float]:
        async with Server() as server, asking(library, server, virtual) as ask:
            started = time.monotonic()
            return await ask(path, patience), time.monotonic() - started

    return run(main)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("path", "patience", "outcome", "seconds"),
    [
        ("/get", None, "x", 0),
        ("/get?delay=120", None, "x", 120),
        ("/get?delay=120", 150, "x", 120),
        ("/get?delay=120", 60, "timeout", 60),
        ("/get?delay=86400", 90_000, "x", 86_400),
        ("/drip?count=10&gap=7", 10, "xxxxxxxxxx", 63),
        ("/drip?count=10&gap=7", 5, "timeout", 5),
        ("/reset?delay=20", 60, "broken", 20),
        ("/reset?delay=20", 10, "timeout", 10),
        ("/cut?delay=20", 60, "broken", 20),
    ],
)
def test_an_answer_takes_as_long_as_the_server_takes(
    library: str, path: str, patience: float | None, outcome: str, seconds: float
) -> None:
    assert timed(library, path, patience) == (outcome, seconds)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_refused_connection_takes_no_time(library: str) -> None:
    async def main(virtual: Virtual) -> tuple[str, float]:
        async with Server() as closed:
            pass
        async with asking(library, closed, virtual) as ask:
            return await ask("/get", 30), virtual.time.elapsed

    assert run(main) == ("refused", 0)


@pytest.mark.parametrize("delay", [0, 7])
@pytest.mark.parametrize("clients", [1, 5, 20])
@pytest.mark.parametrize("library", LIBRARIES)
def test_polls_come_when_they_should(library: str, clients: int, delay: float) -> None:
    async def follow(server: Server, virtual: Virtual) -> list[float]:
        polls = []
        async with asking(library, server, virtual) as ask:
            job = await ask("/submit?duration=90", 30)
            await asyncio.sleep(30)
            while await ask(f"/job?id={job}&delay={delay}", 30) != "done":
                polls.append(virtual.time.elapsed)
                await asyncio.sleep(5)
            return [*polls, virtual.time.elapsed]

    async def main(virtual: Virtual) -> list[list[float]]:
        async with Server() as server:
            return await asyncio.gather(*(follow(server, virtual) for _ in range(clients)))

    expected = [37.0 + 12 * n for n in range(6)] if delay else [30.0 + 5 * n for n in range(13)]
    assert run(main) == [expected] * clients


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_name_of_the_host_is_looked_up_in_no_time(library: str) -> None:
    async def main(virtual: Virtual) -> tuple[str, float]:
        async with Server() as server, asking(library, server, virtual) as ask:
            server.url = server.url.replace("127.0.0.1", "localhost")
            return await ask("/get", 5), virtual.time.elapsed

    assert run(main) == ("x", 0)


def test_aiohttp_drops_idle_connections_after_virtual_seconds() -> None:
    async def main(virtual: Virtual) -> list[int]:
        async with Server() as server, aiohttp.ClientSession() as session:
            for pause in (10, 10, 30, 30):
                async with session.get(f"{server.url}/get") as response:
                    await response.read()
                await asyncio.sleep(pause)
            return server.peers

    first, second, third, fourth = run(main)
    assert first == second == third, "15 s are aiohttp's limit, and 10 s are less"
    assert fourth != third


def test_a_get_on_a_connection_dropped_at_the_same_instant_is_replayed() -> None:
    async def main(virtual: Virtual) -> tuple[list[str], int, float]:
        async with Server(keepalive=10) as server, aiohttp.ClientSession() as session:
            for _ in range(20):
                async with session.get(f"{server.url}/get") as response:
                    assert await response.read() == b"x"
                await asyncio.sleep(10)
            return server.paths, len(set(server.peers)), virtual.time.elapsed

    paths, connections, seconds = run(main)
    assert paths == ["/get"] * 20
    assert connections > 1
    assert seconds == 200


class Deaf(asyncio.Protocol):
    """A server that takes connections and never reads."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        connections.append(transport)


connections: list[asyncio.Transport] = []


def test_a_large_upload_to_a_server_that_does_not_read_times_out() -> None:
    def upload(port: int) -> tuple[str, float]:
        started = time.monotonic()
        try:
            requests.post(f"http://127.0.0.1:{port}/", data=bytes(50_000_000), timeout=60)
        except requests.RequestException as error:
            return failure(error), time.monotonic() - started
        return "answered", time.monotonic() - started

    async def main(virtual: Virtual) -> tuple[str, float]:
        server = await virtual.loop.create_server(Deaf, "127.0.0.1", 0)
        try:
            return await virtual.run_sync(upload, server.sockets[0].getsockname()[1])
        finally:
            server.close()
            connections.pop().abort()

    assert run(main) == ("timeout", 60)
