"""Putting a test on virtual time: a sync one from outside, an async one from within its own running loop."""

import asyncio
import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ..virtual.clock import HorizonPassed
from ..virtual.guests import guest_loop
from ..virtual.loop import UnsupportedLoop
from . import stage_of
from .options import is_virtual


@contextmanager
def around_sync_test(item: pytest.Function) -> Iterator[None]:
    """Virtual time around the call of a test function that is no coroutine function."""
    if not is_virtual(item) or hasattr(item, "_safelight_wrapped"):
        yield
        return
    with stage_of(item.config).on():
        yield


def wrap_coroutine(item: Any) -> None:
    """Replace an async test function by one that virtualises the loop it finds itself running on."""
    function = getattr(item, "obj", None)
    if not inspect.iscoroutinefunction(function) or not is_virtual(item):
        return
    stage = stage_of(item.config)

    @functools.wraps(function)
    async def on_virtual_time(*args: Any, **kwargs: Any) -> Any:
        loop = _running_loop()
        with stage.on() as virtual:
            task = asyncio.current_task()
            errors: list[Exception] = []

            def stop(error: Exception) -> None:
                errors.append(error)
                if task is not None:
                    loop.call_soon_threadsafe(task.cancel)

            virtual.threads.on_abort = stop
            try:
                with guest_loop(virtual, loop):
                    return await function(*args, **kwargs)
            except UnsupportedLoop as error:
                pytest.fail(f"{error}, or mark the test @pytest.mark.safelight(clock='real')", pytrace=False)
            except asyncio.CancelledError:
                if errors:
                    raise errors[0] from None
                raise

    item.obj = on_virtual_time
    item._safelight_wrapped = True


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pytest.fail(
            "safelight's fixtures need an asyncio loop in an async test, and this one runs on none (trio?): run it "
            "on asyncio, for anyio with an `anyio_backend` fixture that returns 'asyncio', or mark it "
            "@pytest.mark.safelight(clock='real')",
            pytrace=False,
        )


__all__ = ["HorizonPassed", "around_sync_test", "wrap_coroutine"]
