"""What a client does in a random timeline, and how long it takes: that much to the microsecond, whoever does it.

Each kind of step has a blocking and an asynchronous way to do it, and a formula for the virtual time it takes and
for its outcome.
"""

import asyncio
import heapq
import queue
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

from .clients import FAILURES, AsyncSend, Send, failure


@dataclass(frozen=True)
class Step:
    """A kind of step with its arguments; it lasts `cost` virtual seconds and has an outcome."""

    kind: str
    arguments: tuple[Any, ...]
    cost: float
    outcome: str = ""


class Journey:
    """One client under way: where it asks, and at which time it should be."""

    def __init__(self, url: str, closed_url: str) -> None:
        self.url = url
        self.closed_url = closed_url
        self.at = 0.0

    @property
    def headers(self) -> dict[str, str]:
        return {"At": repr(self.at)}


def random_steps(random: Random, count: int) -> list[Step]:
    """So many steps, drawn by `random`."""
    return [random.choice(_MAKERS)(random) for _ in range(count)]


def _seconds(random: Random) -> float:
    return random.choice([1e-3, 0.25, 1.0, 30.0, 3_600.0]) * random.uniform(0.5, 1.5)


def _sleep(random: Random) -> Step:
    seconds = _seconds(random)
    return Step("sleep", (seconds,), seconds)


def _wait(random: Random) -> Step:
    seconds = _seconds(random)
    return Step(random.choice(["event", "queue", "thread", "lock"]), (seconds,), seconds)


def _pool(random: Random) -> Step:
    workers, sleeps = random.randint(1, 3), tuple(_seconds(random) for _ in range(random.randint(1, 5)))
    free = [0.0] * workers
    for seconds in sleeps:
        heapq.heapreplace(free, free[0] + seconds)
    return Step("pool", (workers, sleeps), max(free))


def _get(random: Random) -> Step:
    delay, patience = _seconds(random), random.choice([None, _seconds(random)])
    if patience is None or patience > delay:
        return Step("request", (f"/get?delay={delay}", patience), delay, "x")
    return Step("request", (f"/get?delay={delay}", patience), patience, "timeout")


def _drip(random: Random) -> Step:
    count, gap, patience = random.randint(2, 5), _seconds(random), random.choice([None, _seconds(random)])
    path = f"/drip?count={count}&gap={gap}"
    if patience is None or patience > gap:
        return Step("request", (path, patience), (count - 1) * gap, "x" * count)
    return Step("request", (path, patience), patience, "timeout")


def _break(random: Random) -> Step:
    delay = _seconds(random)
    return Step("request", (f"/{random.choice(['reset', 'cut'])}?delay={delay}", None), delay, "broken")


def _refuse(random: Random) -> Step:
    return Step("refused", (), 0.0, "refused")


def _job(random: Random) -> Step:
    duration, first, every = random.uniform(5, 200), random.uniform(0, 60), random.uniform(1, 20)
    delay = random.choice([0.0, random.uniform(0.01, 5)])
    at, polls = first + delay, 1
    while at < duration:
        at, polls = at + every + delay, polls + 1
    return Step("job", (duration, first, every, delay), at, str(polls))


_MAKERS: list[Callable[[Random], Step]] = [_sleep, _sleep, _wait, _pool, _get, _get, _drip, _break, _refuse, _job]


class Blocking:
    """Does steps in the calling thread."""

    def __init__(self, journey: Journey, send: Send) -> None:
        self._journey = journey
        self._send = send

    def do(self, step: Step) -> str:
        """The outcome of a step."""
        outcome: str = getattr(self, f"_{step.kind}")(*step.arguments)
        return outcome

    def _sleep(self, seconds: float) -> str:
        time.sleep(seconds)
        return ""

    def _event(self, seconds: float) -> str:
        return "set" if threading.Event().wait(seconds) else ""

    def _queue(self, seconds: float) -> str:
        try:
            queue.Queue[int]().get(timeout=seconds)
        except queue.Empty:
            return ""
        return "got"

    def _thread(self, seconds: float) -> str:
        thread = threading.Thread(target=time.sleep, args=(seconds,))
        thread.start()
        thread.join()
        return ""

    def _lock(self, seconds: float) -> str:
        lock = threading.Lock()

        def work() -> None:
            with lock:
                time.sleep(seconds / 3)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ""

    def _pool(self, workers: int, sleeps: tuple[float, ...]) -> str:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(time.sleep, sleeps))
        return ""

    def _refused(self) -> str:
        return self._try(self._journey.closed_url, 30.0, {})

    def _job(self, duration: float, first: float, every: float, delay: float) -> str:
        url = self._journey.url
        job = self._send(f"{url}/submit?duration={duration}", 30.0, self._journey.headers)
        time.sleep(first)
        polls = 1
        while self._send(f"{url}/job?id={job}&delay={delay}", 30.0, {}) != "done":
            time.sleep(every)
            polls += 1
        return str(polls)

    def _request(self, path: str, patience: float | None) -> str:
        return self._try(self._journey.url + path, patience, self._journey.headers)

    def _try(self, url: str, patience: float | None, headers: dict[str, str]) -> str:
        try:
            return self._send(url, patience, headers)
        except FAILURES as error:
            return failure(error)


class Asynchronous:
    """Does steps in the calling task."""

    def __init__(self, journey: Journey, send: AsyncSend) -> None:
        self._journey = journey
        self._send = send

    async def do(self, step: Step) -> str:
        """The outcome of a step."""
        work: Awaitable[str] = getattr(self, f"_{step.kind}")(*step.arguments)
        return await work

    async def _sleep(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return ""

    async def _event(self, seconds: float) -> str:
        return await self._never(asyncio.Event().wait(), seconds)

    async def _queue(self, seconds: float) -> str:
        return await self._never(asyncio.Queue[int]().get(), seconds)

    async def _never(self, work: Awaitable[Any], seconds: float) -> str:
        try:
            await asyncio.wait_for(work, seconds)
        except TimeoutError:
            return ""
        return "came"

    async def _thread(self, seconds: float) -> str:
        await asyncio.to_thread(time.sleep, seconds)
        return ""

    async def _lock(self, seconds: float) -> str:
        lock = asyncio.Lock()

        async def work() -> None:
            async with lock:
                await asyncio.sleep(seconds / 3)

        await asyncio.gather(work(), work(), work())
        return ""

    async def _pool(self, workers: int, sleeps: tuple[float, ...]) -> str:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(workers) as pool:
            await asyncio.gather(*(loop.run_in_executor(pool, time.sleep, seconds) for seconds in sleeps))
        return ""

    async def _refused(self) -> str:
        return await self._try(self._journey.closed_url, 30.0, {})

    async def _job(self, duration: float, first: float, every: float, delay: float) -> str:
        url = self._journey.url
        job = await self._send(f"{url}/submit?duration={duration}", 30.0, self._journey.headers)
        await asyncio.sleep(first)
        polls = 1
        while await self._send(f"{url}/job?id={job}&delay={delay}", 30.0, {}) != "done":
            await asyncio.sleep(every)
            polls += 1
        return str(polls)

    async def _request(self, path: str, patience: float | None) -> str:
        return await self._try(self._journey.url + path, patience, self._journey.headers)

    async def _try(self, url: str, patience: float | None, headers: dict[str, str]) -> str:
        try:
            return await self._send(url, patience, headers)
        except FAILURES as error:
            return failure(error)
