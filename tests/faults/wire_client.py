"""A client that sees everything: each piece with the virtual instant at which it came, and how the line ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from safelight.mockserver.clock import Clock

TURNS = 30  # of the event loop, enough for anything that does not wait to get through a loopback socket


@dataclass
class Line(asyncio.Protocol):
    """One connection. `pieces` are (instant, bytes) as they arrived."""

    clock: Clock
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    ended: str = "open"

    def __post_init__(self) -> None:
        self.changed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.pieces.append((self.clock.now(), data))
        self.changed.set()

    def connection_lost(self, error: Exception | None) -> None:
        if self.ended != "left":
            self.ended = "reset" if isinstance(error, ConnectionResetError) else "closed"
        self.changed.set()

    @property
    def data(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        """0 as long as there is no status line."""
        first = self.head.split(b" ")
        return int(first[1]) if self.data.startswith(b"HTTP/1.1 ") else 0

    @property
    def headers(self) -> Mapping[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    @property
    def complete(self) -> bool:
        """Whether the whole body is there."""
        if b"\r\n\r\n" not in self.data or not self.status:
            return False
        return len(self.body) >= int(self.headers.get("content-length", 0))

    @property
    def over(self) -> bool:
        return self.complete or self.ended != "open"


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def send(
    line: Line, host: str, port: int, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> asyncio.Transport:
    """Connect and send a request."""
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: line, host, port)
    rows = {"Host": f"{host}:{port}", **headers, **({"Content-Length": str(len(body))} if body else {})}
    head = "\r\n".join([f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in rows.items()), "", ""])
    transport.write(head.encode("utf-8", "surrogateescape") + body)
    await settle()
    return transport
