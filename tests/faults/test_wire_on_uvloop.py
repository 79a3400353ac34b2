"""The same faults of the connection on the loop that `serve` prefers, whose transports are of classes of their own."""

import asyncio
import json
import socket

import pytest

from safelight.mockserver.faults.wire import GARBAGE
from safelight.mockserver.server import Simulator

uvloop = pytest.importorskip("uvloop")

SUBMIT = json.dumps({"model": "gemini-3-pro-image-preview", "prompt": "a castle"})


def ask(port: int, key: str) -> tuple[bytes, str]:
    """What comes back for a submit to reAPI, and how the connection ended."""
    head = f"POST /reapi/api/v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    labels = f"Content-Type: application/json\r\nContent-Length: {len(SUBMIT)}\r\nConnection: close\r\n\r\n"
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall((head + labels + SUBMIT).encode())
        try:
            while piece := line.recv(65_536):
                got += piece
        except ConnectionResetError:
            return got, "reset"
    return got, "closed"


async def struck(fault: dict[str, object]) -> tuple[bytes, str]:
    """The same with a fault."""
    simulator = Simulator()
    await simulator.start()
    try:
        world = simulator.world
        world.arm(world.default, {"provider": "reapi", "operation": "submit", **fault})
        key = world.ready_key(world.default, "reapi")
        return await asyncio.get_running_loop().run_in_executor(None, ask, simulator.port, key)
    finally:
        await simulator.stop()


def on_uvloop(fault: dict[str, object]) -> tuple[bytes, str]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(struck(fault))


def test_a_reset_is_a_reset() -> None:
    assert on_uvloop({"kind": "reset"}) == (b"", "reset")


def test_garbage_is_no_http() -> None:
    assert on_uvloop({"kind": "garbage"}) == (GARBAGE, "closed")


def test_a_truncated_body_ends_early() -> None:
    got, ended = on_uvloop({"kind": "truncated", "share": 0.5})
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split()[1])
    assert (ended, len(body)) == ("closed", length // 2)
