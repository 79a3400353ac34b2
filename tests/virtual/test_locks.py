"""Locks under virtual time, among threads inside and outside it."""

import threading
import time
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from safelight.conformance.virtual.threads import REAL_SLEEP

from .test_waiting import in_thread

A_MOMENT = 0.05  # real seconds


@pytest.mark.parametrize("make_lock", [lambda: threading.Lock(), lambda: threading.RLock()])
def test_a_lock_held_while_sleeping(make_lock: Callable[[], Any]) -> None:
    def work() -> list[float]:
        lock, times, started = make_lock(), [], time.monotonic()

        def use() -> None:
            with lock:
                time.sleep(1)
                times.append(time.monotonic() - started)

        threads = [threading.Thread(target=use) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return times

    assert in_thread(work) == ([float(n) for n in range(1, 11)], 10)


def test_a_lock_that_is_not_released_in_time() -> None:
    def work() -> tuple[bool, bool, bool]:
        lock = threading.RLock()

        def keep() -> None:
            with lock:
                time.sleep(10)

        threading.Thread(target=keep).start()
        time.sleep(1)
        return lock.acquire(blocking=False), lock.acquire(timeout=4), lock.acquire(timeout=50)

    assert in_thread(work) == ((False, False, True), 10)


def from_outside(work: Callable[[], object]) -> Any:
    """Have a thread that takes no part in virtual time do something; the lock that is returned opens when it has."""
    done = allocate_lock()
    done.acquire()

    def thread() -> None:
        work()
        done.release()

    start_new_thread(thread, ())
    return done


def test_no_time_passes_while_a_thread_outside_has_a_lock_that_somebody_waits_for() -> None:
    def work() -> float:
        lock, started = threading.Lock(), time.monotonic()
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        from_outside(lock.acquire).acquire()
        from_outside(lambda: (REAL_SLEEP(A_MOMENT), lock.release()))
        with lock:
            return time.monotonic() - started

    assert in_thread(work) == (0, 0)


def test_a_thread_outside_waits_for_a_lock_while_its_owner_sleeps() -> None:
    def work() -> float:
        lock, started = threading.Lock(), time.monotonic()

        def keep() -> None:
            with lock:
                time.sleep(30)

        def use() -> None:
            with lock:
                REAL_SLEEP(A_MOMENT)

        keeper = threading.Thread(target=keep)
        keeper.start()
        time.sleep(1)
        used = from_outside(use)
        keeper.join()
        used.acquire()
        return time.monotonic() - started

    assert in_thread(work) == (30, 30)


def test_a_thread_outside_gives_up_after_real_seconds() -> None:
    def work() -> list[bool]:
        lock, acquired = threading.Lock(), []
        with lock:
            from_outside(lambda: acquired.append(lock.acquire(timeout=A_MOMENT))).acquire()
            from_outside(lambda: acquired.append(lock.acquire(blocking=False))).acquire()
        from_outside(lambda: acquired.append(lock.acquire(timeout=A_MOMENT))).acquire()
        return acquired

    assert in_thread(work) == ([False, False, True], 0)


def test_the_end_of_a_pool_is_no_moment_for_the_clock_to_jump() -> None:
    """A worker of a pool that looks for its next task has the lock of the queue that the end of the pool is put in."""

    def work() -> list[float]:
        threading.Thread(target=time.sleep, args=(1_000,), daemon=True).start()
        times = []
        for _ in range(50):
            started = time.monotonic()
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(time.sleep, (1, 1, 1)))
            times.append(time.monotonic() - started)
        return times

    assert in_thread(work)[0] == [2.0] * 50
