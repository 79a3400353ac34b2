"""ASGI and WSGI applications in this process, on virtual time."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import bridged
import pytest
from aiohttp import web
from gateway_stand import described, document, play, upstream

from safelight.conformance.engine.engine import Engine
from safelight.conformance.gateway.app import AppSubject
from safelight.conformance.gateway.bridges import HANGS_UP, application_of
from safelight.conformance.scenarios.model import Call, Manner
from safelight.conformance.subjects.errors import AdapterError
from safelight.conformance.virtual.loop import Virtual, run

ENVIRON = {"REAPI_BASE_URL": "http://127.0.0.1:9", "REAPI_API_KEY": "rk_x"}


def subject(folder: Path, make: Any) -> AppSubject:
    """A gateway that is made like this."""
    row = {name: value for name, value in document().items() if name not in ("start", "clock")}
    return AppSubject(described(folder, {**row, "app": "bridged:make"}), make)


@pytest.mark.parametrize("make", [bridged.Asgi, bridged.wsgi])
def test_it_lives_in_virtual_time(make: Any, tmp_path: Path) -> None:
    with Engine(subject(tmp_path, make)) as engine:
        first = play(engine, Call(), Call(wait=3.0), together=True, seconds=31.0)
        assert [outcome.kind for outcome in first.outcomes] == ["result", "result"]
        assert [outcome.ended for outcome in first.outcomes] == pytest.approx([34.0, 37.0], abs=0.001)
        posts = [at for at, method in upstream(first) if method == "POST"]
        assert posts == [0, 3]
        headers = {name.lower(): value for name, value in first.heard[0].headers.items()}
        assert headers["x-path"] == "/v1/images/generations"
        assert headers["content-type"] == "application/json"


def test_the_lifespan_begins_and_ends_with_a_scenario(tmp_path: Path) -> None:
    made: list[bridged.Asgi] = []

    def make(environ: Mapping[str, str]) -> bridged.Asgi:
        made.append(bridged.Asgi(environ))
        return made[-1]

    with Engine(subject(tmp_path, make)) as engine:
        play(engine)
        play(engine)
    assert [each.events for each in made] == [["started", "stopped"]] * 2


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    with Engine(subject(tmp_path, bridged.failing)) as engine, pytest.raises(AdapterError, match="no database"):
        play(engine)


def test_one_without_a_lifespan(tmp_path: Path) -> None:
    with Engine(subject(tmp_path, bridged.NoLifespan)) as engine:
        assert play(engine).outcome.status == 418


@pytest.mark.parametrize("make", [bridged.Asgi, bridged.wsgi])
def test_what_it_raises_is_an_answer_and_in_the_log(make: Any, tmp_path: Path) -> None:
    with Engine(subject(tmp_path, make)) as engine:
        broken = play(engine, Call(manner=Manner(raw={"path": "/broken"})))
        assert broken.outcome.status == 500
        assert "RuntimeError: this is broken" in broken.logged


async def served(application: web.Application, use: Any) -> Any:
    """What comes of using an application at its address."""
    runner = web.AppRunner(application, handler_cancellation=application.get(HANGS_UP, False))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as http:
            return await use(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


def test_an_answer_is_streamed() -> None:
    async def read(http: aiohttp.ClientSession, url: str) -> list[tuple[int, bytes]]:
        loop = asyncio.get_running_loop()
        async with http.get(f"{url}/stream") as answer:
            began = loop.time()
            return [(round(loop.time() - began), piece) async for piece in answer.content.iter_any()]

    async def main(virtual: Virtual) -> Any:
        return await served(application_of(bridged.Asgi(ENVIRON)), read)

    assert run(main) == [(0, b"0"), (10, b"1"), (20, b"2")]


def test_a_caller_who_hangs_up_is_told_of() -> None:
    application = bridged.Asgi(ENVIRON)

    async def leave(http: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(TimeoutError):
            await http.get(f"{url}/wait", timeout=aiohttp.ClientTimeout(total=5))
        await asyncio.sleep(1)
        application.events.append("looked")

    async def main(virtual: Virtual) -> Any:
        return await served(application_of(application), leave)

    run(main)
    assert application.events == ["started", "http.disconnect", "looked", "stopped"]


@pytest.mark.parametrize("made", [None, "app", dict, lambda: None, lambda one: None])
def test_what_is_no_application(made: Any) -> None:
    with pytest.raises(AdapterError, match=r"expected is an aiohttp web.Application, or an ASGI or WSGI one"):
        application_of(made)
