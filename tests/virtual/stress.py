"""Random timelines, each compared to the microsecond with what it should be: `python -m tests.virtual.stress 10000`.

A timeline is one server and up to twenty clients, which sleep, wait, poll, run into time-outs and into faults of the
server. During a third of them both cores are busy with something else.
"""

import argparse
import asyncio
import faulthandler
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random

from safelight.conformance.plugin.stage import Stage
from safelight.conformance.virtual.loop import Virtual, run

from .clients import ASYNCHRONOUS, BLOCKING
from .server import Server
from .steps import Asynchronous, Blocking, Journey, Step, random_steps

KINDS = ("async", "sync", "guest", "guest-threads")
PATIENCE = 120.0  # real seconds after which a timeline hangs
TOLERANCE = 1e-6  # seconds

_CLOSED = "http://127.0.0.1:9"  # the discard service, which nobody runs


@dataclass(frozen=True)
class Client:
    """One client of a timeline: which library it uses, and what it does."""

    library: str
    steps: tuple[Step, ...]


class Clocks:
    """Compares every clock, and every outcome, with what they should be."""

    def __init__(self) -> None:
        self._started = _read()
        self.wrong: list[str] = []

    def check(self, client: Client, journey: Journey, step: Step, outcome: str) -> None:
        """A client has taken a step."""
        journey.at += step.cost
        passed = [now - start for now, start in zip(_read(), self._started, strict=True)]
        if outcome != step.outcome or any(abs(each - journey.at) > TOLERANCE for each in passed):
            self.wrong.append(f"{client.library} after {step}: {outcome!r} at {passed}, not {journey.at!r}")


def _read() -> tuple[float, float, float]:
    return time.monotonic(), time.perf_counter(), time.time()


def timeline(seed: int, kind: str, stage: Stage) -> list[str]:
    """Play one timeline and return what was wrong about it."""
    random = Random(f"{seed}/{kind}")
    libraries = list(BLOCKING if kind in ("sync", "guest-threads") else ASYNCHRONOUS)
    most = 20 if kind == "sync" else 8
    clients = [
        Client(random.choice(libraries), tuple(random_steps(random, random.randint(2, 6))))
        for _ in range(random.randint(1, most))
    ]
    play = _play_as_guest if kind.startswith("guest") else _play_with_owner
    return [f"{kind} {seed}: {text}" for text in play(clients, stage)]


def _play_with_owner(clients: list[Client], stage: Stage) -> list[str]:
    async def main(virtual: Virtual) -> list[str]:
        async with Server() as server:
            return await _play(clients, server, virtual.run_sync)

    return run(main)


def _play_as_guest(clients: list[Client], stage: Stage) -> list[str]:
    async def main() -> list[str]:
        return await _play(clients, server, asyncio.to_thread)

    with stage.on():
        virtual = stage.virtual
        assert virtual is not None
        with stage.hold():
            server = asyncio.run_coroutine_threadsafe(Server().__aenter__(), virtual.loop).result()
        try:
            return asyncio.run(main())
        finally:
            asyncio.run_coroutine_threadsafe(server.__aexit__(), virtual.loop).result()


async def _play(clients: list[Client], server: Server, in_thread: Callable[..., Awaitable[list[str]]]) -> list[str]:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
    walks = [
        in_thread(_walk_blocking, client, server) if client.library in BLOCKING else _walk(client, server)
        for client in clients
    ]
    return [*chain(*await asyncio.gather(*walks)), *server.wrong]


def _walk_blocking(client: Client, server: Server) -> list[str]:
    clocks, journey = Clocks(), Journey(server.url, _CLOSED)
    with BLOCKING[client.library]() as send:
        way = Blocking(journey, send)
        for step in client.steps:
            clocks.check(client, journey, step, way.do(step))
    return clocks.wrong


async def _walk(client: Client, server: Server) -> list[str]:
    clocks, journey = Clocks(), Journey(server.url, _CLOSED)
    async with ASYNCHRONOUS[client.library]() as send:
        way = Asynchronous(journey, send)
        for step in client.steps:
            clocks.check(client, journey, step, await way.do(step))
    return clocks.wrong


@contextmanager
def busy_cores() -> Iterator[None]:
    """Both cores are busy with something else."""
    with ExitStack() as stack:
        for _ in range(2):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(process.kill)
        yield


def play(seeds: range, kinds: Sequence[str] = KINDS) -> list[str]:
    """Play timelines of these kinds by turns, the last third with busy cores, and return what was wrong."""
    calm = seeds[: len(seeds) * 2 // 3]
    stage = Stage()
    try:
        wrong = _play_all(calm, kinds, stage)
        with busy_cores():
            return wrong + _play_all(seeds[len(calm) :], kinds, stage)
    finally:
        stage.close()


def _play_all(seeds: range, kinds: Sequence[str], stage: Stage) -> list[str]:
    wrong: list[str] = []
    for seed in seeds:
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        wrong += timeline(seed, kinds[seed % len(kinds)], stage)
    faulthandler.cancel_dump_traceback_later()
    return wrong


def main() -> None:
    """Play and print what was wrong, and how many threads and open files are left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first timeline")
    arguments = parser.parse_args()
    play(range(len(KINDS)))
    before, started = (threading.active_count(), open_files()), time.monotonic()
    wrong = play(range(arguments.first, arguments.first + arguments.count))
    after = (threading.active_count(), open_files())
    print(*wrong, sep="\n")
    print(f"{arguments.count} timelines in {time.monotonic() - started:.0f} s, {len(wrong)} wrong timestamps")
    print(f"threads and open files: {before} before, {after} after")
    sys.exit(bool(wrong) or after > before)


def open_files() -> int:
    """Files and sockets that this process has open."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    main()
