"""Every way to ask for the time, and `time.sleep`, on the virtual clock.

Wall time (`time.time`, `datetime`) moves through time-machine, which patches the interpreter and so reaches names
that were imported early. The monotonic clocks and `sleep` are replaced wherever a module holds them. The stand-ins
look each time whether virtual time is on and whether the calling thread takes part in it; otherwise they are the
real thing, so they can stay in place between uses.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from .clock import VirtualTime
from .threads import Threads

_NANOSECONDS = 1_000_000_000

_real: dict[str, Callable[..., Any]] = {
    name: getattr(time, name) for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")
}


class WallTime:
    """All clocks of the process, for as long as it is installed."""

    def __init__(self, time_: VirtualTime, threads: Threads) -> None:
        self.time = time_
        self.threads = threads
        self._base = {name: real() for name, real in _real.items() if name != "sleep"}
        self._traveller: Any = None
        self._coordinates: Any = None

    def install(self) -> None:
        """Put the process on virtual time."""
        import time_machine

        global _active
        bind()
        self._traveller = time_machine.travel(self.time.wall(), tick=False)
        self._coordinates = self._traveller.start()
        self.time.listen(self._move)
        _active = self

    def uninstall(self) -> None:
        """Put the process back on real time."""
        global _active
        _active = None
        self._traveller.stop()

    def read(self, name: str) -> float | int:
        """A monotonic clock by name."""
        if name.endswith("_ns"):
            return self._base[name] + round(self.time.elapsed * _NANOSECONDS)  # type: ignore[no-any-return]
        return self._base[name] + self.time.elapsed  # type: ignore[no-any-return]

    def _move(self) -> None:
        if _active is self:
            self._coordinates.move_to(self.time.wall(), tick=False)


_active: WallTime | None = None


def _clock(name: str) -> Callable[[], float | int]:
    real = _real[name]

    def read() -> Any:
        if _active is not None and _active.threads.takes_part():
            return _active.read(name)
        return real()

    read.__name__ = read.__qualname__ = name
    return read


def _sleep(seconds: float, /) -> None:
    if _active is None:
        _real["sleep"](seconds)
    else:
        _active.threads.sleep(seconds)


_stand_ins: dict[str, Callable[..., Any]] = {name: _clock(name) for name in _real if name != "sleep"}
_stand_ins["sleep"] = _sleep
_by_original = {id(real): _stand_ins[name] for name, real in _real.items()}
_seen: set[str] = set()
_bound: list[tuple[dict[str, Any], str, Callable[..., Any]]] = []


def bind() -> None:
    """Replace the monotonic clocks and `sleep` in every module that has not been looked at yet."""
    for module_name in [name for name in sys.modules if name not in _seen]:
        _seen.add(module_name)
        if module_name.startswith(__package__ or "?"):
            continue
        namespace = getattr(sys.modules[module_name], "__dict__", None)
        if isinstance(namespace, dict):
            _bind_in(namespace)


def unbind() -> None:
    """Give every module back what `bind` replaced."""
    for namespace, name, original in _bound:
        namespace[name] = original
    _bound.clear()
    _seen.clear()


def _bind_in(namespace: dict[str, Any]) -> None:
    for name, value in list(namespace.items()):
        stand_in = _by_original.get(id(value))
        if stand_in is not None:
            _bound.append((namespace, name, value))
            namespace[name] = stand_in
