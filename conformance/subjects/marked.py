"""Processes that carry a mark in their environment, as all that a subject starts do, and their end.

Run as a program with a mark, it waits for its standard input to end, then kills what carries the mark: so nothing
outlives the harness, even if that is killed itself. It imports nothing of the package, so as to start fast.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NAME = "SAFELIGHT_SUBJECT"  # of the environment variable that holds the mark

_ROUNDS = 20  # a process may fork while it is looked for


def marked(mark: str) -> Iterator[int]:
    """The ids of the living processes with this mark; none where there is no /proc."""
    wanted = f"{NAME}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def kill_marked(mark: str) -> None:
    """Kill every process with this mark."""
    for _ in range(_ROUNDS):
        found = list(marked(mark))
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


if __name__ == "__main__":
    sys.stdin.read()
    kill_marked(sys.argv[1])
