"""The journal: every exchange with a tenant, kept raw in a bounded store and rendered when read."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_EXCHANGES = 10_000
MOST_BYTES = 32 * 1024 * 1024
LONGEST_BODY = 256 * 1024

_OVERHEAD = 1_500  # bytes an exchange takes beside its bodies, roughly


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on an exchange: the rule it touches, if any, and a sentence."""

    text: str
    rule: str | None = None


@dataclass(slots=True)
class Exchange:
    """One request and its answer. Times are unix seconds; `at` and `done` are virtual, `real_*` are not.

    `status` is 0 while no answer has been sent. `problem` is the neutral kind of the refusal, `verdict` the
    validation verdict: `valid`, `invalid` or `unchecked`.
    """

    number: int
    tenant: str
    provider: str
    operation: str
    method: str
    target: str
    at: float
    real_at: float
    request_headers: Mapping[str, str]
    request_body: bytes = b""
    status: int = 0
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    done: float = 0.0
    real_done: float = 0.0
    verdict: str = "unchecked"
    problem: str | None = None
    rule: str | None = None
    reason: str | None = None
    fault: int | None = None
    job: str | None = None
    credits: float | None = None
    notes: tuple[Note, ...] = ()

    def size(self) -> int:
        """Roughly the bytes this exchange holds."""
        return len(self.request_body) + len(self.response_body) + _OVERHEAD


Listener = Callable[[Exchange], None]


class Journal:
    """The latest exchanges of one tenant, bounded in number and bytes; older ones are dropped and counted.

    The last one stays, however large it is.
    """

    def __init__(
        self,
        listeners: list[Listener] | None = None,
        most: int = MOST_EXCHANGES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._exchanges: deque[Exchange] = deque()
        self._most, self._most_bytes = most, most_bytes
        self._bytes = 0
        self.dropped = 0
        self.listeners = listeners if listeners is not None else []

    def append(self, exchange: Exchange) -> None:
        """Keep an exchange, cutting very long response bodies, and tell the listeners."""
        if len(exchange.response_body) > LONGEST_BODY:
            exchange.notes += (Note(f"response body of {len(exchange.response_body)} bytes cut in the journal"),)
            exchange.response_body = exchange.response_body[:LONGEST_BODY]
        self._exchanges.append(exchange)
        self._bytes += exchange.size()
        while len(self._exchanges) > 1 and (len(self._exchanges) > self._most or self._bytes > self._most_bytes):
            self._bytes -= self._exchanges.popleft().size()
            self.dropped += 1
        for listener in self.listeners:
            listener(exchange)

    def clear(self) -> None:
        """Forget every exchange; listeners stay."""
        self._exchanges.clear()
        self._bytes = self.dropped = 0

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._exchanges))

    def __len__(self) -> int:
        return len(self._exchanges)


def repeated_keys(body: bytes) -> list[str]:
    """Names that occur twice in one object of a JSON body: legal, usually a slip, and only the last counts."""
    found: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for name, value in pairs:
            if name in seen:
                found.append(name)
            seen[name] = value
        return seen

    try:
        json.loads(body, object_pairs_hook=collect)
    except (ValueError, RecursionError):
        return []
    return found
