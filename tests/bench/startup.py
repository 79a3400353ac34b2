"""From the start of the process to its first answer, against the bare aiohttp application; memory when idle."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from .harness import BARE, SAFELIGHT, Connection, Result, Server, compare
from .subject import Subject

TITLE = "Start and idle memory"

_ROUNDS = 12


def measure() -> Iterator[Result]:
    """Starts in turn, with warm caches of bytecode and specifications."""
    with tempfile.TemporaryDirectory() as caches:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": f"{caches}/bytecode", "XDG_CACHE_HOME": f"{caches}/specs"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)

        def start(command: Sequence[str], subject: Callable[[Server], Subject]) -> tuple[float, float]:
            started = time.perf_counter()
            with Server(command, env=env) as server:
                connection = Connection(server.address)
                connection.send(subject(server).submits(1)[0])
                status, _ = connection.receive()
                seconds = time.perf_counter() - started
                connection.close()
                assert status == 200
                return seconds, server.resident()

        def start_both() -> tuple[tuple[float, float], tuple[float, float]]:
            return start(SAFELIGHT, Subject.of), start(BARE, lambda server: Subject(server.facts["url"]))

        start_both()
        rounds = [start_both() for _ in range(_ROUNDS)]
    ours, theirs = [us[0] for us, _ in rounds], [them[0] for _, them in rounds]
    measured = f"{median(ours) * 1000:.0f} ms; bare aiohttp {median(theirs) * 1000:.0f} ms"
    yield Result("start to first answer / bare aiohttp", measured, compare(ours, theirs), "≤", 1.5)
    bare = median(them[1] for _, them in rounds)
    yield Result("memory when idle", f"bare aiohttp {bare:.0f} MiB", max(us[1] for us, _ in rounds), "≤", 60, "MiB")
