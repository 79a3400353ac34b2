"""Faults: what goes wrong on purpose, as data matched by operation and count."""

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

When = Literal["before", "after"]


@dataclass(slots=True)
class Fault:
    """One armed fault.

    `operation` is an operation id or a role of the provider; `problem` a kind of the error catalogue that is
    answered instead of the true answer, `before` or `after` the request took effect (after a submit has taken
    effect the job exists and is paid, although the answer is lost); `outcome` an ending for the jobs submitted.
    `skip` requests pass unharmed first, then `times` are hit (None: all).
    """

    id: int
    provider: str
    operation: str
    problem: str | None = None
    when: When = "before"
    outcome: str | None = None
    skip: int = 0
    times: int | None = 1
    hits: int = 0

    def strike(self) -> bool:
        """Count one matching request and say whether the fault hits it."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


@dataclass(slots=True)
class FaultTable:
    """A tenant's armed faults, compiled per operation so that an empty one costs one look-up."""

    armed: list[Fault] = field(default_factory=list)
    by_operation: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def arm(self, fault: Fault, operations: list[str]) -> Fault:
        """Arm a fault on these operation ids of its provider."""
        fault.id = next(self._ids)
        self.armed.append(fault)
        for operation in operations:
            self.by_operation.setdefault((fault.provider, operation), []).append(fault)
        return fault

    def clear(self) -> None:
        """Disarm everything."""
        self.armed.clear()
        self.by_operation.clear()

    def strike(self, provider: str, operation: str) -> Fault | None:
        """The first armed answer-fault that hits this request."""
        for fault in self.by_operation.get((provider, operation), ()):
            if fault.problem is not None and fault.strike():
                return fault
        return None

    def outcome(self, provider: str, operation: str) -> str | None:
        """The ending that an armed fault gives the job being submitted."""
        for fault in self.by_operation.get((provider, operation), ()):
            if fault.outcome is not None and fault.strike():
                return fault.outcome
        return None


class RateWindow:
    """The submits of the last minute, for providers and tenants with a limit."""

    def __init__(self) -> None:
        self._instants: deque[float] = deque()

    def wait(self, now: float, limit: int) -> float:
        """Seconds until one more request is allowed; 0 admits it and counts it."""
        instants = self._instants
        while instants and instants[0] <= now - 60:
            instants.popleft()
        if len(instants) >= limit:
            return instants[0] + 60 - now
        instants.append(now)
        return 0.0
