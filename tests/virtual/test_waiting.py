"""Threads, tasks and processes that wait for each other do so in virtual time, or hold the clock."""

import asyncio
import http.client
import http.server
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from multiprocessing.pool import ThreadPool
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import pytest

from safelight.conformance.virtual.loop import Virtual, run

T = TypeVar("T")

EARLIER_POOL = ThreadPoolExecutor(2)
EARLIER_POOL.submit(int).result()  # has a thread that waits in real time


def in_thread(work: Callable[[], T]) -> tuple[T, float]:
    """What blocking code returns in virtual time, and how long it takes."""

    async def main(virtual: Virtual) -> tuple[T, float]:
        result = await virtual.run_sync(work)
        return result, virtual.time.elapsed

    return run(main)


def in_task(work: Callable[[Virtual], Coroutine[Any, Any, T]]) -> tuple[T, float]:
    """What a coroutine function returns in virtual time, and how long it takes."""

    async def main(virtual: Virtual) -> tuple[T, float]:
        result = await work(virtual)
        return result, virtual.time.elapsed

    return run(main)


def test_sleep() -> None:
    def work() -> None:
        time.sleep(30)
        time.sleep(0)

    assert in_thread(work) == (None, 30)


def test_sleep_of_negative_length_is_an_error_as_in_life() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        in_thread(lambda: time.sleep(-1))


def test_thread_and_join() -> None:
    def work() -> list[float]:
        threads = [threading.Thread(target=time.sleep, args=(seconds,)) for seconds in (3, 1, 2)]
        for thread in threads:
            thread.start()
        threads[0].join(2.5)
        times = [time.monotonic() - started]
        for thread in threads:
            thread.join()
        return [*times, time.monotonic() - started]

    started = 0.0

    def timed() -> list[float]:
        nonlocal started
        started = time.monotonic()
        return work()

    assert in_thread(timed) == ([2.5, 3], 3)


def test_event_that_is_set_and_event_that_is_not() -> None:
    def work() -> tuple[bool, bool, bool]:
        event = threading.Event()
        early = event.wait(5)
        threading.Timer(10, event.set).start()
        return early, event.wait(100), event.wait(100)

    assert in_thread(work) == ((False, True, True), 15)


def test_queue() -> None:
    def work() -> list[Any]:
        items: queue.Queue[float] = queue.Queue(maxsize=1)

        def produce() -> None:
            for _ in range(3):
                time.sleep(4)
                items.put(time.monotonic())

        thread = threading.Thread(target=produce)
        started = time.monotonic()
        thread.start()
        got = [items.get(timeout=100) - started for _ in range(3)]
        with pytest.raises(queue.Empty):
            items.get(timeout=6)
        items.put(0)
        with pytest.raises(queue.Full):
            items.put(0, timeout=7)
        thread.join()
        return got

    assert in_thread(work) == ([4, 8, 12], 25)


def test_simple_queue() -> None:
    def work() -> Any:
        items: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Timer(3, items.put, ["late"]).start()
        return items.get(timeout=10)

    assert in_thread(work) == ("late", 3)


def test_condition_wait_for() -> None:
    def work() -> tuple[bool, bool]:
        condition, ready = threading.Condition(), []

        def make_ready() -> None:
            for number in range(3):
                time.sleep(2)
                with condition:
                    ready.append(number)
                    condition.notify_all()

        threading.Thread(target=make_ready).start()
        with condition:
            return condition.wait_for(lambda: len(ready) == 3, 60), condition.wait_for(lambda: len(ready) == 4, 4)

    assert in_thread(work) == ((True, False), 10)


