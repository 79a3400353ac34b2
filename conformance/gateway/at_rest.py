"""Processes seen from outside: whether they work, and where they listen. Linux only; elsewhere nothing is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_AT_WORK: Final = frozenset("RD")  # runs or could run, or waits for a disk
_LISTENING: Final = "0A"  # as a state of a socket in /proc/net/tcp

CAN_TELL: Final = (_PROC / "self" / "stat").exists()


def at_rest(pids: Iterable[int]) -> bool:
    """Whether every thread of these processes waits for something."""
    return not any(state in _AT_WORK for pid in pids for state in _states(pid))


def ports_of(pids: Iterable[int]) -> list[int]:
    """The TCP ports on which these processes listen."""
    owned = {inode for pid in pids for inode in _sockets(pid)}
    return sorted({port for port, inode in _listening() if inode in owned})


def name_of(pid: int) -> str:
    """A process's command line as far as it is of use to people."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return f"process {pid}"
    return f"{' '.join(words).strip()[:80]} (process {pid})"


def _states(pid: int) -> Iterator[str]:
    with suppress(OSError):  # it has ended
        for thread in (_PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                yield (thread / "stat").read_bytes().rpartition(b") ")[2][:1].decode()


def _sockets(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for file in (_PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                target = str(file.readlink())
                if target.startswith("socket:["):
                    yield target[8:-1]


def _listening() -> Iterator[tuple[int, str]]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (_PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING:
                    yield int(fields[1].rpartition(":")[2], 16), fields[9]
