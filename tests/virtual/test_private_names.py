"""The private names of the standard library that virtual time leans on. A new Python may move any of them.

Should one of these fail: look in `conformance/virtual` for the name, and for what has taken its place in the standard
library; the other tests in this folder say whether it works again.
"""

import asyncio
import concurrent.futures.thread as thread_pool
import inspect
import queue
import selectors
import socket
import threading
from asyncio.base_events import BaseEventLoop
from typing import Any

import pytest
import time_machine


@pytest.mark.parametrize("name", ["_selector", "_clock_resolution", "_scheduled", "_ready", "_run_once"])
def test_names_of_a_selector_loop(name: str) -> None:
    loop = asyncio.SelectorEventLoop()
    try:
        assert hasattr(loop, name), f"asyncio's selector loop has no {name} any more: guests.on_clock replaces it"
    finally:
        loop.close()


def test_a_loop_waits_in_its_selector_for_the_time_to_its_next_timer() -> None:
    source = inspect.getsource(BaseEventLoop._run_once)  # type: ignore[attr-defined]
    for piece in ("self._selector.select(timeout)", "_when", "self.time()", "self._clock_resolution"):
        assert piece in source, (
            f"{piece} is gone from asyncio's _run_once: see guests.on_clock and clock.VirtualSelector"
        )


def test_timers_have_an_instant_that_can_be_moved() -> None:
    loop = asyncio.new_event_loop()
    try:
        handle: Any = loop.call_later(5, print)
        handle._when += 1
        assert handle.when() == handle._when, "a TimerHandle's _when is no more its instant: see guests.on_clock"
        handle.cancel()
    finally:
        loop.close()


@pytest.mark.parametrize("name", ["_waiters", "_release_save", "_acquire_restore", "_is_owned"])
def test_names_of_a_condition(name: str) -> None:
    assert hasattr(threading.Condition(), name), f"threading.Condition has no {name}: see Threads._wait_on"


def test_a_waiter_of_a_condition_is_a_lock_that_notify_releases() -> None:
    source = inspect.getsource(threading.Condition.notify)
    assert "waiter.release()" in source, "threading.Condition.notify wakes in another way: see Threads._wait_on"
    assert "waiters.remove(waiter)" in source


@pytest.mark.parametrize("name", ["_bootstrap_inner", "start", "join"])
def test_names_of_a_thread(name: str) -> None:
    assert name in vars(threading.Thread), f"threading.Thread has no {name}: see Threads.install"


def test_a_thread_keeps_its_target_until_it_runs() -> None:
    target: Any = threading.Thread(target=print)
    assert target._target is print, "threading.Thread has no _target: see threads._waits_for_others"


def test_events_semaphores_and_futures_are_made_of_conditions() -> None:
    assert isinstance(threading.Event()._cond, threading.Condition)  # type: ignore[attr-defined]
    assert isinstance(threading.Semaphore()._cond, threading.Condition)  # type: ignore[attr-defined]
    assert isinstance(thread_pool._base.Future()._condition, threading.Condition)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["_PyRLock", "_CRLock", "_allocate_lock"])
def test_names_of_threading(name: str) -> None:
    assert hasattr(threading, name), f"threading has no {name}: see locks.RLock"


def test_a_reentrant_lock_in_python_is_made_of_a_lock() -> None:
    assert hasattr(threading._PyRLock(), "_block"), "see locks.RLock"  # type: ignore[attr-defined]


def test_there_is_a_simple_queue_in_python() -> None:
    items: Any = queue._PySimpleQueue()  # type: ignore[attr-defined]
    items.put(1)
    assert items.get(timeout=1) == 1, "see locks.SimpleQueue"


def test_names_of_thread_pools() -> None:
    with thread_pool.ThreadPoolExecutor(3) as pool:
        assert pool._max_workers == 3, "see Pools._submit"
    assert callable(thread_pool._worker), "see threads._waits_for_others"
    parameters = list(inspect.signature(thread_pool._WorkItem.run).parameters)
    assert parameters in (["self"], ["self", "ctx"]), "see Pools._run"


def test_a_pools_threads_have_the_worker_for_a_target() -> None:
    source = inspect.getsource(thread_pool.ThreadPoolExecutor._adjust_thread_count)  # type: ignore[attr-defined]
    assert "target=_worker" in source, "see threads._waits_for_others"


@pytest.mark.parametrize("name", ["accept", "_real_close"])
def test_names_of_a_socket(name: str) -> None:
    assert name in vars(socket.socket), f"socket.socket has no {name} of its own: see Sockets.install"


@pytest.mark.parametrize(
    "name", ["recv", "recv_into", "send", "sendall", "sendmsg", "connect", "connect_ex", "shutdown", "listen"]
)
def test_methods_that_a_socket_inherits(name: str) -> None:
    assert name not in vars(socket.socket), f"socket.socket has its own {name} now: see Sockets.uninstall"
    assert hasattr(socket.socket, name)


@pytest.mark.parametrize("kind", ["SelectSelector", "PollSelector", "EpollSelector"])
def test_selectors_have_a_select_and_a_map(kind: str) -> None:
    with getattr(selectors, kind)() as selector:
        assert selector.select(0) == []
        assert len(selector.get_map()) == 0


def test_time_machine_asks_its_traveller() -> None:
    import time

    traveller: Any = time_machine.travel(0, tick=False)
    coordinates = traveller.start()
    try:
        coordinates.time_ns = lambda: 42_000_000_000
        assert time.time() == 42, "time-machine has another way to tell the time: see WallTime.install"
        assert time_machine.escape_hatch.time.time_ns() > 42_000_000_000
    finally:
        traveller.stop()
