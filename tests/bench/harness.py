"""What every benchmark needs: servers on a core of their own, a load generator, one row of the table per claim."""

import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal, Self
from urllib.parse import urlsplit

ALL_CORES = frozenset(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = min(ALL_CORES), max(ALL_CORES)

BARE = (sys.executable, "-m", "tests.bench.bare")
SAFELIGHT = (str(Path(sys.executable).with_name("safelight")), "serve", "--port", "0", "--json")

_CONNECTIONS = 32
_PATIENCE = 60.0  # seconds for a server to become ready, and for an answer
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: a claim, what was measured for it, and the value that its target is for.

    Without a value the measurement was skipped, for the reason in `measured`; without a target it is only shown.
    """

    claim: str
    measured: str
    value: float | None
    sense: Literal["≥", "≤"] = "≥"
    target: float | None = None
    unit: str = "×"

    @property
    def verdict(self) -> Literal["pass", "MISS", "skipped", "shown"]:
        """How the value stands to its target."""
        if self.value is None:
            return "skipped"
        if self.target is None:
            return "shown"
        return "pass" if (self.value >= self.target if self.sense == "≥" else self.value <= self.target) else "MISS"


class Server:
    """A server in a process of its own that says in one JSON line where it is, or is told to be at `url`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        url: str | None = None,
        env: Mapping[str, str] | None = None,
        cores: Iterable[int] = (SERVER_CORE,),
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL if url else subprocess.PIPE,
            env=dict(os.environ if env is None else env),
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        self.pid = self._process.pid
        try:
            self.facts: dict[str, Any] = {"url": url} if url else self._ready_line()
            self.address = address_of(self.facts["url"])
            if url:
                self._wait_for_port()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def cpu(self) -> float:
        """Seconds of CPU that the process and its threads have used."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def resident(self) -> float:
        """MiB of memory that the process holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _ready_line(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], _PATIENCE)
        line = stdout.readline() if ready else b""
        if not line.startswith(b"{"):
            raise RuntimeError(f"{self._process.args!r} did not become ready")
        facts: dict[str, Any] = json.loads(line)
        return facts

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(self.address).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{self._process.args!r} did not become ready")


@dataclass(frozen=True, slots=True)
class Sample:
    """One burst of requests: requests per second, and microseconds of the server's CPU for each."""

    rate: float
    cpu: float


class Load:
    """Keep-alive connections to a server over which prepared requests go, one at a time on each."""

    def __init__(self, server: Server, connections: int = _CONNECTIONS) -> None:
        self.server = server
        self._connections = [Connection(server.address) for _ in range(connections)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for connection in self._connections:
            connection.close()

    def burst(self, requests: Sequence[bytes], status: int = 200) -> Sample:
        """Send all requests and take the time; every answer must have this status."""
        cpu, start = self.server.cpu(), time.perf_counter()
        for answer_status, _ in self.exchange(requests):
            assert answer_status == status, f"the answer was {answer_status}, not {status}"
        seconds, cpu = time.perf_counter() - start, self.server.cpu() - cpu
        return Sample(len(requests) / seconds, cpu / len(requests) * 1e6)

    def exchange(self, requests: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
        """Status and body of the answer to each request, roughly in order.

        Two batches are always under way: the server works on one while the answers to the other are read. The
        last of a batch is awaited first, so that the server does not have to wake us for each.
        """
        source = iter(requests)
        half = len(self._connections) // 2
        batches = deque(_send(source, some) for some in (self._connections[:half], self._connections[half:]))
        while batch := batches.popleft():
            answers = [connection.receive() for connection in reversed(batch)]
            batches.append(_send(source, batch))
            yield from reversed(answers)


class Connection:
    """One connection to a server."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send = self.socket.sendall
        self.close = self.socket.close

    def receive(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        data = self.socket.recv(65_536)
        while (answer := _parse(data)) is None:
            more = self.socket.recv(65_536)
            assert more, "the server closed the connection"
            data += more
        return answer


def http(method: str, url: str, key: str = "", data: Any = None, headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a request as an ordinary client sends it, with JSON of `data` for a body."""
    where = urlsplit(url)
    body = b"" if data is None else json.dumps(data).encode()
    fields = {"Host": where.netloc, "User-Agent": "bench/1", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
    if key:
        fields["Authorization"] = f"Bearer {key}"
    if body:
        fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= headers or {}
    lines = [f"{method} {where.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def call(method: str, url: str, data: Any = None) -> Any:
    """The JSON value of the answer to one request, which must succeed."""
    connection = Connection(address_of(url))
    try:
        connection.send(http(method, url, data=data))
        status, body = connection.receive()
    finally:
        connection.close()
    assert status < 300, f"{method} {url} was answered {status}: {body!r}"
    return json.loads(body) if body else None


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    where = urlsplit(url)
    assert where.hostname is not None
    assert where.port is not None
    return where.hostname, where.port


def compare(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of values that were measured in the same round."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def show(samples: Sequence[Sample]) -> str:
    """The medians of some samples for the table."""
    rate, cpu = median(sample.rate for sample in samples), median(sample.cpu for sample in samples)
    return f"{rate:,.0f}/s, {cpu:.0f} µs"


def _send(source: Iterator[bytes], connections: Sequence[Connection]) -> list[Connection]:
    used = []
    for connection, request in zip(connections, source, strict=False):
        connection.send(request)
        used.append(connection)
    return used


def _parse(data: bytes) -> tuple[int, bytes] | None:
    """Status and body of an answer, None as long as it is not whole."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    status, length = int(head[9:12]), _LENGTH.search(head)
    if length:
        return (status, body) if len(body) >= int(length[1]) else None
    if status == 204:
        return status, b""
    return (status, _join_chunks(body)) if body.endswith(b"0\r\n\r\n") else None


def _join_chunks(body: bytes) -> bytes:
    joined = b""
    while True:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return joined
        joined, body = joined + rest[:length], rest[length + 2 :]