def test_a_notification_goes_to_a_waiter_whose_time_is_not_up() -> None:
    def work() -> list[str]:
        items: queue.Queue[str] = queue.Queue()
        got: list[str] = []

        def consume(patience: float) -> None:
            try:
                got.append(items.get(timeout=patience))
            except queue.Empty:
                got.append("nothing")

        threads = [threading.Thread(target=consume, args=(patience,)) for patience in (5, 10)]
        for thread in threads:
            thread.start()
        time.sleep(5)  # the first consumer gives up at this instant
        items.put("something")
        for thread in threads:
            thread.join()
        return sorted(got)

    got, seconds = in_thread(work)
    assert got == ["nothing", "something"]
    assert seconds in (5, 10), "the one whose time is up may still find what came at the same instant"


def test_semaphore_and_barrier() -> None:
    def work() -> bool:
        semaphore, barrier = threading.Semaphore(2), threading.Barrier(6)

        def use() -> None:
            with semaphore:
                time.sleep(5)
            barrier.wait(100)

        for _ in range(5):
            threading.Thread(target=use).start()
        barrier.wait(100)
        return semaphore.acquire(timeout=1)

    assert in_thread(work) == (True, 15)


def pool_times(pool: ThreadPoolExecutor, sleeps: tuple[float, ...]) -> list[float]:
    """When each task of a pool ended, in seconds from now."""
    started = time.monotonic()

    def task(seconds: float) -> float:
        time.sleep(seconds)
        return time.monotonic() - started

    return list(pool.map(task, sleeps))


def test_thread_pool() -> None:
    def work() -> list[float]:
        with ThreadPoolExecutor(2) as pool:
            return pool_times(pool, (3, 1, 2, 5))

    assert in_thread(work) == ([3, 1, 3, 8], 8)


def test_thread_pool_that_was_made_before() -> None:
    assert in_thread(lambda: pool_times(EARLIER_POOL, (3, 1, 2, 5))) == ([3, 1, 3, 8], 8)


def test_leaving_a_pool_waits_for_its_tasks() -> None:
    def work() -> bool:
        with ThreadPoolExecutor(1) as pool:
            last = [pool.submit(time.sleep, 5) for _ in range(3)][-1]
        return last.done()

    assert in_thread(work) == (True, 15)


def test_cancelled_tasks_hold_nothing() -> None:
    def work() -> list[bool]:
        with ThreadPoolExecutor(1) as pool:
            futures = [pool.submit(time.sleep, 5) for _ in range(4)]
            cancelled = futures[2].cancel()
            time.sleep(1)
            pool.shutdown(wait=False, cancel_futures=True)
        time.sleep(100)
        return [cancelled, *(future.cancelled() for future in futures)]

    assert in_thread(work) == ([True, False, True, True, True], 105)


def test_as_completed_and_callbacks_in_virtual_time() -> None:
    def work() -> tuple[list[float], list[float]]:
        started, called = time.monotonic(), []

        def note(future: Future[None]) -> None:
            called.append(time.monotonic() - started)

        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(time.sleep, seconds) for seconds in (7, 2, 5)]
            for future in futures:
                future.add_done_callback(note)
            return [time.monotonic() - started for _ in as_completed(futures)], called

    assert in_thread(work) == (([2, 5, 7], [2, 5, 7]), 7)


def test_multiprocessings_thread_pool() -> None:
    def work() -> list[float]:
        started = time.monotonic()

        def task(seconds: float) -> float:
            time.sleep(seconds)
            return time.monotonic() - started

        with ThreadPool(2) as pool:
            return pool.map(task, (2, 3), chunksize=1)

    assert in_thread(work)[0] == [2, 3]


def test_http_server_in_a_thread() -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(5)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    def work() -> int:
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            time.sleep(60)
            connection = http.client.HTTPConnection(*server.server_address[:2], timeout=30)  # type: ignore[misc]
            connection.request("GET", "/")
            status = connection.getresponse().status
            connection.close()
            taken.append(time.monotonic())
            server.shutdown()
            thread.join()
            return status

    taken: list[float] = []
    started = time.monotonic()
    assert in_thread(work)[0] == 204
    assert 65 <= taken[0] - started < 67, "60 s and 5 s, from the next full second of real time on"


