"""Afterwards everything is as it was before."""

import asyncio
import concurrent.futures.thread
import queue
import selectors
import socket
import subprocess
import sys
import threading
import time
from asyncio.base_events import BaseEventLoop
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from safelight.conformance.virtual.loop import Virtual, run, virtualised
from safelight.conformance.virtual.walltime import bound

from . import early
from .server import Server

PATCHED: tuple[Any, ...] = (
    time,
    queue,
    threading,
    subprocess,
    threading.Thread,
    threading.Condition,
    ThreadPoolExecutor,
    concurrent.futures.thread._WorkItem,
    socket.socket,
    BaseEventLoop,
    selectors.SelectSelector,
    selectors.PollSelector,
    selectors.DefaultSelector,
    early,
    early.ByClass,
    early.ByField,
    early.an_object,
    early.in_a_list_of_modules,
    requests.adapters,
)


def snapshot() -> list[dict[str, int]]:
    """Who is behind every name in what is patched, and behind the defaults of functions.

    By identity, because virtual time would find the functions themselves.
    """
    holders = [*(holder if isinstance(holder, dict) else vars(holder) for holder in PATCHED), _defaults()]
    return [{name: id(value) for name, value in holder.items()} for holder in holders]


def _defaults() -> dict[str, Any]:
    return {
        "by_default": (early.by_default.__defaults__ or ())[0],
        "by_keyword": (early.by_keyword.__kwdefaults__ or {})["clock"],
        "by_field": (early.ByField.__init__.__defaults__ or ())[0],
        "by_closure": early.by_closure.__closure__[0].cell_contents,  # type: ignore[attr-defined]
    }


def test_everything_is_restored() -> None:
    """In a process of its own, because the plugin keeps the stand-ins once a test has used one of its fixtures."""
    code = "from virtual.test_restoring import check_restoring; check_restoring()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 0, done.stderr


def check_restoring() -> None:
    """Virtual time changes everything in `PATCHED` but the last, and puts it all back."""

    async def main(virtual: Virtual) -> list[int]:
        async with Server() as server:
            answer = await virtual.run_sync(requests.get, f"{server.url}/get?delay=5")
        changed = [n for n, (now, then) in enumerate(zip(snapshot(), before, strict=True)) if now != then]
        return [answer.status_code, *changed]

    before = snapshot()
    status, *changed = run(main)
    assert status == 200
    unchanged = set(range(len(before))) - set(changed)
    assert unchanged == {PATCHED.index(requests.adapters)}, "the snapshot sees the patches"
    assert snapshot() == before


def test_a_loop_is_restored() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        before = dict(vars(loop)), loop._clock_resolution, loop.time.__func__
        with virtualised(loop):
            assert "time" in vars(loop)
        after = dict(vars(loop)), loop._clock_resolution, loop.time.__func__
        assert after == before

    asyncio.run(main())


def test_a_guest_loop_is_restored() -> None:
    loop: Any = asyncio.new_event_loop()
    before = dict(vars(loop))
    changed = run(lambda virtual: virtual.run_sync(lambda: loop.run_until_complete(_names(loop))))
    assert {"time", "call_soon_threadsafe"} <= changed
    assert {name: vars(loop)[name] for name in ("_selector", "_clock_resolution")} == {
        name: before[name] for name in ("_selector", "_clock_resolution")
    }
    assert not {"time", "call_soon_threadsafe"} & set(vars(loop))
    loop.close()


async def _names(loop: Any) -> set[str]:
    return set(vars(loop))


def test_everything_is_restored_after_an_error() -> None:
    async def main(virtual: Virtual) -> None:
        raise ValueError("wrong")

    before = snapshot()
    with pytest.raises(ValueError, match="wrong"):
        run(main)
    assert snapshot() == before


def test_binding_nests() -> None:
    outside = time.sleep
    with bound:
        stand_in = time.sleep
        with bound:
            assert time.sleep is stand_in is early.early_sleep
        assert time.sleep is stand_in
    assert time.sleep is outside is early.early_sleep
