"""Processes seen from outside: whether they work, and where they listen. Linux only; elsewhere nothing is known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_AT_WORK: Final = (b"R", b"D")  # runs or could run, or waits for a disk
_LONGEST: Final = 1_024  # bytes of such a file
_LISTENING: Final = "0A"  # as a state of a socket in /proc/net/tcp

CAN_TELL: Final = (_PROC / "self" / "stat").exists()


def at_rest(pids: Iterable[int]) -> bool:
    """Whether every thread of these processes waits for something.

    They are looked at one after another. So that none is missed that was woken or started by another one meanwhile,
    nobody may have run between a first look and a last one.
    """
    before = _ran(pids)
    at_work = any(_told(f"{thread}/stat").rpartition(b") ")[2][:1] in _AT_WORK for thread in before)
    return not at_work and before == _ran(pids)


def ports_of(pids: Iterable[int]) -> list[int]:
    """The TCP ports on which these processes listen."""
    owned = {inode for pid in pids for inode in _sockets(pid)}
    return sorted({port for port, inode in _listening() if inode in owned})


def name_of(pid: int) -> str:
    """A process's command line as far as it is of use to people: without the folders of files."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return f"process {pid}"
    shown = " ".join(word.rpartition("/")[2] or word for word in words).strip()
    return f"{shown[:80]} (process {pid})"


def _ran(pids: Iterable[int]) -> dict[str, bytes]:
    """How long each thread has run, to the nanosecond."""
    folders = (f"/proc/{pid}/task" for pid in pids)
    threads = [f"{folder}/{name}" for folder in folders for name in _names(folder)]
    return {thread: _told(f"{thread}/schedstat") for thread in threads}


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  # this is asked before each step of time
    except OSError:  # it has ended
        return []


def _told(file: str) -> bytes:
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123
            return opened.read(_LONGEST)
    except OSError:
        return b""


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