def test_asyncio_run_in_a_thread() -> None:
    async def nap() -> str:
        async with asyncio.timeout(100):
            await asyncio.sleep(50)
        return "slept"

    assert in_thread(lambda: asyncio.run(nap())) == ("slept", 50)


def test_calls_into_a_loop_of_another_thread() -> None:
    def work() -> str:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            return asyncio.run_coroutine_threadsafe(asyncio.sleep(40, "slept"), loop).result(50)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    assert in_thread(work) == ("slept", 40)


def test_asyncio_to_thread() -> None:
    async def work(virtual: Virtual) -> None:
        async with asyncio.timeout(60):
            await asyncio.to_thread(time.sleep, 40)

    assert in_task(work) == (None, 40)


def test_a_cancelled_call_in_a_thread_holds_the_clock_until_it_waits() -> None:
    async def work(virtual: Virtual) -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 40), 10)
        at = virtual.time.elapsed
        await asyncio.sleep(100)
        return at

    assert in_task(work) == (10, 110)


def test_anyio_to_thread() -> None:
    async def work(virtual: Virtual) -> None:
        with anyio.fail_after(60):
            await anyio.to_thread.run_sync(time.sleep, 40)
            await anyio.sleep(5)

    assert in_task(work) == (None, 45)


def test_anyio_to_thread_of_a_guest() -> None:
    async def nap() -> None:
        with anyio.fail_after(60):
            for _ in range(20):
                await anyio.to_thread.run_sync(time.sleep, 2)

    assert in_thread(lambda: anyio.run(nap)) == (None, 40)


def test_a_blocked_loop_lets_time_pass() -> None:
    async def work(virtual: Virtual) -> list[float]:
        started = time.monotonic()
        sleeper = asyncio.create_task(asyncio.sleep(5, None))
        await asyncio.sleep(0)
        time.sleep(20)  # noqa: ASYNC251
        await sleeper
        return [time.monotonic() - started]

    assert in_task(work) == ([20], 20)


def test_waiting_for_a_process_in_a_thread_takes_no_virtual_time() -> None:
    def work() -> int:
        done = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, timeout=60, check=True)
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.2)"]) as process:
            process.wait(timeout=60)
        return int(done.stdout)

    assert in_thread(work) == (1, 0)


def test_a_process_that_does_not_end_in_time() -> None:
    def work() -> None:
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)

    assert in_thread(work) == (None, 0)


def test_awaiting_a_process_needs_a_hold() -> None:
    async def await_process(virtual: Virtual, holding: bool) -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(0.3)")
        try:
            if holding:
                with virtual.time.hold():
                    await asyncio.wait_for(process.wait(), 5)
            else:
                await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            with virtual.time.hold():
                await process.wait()
            raise

    assert in_task(lambda virtual: await_process(virtual, True)) == (None, 0)
    with pytest.raises(TimeoutError):
        in_task(lambda virtual: await_process(virtual, False))


def test_wait_for_a_sleep_of_the_same_length() -> None:
    async def work(virtual: Virtual) -> list[str]:
        outcomes = []
        for _ in range(50):
            try:
                outcomes.append(await asyncio.wait_for(asyncio.sleep(3, "slept"), 3))
            except TimeoutError:
                outcomes.append("timeout")
        return outcomes

    outcomes, seconds = in_task(work)
    assert len(set(outcomes)) == 1, "a tie has the same winner each time"
    assert seconds == 150


def test_tiny_sleeps_add_up() -> None:
    async def work(virtual: Virtual) -> None:
        for _ in range(1_000):
            await asyncio.sleep(1e-6)
        await asyncio.sleep(0.1)
        await asyncio.sleep(0.2)

    assert in_task(work)[1] == pytest.approx(0.301, abs=1e-9)


def test_sleeps_shorter_than_the_clock_can_tell() -> None:
    async def work(virtual: Virtual) -> None:
        for _ in range(1_000):
            await asyncio.sleep(1e-12)

    assert in_task(work)[1] <= 1_000 * 1e-9
