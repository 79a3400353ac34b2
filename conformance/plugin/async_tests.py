"""Async tests: is their loop one that can be virtual, and what happens to them at the horizon."""

import asyncio
import functools
import inspect
from typing import Any

import pytest

from ..virtual.clock import HorizonPassed
from ..virtual.guests import UnsupportedLoop, call_at_horizon
from .options import is_virtual

_REAL = "or mark the test @pytest.mark.safelight(clock='real')"
_NO_LOOP = (
    "safelight's fixtures need an asyncio loop in an async test, and this one runs on {what}: run it on asyncio, for "
    "anyio with a fixture `anyio_backend` that returns 'asyncio', "
) + _REAL


def check_backend(request: pytest.FixtureRequest) -> None:
    """Fail the test if anyio runs it on anything but asyncio."""
    if "anyio_backend" in request.fixturenames:
        backend = request.getfixturevalue("anyio_backend")
        name = backend if isinstance(backend, str) else backend[0]
        if name != "asyncio":
            pytest.fail(_NO_LOOP.format(what=name), pytrace=False)


def wrap_coroutine(item: Any) -> None:
    """Replace an async test function by one that ends at the horizon, where it waits."""
    function = getattr(item, "obj", None)
    if not inspect.iscoroutinefunction(function) or hasattr(function, "_safelight") or not is_virtual(item):
        return

    @functools.wraps(function)
    async def on_virtual_time(*args: Any, **kwargs: Any) -> Any:
        passed: list[HorizonPassed] = []
        task = _task()

        def stop(error: HorizonPassed) -> None:
            passed.append(error)
            task.cancel()

        try:
            call_at_horizon(asyncio.get_running_loop(), stop)
        except UnsupportedLoop as error:
            pytest.fail(f"{error}, {_REAL}", pytrace=False)
        try:
            return await function(*args, **kwargs)
        except asyncio.CancelledError as cancelled:
            if not passed:
                raise
            task.uncancel()
            raise passed[0].with_traceback(cancelled.__traceback__) from None

    on_virtual_time._safelight = True  # type: ignore[attr-defined]
    item.obj = on_virtual_time


def _task() -> "asyncio.Task[Any]":
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    if task is None:
        pytest.fail(_NO_LOOP.format(what="none"), pytrace=False)
    return task
