"""Async tests: is their loop one that can be virtual, and what happens to them at the horizon."""

import asyncio
import functools
import inspect
from typing import Any

import pytest

from ..virtual.clock import HorizonPassed
from ..virtual.guests import UnsupportedLoop, call_at_horizon

_REAL = "or mark the test @pytest.mark.safelight(clock='real')"
_NO_LOOP = (
    "safelight's fixtures need an asyncio loop in an async test, and this one runs on {what}: run it on asyncio, for "
    f"anyio with a fixture `anyio_backend` that returns 'asyncio', {_REAL}"
)


class WaitsForEver(Exception):
    """An async test went on beyond the horizon of virtual time."""


def check_backend(request: pytest.FixtureRequest) -> None:
    """Raise UnsupportedLoop if anyio runs the test on anything but asyncio."""
    if "anyio_backend" in request.fixturenames:
        backend = request.getfixturevalue("anyio_backend")
        name = backend if isinstance(backend, str) else backend[0]
        if name != "asyncio":
            raise UnsupportedLoop(_NO_LOOP.format(what=name))


def wrap_coroutine(item: Any) -> None:
    """Replace an async test function by one that ends at the horizon, where it waits."""
    function = getattr(item, "obj", None)
    if not inspect.iscoroutinefunction(function) or hasattr(function, "_safelight"):
        return

    @functools.wraps(function)
    async def on_virtual_time(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        task = _check_loop()
        passed: list[HorizonPassed] = []

        def stop(error: HorizonPassed) -> None:
            passed.append(error)
            task.cancel()

        call_at_horizon(task.get_loop(), stop)
        try:
            return await function(*args, **kwargs)
        except asyncio.CancelledError as cancelled:
            if not passed:
                raise
            task.uncancel()
            # An Exception, because a task of the test runner is to survive it.
            raise WaitsForEver(str(passed[0])).with_traceback(cancelled.__traceback__) from None

    on_virtual_time._safelight = True  # type: ignore[attr-defined]
    item.obj = on_virtual_time


def _check_loop() -> "asyncio.Task[Any]":
    __tracebackhide__ = True
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    if task is None:
        raise UnsupportedLoop(_NO_LOOP.format(what="none"))
    try:
        call_at_horizon(task.get_loop(), None)
    except UnsupportedLoop as error:
        raise UnsupportedLoop(f"{error}, {_REAL}") from None
    return task
