"""Every way to ask for the time, and `time.sleep`, on the virtual clock.

Wall time (`time.time`, `datetime`) moves through time-machine, which patches the interpreter and so reaches names
that were imported early. The monotonic clocks and `sleep` are replaced wherever somebody holds them. All of them look
each time whether virtual time is on and whether the calling thread takes part in it; otherwise they are the real
thing. So they can stay in place between uses, and threads that do not take part see real time.
"""

import queue
import subprocess
import threading
import time
from collections.abc import Callable
from math import ceil
from types import SimpleNamespace
from typing import Any

import time_machine

from .binding import Binding
from .clock import VirtualTime
from .locks import Lock, RLock, SimpleQueue
from .threads import Threads

_NANOSECONDS = 1_000_000_000
_CLOCKS = ("monotonic", "perf_counter")
_active: "WallTime | None" = None
_real: dict[str, Callable[..., Any]] = {
    name: getattr(time, name) for name in ("sleep", *_CLOCKS, *(f"{clock}_ns" for clock in _CLOCKS))
}


class WallTime:
    """All clocks of the process, for as long as it is installed. The stand-ins must be bound meanwhile."""

    def __init__(self, time_: VirtualTime, threads: Threads) -> None:
        self.time = time_
        self.threads = threads
        self._start = {"monotonic": time_.start, "perf_counter": float(ceil(_real["perf_counter"]()))}
        self._traveller = time_machine.travel(time_.wall(), tick=False)

    def install(self) -> None:
        """Put the process on virtual time."""
        global _active
        coordinates: Any = self._traveller.start()
        coordinates.time_ns = self._wall_ns
        _active = self

    def uninstall(self) -> None:
        """Put the process back on real time."""
        global _active
        _active = None
        self._traveller.stop()

    def read(self, clock: str) -> float:
        """A monotonic clock by name."""
        return self._start[clock] + self.time.elapsed

    def _wall_ns(self) -> int:
        if self.threads.takes_part():
            return round(self.time.wall() * _NANOSECONDS)
        try:
            return time_machine.escape_hatch.time.time_ns()
        except ValueError:  # virtual time has ended a moment ago
            return time.time_ns()


def _read(name: str, unit: int | None = None) -> Any:
    active = _active
    if active is None or not active.threads.takes_part():
        return _real[name]()
    return active.read(name) if unit is None else round(active.read(name.removesuffix("_ns")) * unit)


def monotonic() -> float:
    """As `time.monotonic`."""
    return _read("monotonic")  # type: ignore[no-any-return]


def monotonic_ns() -> int:
    """As `time.monotonic_ns`."""
    return _read("monotonic_ns", _NANOSECONDS)  # type: ignore[no-any-return]


def perf_counter() -> float:
    """As `time.perf_counter`."""
    return _read("perf_counter")  # type: ignore[no-any-return]


def perf_counter_ns() -> int:
    """As `time.perf_counter_ns`."""
    return _read("perf_counter_ns", _NANOSECONDS)  # type: ignore[no-any-return]


def sleep(seconds: float, /) -> None:
    """As `time.sleep`."""
    active = _active
    if active is None or not active.threads.takes_part():
        _real["sleep"](seconds)
    else:
        active.threads.sleep(seconds)


_stand_ins: dict[Callable[..., Any], Callable[..., Any]] = {
    _real[function.__name__]: function for function in (monotonic, monotonic_ns, perf_counter, perf_counter_ns, sleep)
}
_factories = {
    "Lock": (threading.Lock, Lock),
    "RLock": (threading.RLock, RLock),
    "SimpleQueue": (queue.SimpleQueue, SimpleQueue),
}
# Other processes are in real time, and whoever waits for one holds the clock.
_real_time = SimpleNamespace(sleep=_real["sleep"])
_details = ((subprocess, "time", _real_time),)

bound = Binding(_stand_ins, _factories, _details, kept=(_real, vars(_real_time), vars(subprocess)))
"""Stand-ins in the place of the clocks, of `sleep` and of locks, for everybody who holds the originals."""
