"""Where virtual time ends, and what it cannot do."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest
import uvloop

from safelight.conformance.virtual.clock import HorizonPassed, VirtualTime
from safelight.conformance.virtual.guests import UnsupportedLoop
from safelight.conformance.virtual.loop import Virtual, current, run, virtualised
from safelight.conformance.virtual.stalls import report_stall

from .server import Server

WEEK = 7 * 86_400.0


async def _poll_for_ever(virtual: Virtual) -> None:
    while True:  # noqa: ASYNC110
        await asyncio.sleep(5)


def test_a_task_that_polls_for_ever_passes_the_horizon() -> None:
    with pytest.raises(HorizonPassed, match=r"this went on for 60 s of virtual time: somebody waits or polls for ever"):
        run(_poll_for_ever, horizon=60)


def test_the_horizon_is_named_in_days() -> None:
    with pytest.raises(HorizonPassed, match="7 days"):
        run(lambda virtual: asyncio.sleep(WEEK + 1), horizon=WEEK)


def test_up_to_the_horizon_all_is_well() -> None:
    run(lambda virtual: asyncio.sleep(WEEK), horizon=WEEK)


def test_years_pass_as_well() -> None:
    async def main(virtual: Virtual) -> float:
        await asyncio.sleep(20 * 365 * 86_400)
        started = virtual.time.elapsed
        for _ in range(100):
            await asyncio.sleep(0.01)
        return virtual.time.elapsed - started

    assert run(main, horizon=1e9) == pytest.approx(1, abs=1e-4)


def test_a_thread_that_polls_for_ever_passes_the_horizon() -> None:
    polls = []

    def poll() -> None:
        while True:
            try:
                time.sleep(5)
                polls.append(time.monotonic())
            except Exception:
                polls.append(0)

    with pytest.raises(HorizonPassed):
        run(lambda virtual: virtual.run_sync(poll), horizon=60)
    assert len(polls) == 12


def test_tasks_are_cleaned_up_in_virtual_time_after_the_horizon() -> None:
    cleaned = []

    async def main(virtual: Virtual) -> None:
        try:
            await _poll_for_ever(virtual)
        finally:
            await asyncio.sleep(30)
            cleaned.append(virtual.time.elapsed)

    with pytest.raises(HorizonPassed):
        run(main, horizon=60)
    assert cleaned == [90]


def test_a_guest_that_polls_for_ever_passes_the_horizon() -> None:
    async def nap() -> None:
        while True:  # noqa: ASYNC110
            await asyncio.sleep(10)

    with pytest.raises(HorizonPassed):
        run(lambda virtual: virtual.run_sync(lambda: asyncio.run(nap())), horizon=60)


def test_uvloop_is_refused() -> None:
    loop = uvloop.new_event_loop()
    try:
        with (
            pytest.raises(UnsupportedLoop, match=r"not uvloop\.Loop; use the default event loop policy"),
            virtualised(loop),
        ):
            pass
    finally:
        loop.close()
    assert current() is None


def test_virtual_time_is_on_once_only() -> None:
    async def main(virtual: Virtual) -> None:
        with virtualised(asyncio.get_running_loop()):
            pass

    with pytest.raises(RuntimeError, match="virtual time is on already"):
        run(main)
    assert current() is None


def test_what_still_waits_at_the_end_goes_on_in_real_time() -> None:
    ended: list[float] = []
    released = threading.Event()

    def wait() -> None:
        ended.append(released.wait(3_600.0))

    def nap() -> None:
        time.sleep(60.05)
        ended.append(time.monotonic())

    async def main(virtual: Virtual) -> None:
        for work in (wait, nap):
            threads.append(threading.Thread(target=work))
            threads[-1].start()
        await asyncio.sleep(60)

    threads: list[threading.Thread] = []
    run(main)
    started = time.monotonic()
    released.set()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert ended[0] is True
    assert 0 <= ended[1] - started < 10


def test_timers_of_a_loop_keep_their_distance() -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        timer = asyncio.create_task(asyncio.sleep(0.2, None))
        await asyncio.sleep(0)
        with virtualised(loop):
            inside = loop.time()
            handle = loop.call_later(WEEK, print)
            await asyncio.sleep(0.1)
            inside = loop.time() - inside
        left = handle.when() - loop.time()
        handle.cancel()
        assert 0 <= WEEK - 0.1 - left < 5
        await timer
        return inside, loop.time() - started

    inside, real = asyncio.run(main())
    assert inside == pytest.approx(0.1)
    assert 0.1 <= real < 10


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_is_in_real_time() -> None:
    script = """
import os, time
from safelight.conformance.virtual.loop import run
def fork():
    child = os.fork()
    if not child:
        start = time.monotonic()
        time.sleep(0.05)
        os._exit(42 if 0.05 <= time.monotonic() - start < 5 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
async def main(virtual):
    return await virtual.run_sync(fork)
print(run(main))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "42\n"


def test_a_clock_that_stands_still_is_explained(capfd: pytest.CaptureFixture[str]) -> None:
    def block(virtual: Virtual) -> None:
        report_stall(20, virtual.threads)

    async def main(virtual: Virtual) -> None:
        await virtual.run_sync(block, virtual)

    run(main)
    text = capfd.readouterr().err
    assert "virtual time has stood still for 20 s" in text
    assert "safelight-client_0:" in text
    assert "in block" in text


def test_a_holder_that_never_lets_go_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.virtual.clock._STALL", 0.02)
    monkeypatch.setattr("safelight.conformance.virtual.clock._HELD_SLICE", 0.01)
    stalls: list[float] = []

    async def main(virtual: Virtual) -> None:
        virtual.time.on_stall = lambda seconds: (stalls.append(seconds), virtual.time.release())  # type: ignore[func-returns-value]
        virtual.time.take()
        await asyncio.sleep(5)

    run(main)
    assert len(stalls) == 1


def test_nobody_jumps_while_the_clock_is_held() -> None:
    time_ = VirtualTime()
    with time_.hold():
        time_.jump(5)
    assert time_.elapsed == 0
    time_.jump(5)
    assert time_.elapsed == 5


def test_a_server_may_live_in_a_thread_of_the_client() -> None:
    async def serve_and_ask() -> float:
        import aiohttp

        async with Server() as server, aiohttp.ClientSession() as session:
            started = time.monotonic()
            async with session.get(f"{server.url}/get?delay=90") as response:
                await response.read()
            return time.monotonic() - started

    assert run(lambda virtual: virtual.run_sync(lambda: asyncio.run(serve_and_ask()))) == 90
