"""What the simulator enters around each request: from its last byte to its answer, or to the end of a slow one."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from safelight.mockserver.protocol import _Connection
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.world import WorldSettings

BODY = json.dumps({"contents": [{"parts": [{"text": "a red kite"}]}]}).encode()
PATH = "/tokaify/v1beta/models/gemini-3-pro-image-preview:generateContent"


class Counter:
    """How many are inside now, and how many there were."""

    def __init__(self) -> None:
        self.inside = self.ever = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.inside += 1
        self.ever += 1
        try:
            yield
        finally:
            self.inside -= 1


async def settle(counter: Counter, inside: int) -> None:
    """Wait for the counter to get there."""
    async with asyncio.timeout(5):
        while counter.inside != inside:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Caller:
    """Requests by hand to a simulator on a manual clock."""

    def __init__(self) -> None:
        self.counter = Counter()
        world = WorldSettings(rate=0)
        self.simulator = Simulator(ServerSettings(world=world, around_request=self.counter))
        self.world = self.simulator.world

    async def __aenter__(self) -> "Caller":
        await self.simulator.start()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.simulator.port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.close()
        await self.simulator.stop()

    def send(self, length: int, body: bytes = b"", path: str = PATH, method: str = "POST") -> None:
        key = self.world.ready_key(self.world.default, "tokaify")
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\n"
        self.writer.write(head.encode() + body)


def test_it_begins_when_all_has_arrived_and_ends_with_the_answer() -> None:
    async def main() -> None:
        async with Caller() as caller:
            caller.send(len(BODY), BODY[:10])
            await asyncio.sleep(0.05)
            assert caller.counter.ever == 0
            caller.writer.write(BODY[10:])
            await settle(caller.counter, 1)
            caller.world.default.clock.advance(100)
            assert (await caller.reader.readline()).startswith(b"HTTP/1.1 200")
            await settle(caller.counter, 0)
            assert caller.counter.ever == 1

    asyncio.run(main())


def test_it_ends_when_the_client_goes() -> None:
    async def main() -> None:
        async with Caller() as caller:
            caller.send(len(BODY), BODY)
            await settle(caller.counter, 1)
            caller.writer.close()
            await settle(caller.counter, 0)

    asyncio.run(main())


@pytest.mark.parametrize("fault", [{"kind": "drip", "pieces": 3, "seconds": 5}, {"kind": "hang", "at": "body"}])
def test_an_answer_that_takes_its_time_is_a_part_of_it(fault: dict[str, object]) -> None:
    async def main() -> None:
        async with Caller() as caller:
            order = {"provider": "tokaify", "operation": "submit", **fault}
            caller.world.arm(caller.world.default, order)
            caller.send(len(BODY), BODY)
            await settle(caller.counter, 1)
            caller.world.default.clock.advance(100)
            assert (await caller.reader.readline()).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.05)
            assert caller.counter.inside == 1
            caller.writer.close()
            await settle(caller.counter, 0)

    asyncio.run(main())


def test_an_answer_that_is_large_is_none() -> None:
    async def main() -> None:
        async with Caller() as caller:
            body = json.loads(BODY)
            body["generationConfig"] = {"imageConfig": {"imageSize": "4K"}, "candidateCount": 4}
            caller.send(len(json.dumps(body)), json.dumps(body).encode())
            await settle(caller.counter, 1)
            caller.world.default.clock.advance(1_000)
            assert (await caller.reader.readline()).startswith(b"HTTP/1.1 200")
            await settle(caller.counter, 0)  # although hardly anything of it has been read

    asyncio.run(main())


def test_every_request_of_a_connection_is_counted() -> None:
    async def main() -> None:
        async with Caller() as caller:
            for number in range(1, 4):
                caller.send(0, path="/reapi/api/v1/balance", method="GET")
                await caller.reader.readuntil(b"\r\n\r\n")
                await settle(caller.counter, 0)
                assert caller.counter.ever == number
                await caller.reader.read(1_000)

    asyncio.run(main())


def test_without_it_connections_are_the_plain_ones() -> None:
    async def main() -> None:
        async with Simulator(ServerSettings()) as simulator:
            _, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
            await asyncio.sleep(0.05)
            kinds = {type(each) for runner in simulator._runners for each in runner.server.connections}
            assert kinds == {_Connection}
            writer.close()

    asyncio.run(main())
