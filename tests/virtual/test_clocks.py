"""All clocks agree, however one got hold of them, and only for those who take part."""

import asyncio
import queue
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from safelight.conformance.virtual.clock import EPOCH
from safelight.conformance.virtual.loop import Virtual, run
from safelight.conformance.virtual.walltime import bound

from . import early


async def _after_half_a_day(virtual: Virtual, read: early.Clock) -> tuple[float, float]:
    before = read(), await virtual.run_sync(read)
    await asyncio.sleep(43_200)
    after = read(), await virtual.run_sync(read)
    return after[0] - before[0], after[1] - before[1]


@pytest.mark.parametrize("way", early.MONOTONIC)
def test_monotonic_clocks_move_in_loops_and_threads(way: str) -> None:
    read = early.MONOTONIC[way]
    assert run(lambda virtual: _after_half_a_day(virtual, read)) == (43_200, 43_200)


@pytest.mark.parametrize("way", early.WALL)
def test_wall_clocks_move_in_loops_and_threads(way: str) -> None:
    read = early.WALL[way]
    assert run(lambda virtual: _after_half_a_day(virtual, read)) == (43_200, 43_200)


def test_an_early_sleep_is_virtual() -> None:
    async def main(virtual: Virtual) -> float:
        await virtual.run_sync(early.early_sleep, 600)
        await virtual.run_sync(early.sleep, 600)
        return virtual.time.elapsed

    assert run(main) == 1_200


def test_wall_time_starts_at_the_epoch() -> None:
    async def main(virtual: Virtual) -> tuple[float, str]:
        await asyncio.sleep(90)
        return time.time(), datetime.now(UTC).isoformat()

    assert run(main) == (EPOCH + 90, "2026-01-01T00:01:30+00:00")


def test_the_loops_clock_is_the_monotonic_one() -> None:
    async def main(virtual: Virtual) -> list[float]:
        loop = asyncio.get_running_loop()

        async def guest() -> float:
            return asyncio.get_running_loop().time() - time.monotonic()

        await asyncio.sleep(7)
        return [loop.time() - time.monotonic(), await virtual.run_sync(lambda: asyncio.run(guest()))]

    assert run(main) == [0, 0]


def test_who_does_not_take_part_sees_real_time() -> None:
    seen: list[float] = []
    go, done = threading.Event(), threading.Event()

    def outsider() -> None:
        go.wait()
        seen.append(time.time())
        time.sleep(0.01)
        seen.extend([time.monotonic(), time.perf_counter()])
        done.set()

    thread = threading.Thread(target=outsider)
    thread.start()
    real = time.time(), time.monotonic(), time.perf_counter()

    async def main(virtual: Virtual) -> float:
        await asyncio.sleep(86_400)
        go.set()
        with virtual.time.hold():
            await asyncio.to_thread(done.wait)
        return virtual.time.elapsed

    assert run(main) == 86_400
    thread.join()
    assert [now - start < 60 for now, start in zip(seen, real, strict=True)] == [True] * 3


def test_the_date_header_is_virtual(reapi: Any) -> None:
    def date() -> float:
        return parsedate_to_datetime(requests.get(reapi.base_url, timeout=5).headers["Date"]).timestamp()

    assert date() == int(time.time())
    time.sleep(86_400 * 3)
    assert date() == int(time.time())


def test_locks_are_real_outside_virtual_time() -> None:
    with bound:
        assert type(threading.Lock()) is type(threading._allocate_lock())  # type: ignore[attr-defined]
        assert type(threading.RLock()) is threading._CRLock  # type: ignore[attr-defined]
        assert type(queue.SimpleQueue()) is type(early.a_queue)


def test_stand_ins_for_classes_are_classes() -> None:
    async def main(virtual: Virtual) -> list[bool]:
        things = [(threading.Lock(), threading.Lock), (queue.SimpleQueue(), queue.SimpleQueue)]
        return [isinstance(thing, kind) for thing, kind in things] + [isinstance(early.a_queue, queue.SimpleQueue)]

    with bound:
        assert isinstance(threading.Lock(), threading.Lock)
        assert str(queue.SimpleQueue[int]).endswith("SimpleQueue[int]")
    assert run(main) == [True, True, True]
