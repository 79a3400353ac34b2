"""What a client does that harms others is seen: it blocks its loop, asks for other machines, gives back nonsense."""

import asyncio
import socket
import time
from typing import Any

import aiohttp
import pytest
import requests

from safelight.conformance.client import ClientError, GenerateRequest, Image, Result
from safelight.conformance.engine.engine import Engine
from safelight.conformance.engine.names import is_here, overheard
from safelight.conformance.engine.run import Run
from safelight.conformance.scenarios.model import Scenario
from safelight.conformance.subjects.errors import AdapterError
from safelight.conformance.subjects.python import FactorySubject
from safelight.conformance.suite.smoke import smoke_test


class Adapter:
    """Makes itself; what it does is up to the test."""

    def __init__(self, **options: Any) -> None:
        self.base = options["base_url"]
        self.key = options["api_key"]


def play(factory: Any, scenario: Scenario) -> Run:
    with Engine(FactorySubject(factory), longest=20.0) as engine:
        return engine.run(scenario)


def test_a_blocking_request_on_the_loop_ends_at_once_and_is_told() -> None:
    class Blocking(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            try:
                requests.post(self.base, timeout=5)  # noqa: ASYNC210
            except requests.ConnectionError as error:
                raise ClientError("no connection", category="server") from error
            raise AssertionError

    started = time.perf_counter()
    run = play(Blocking, Scenario("reapi"))
    assert run.outcome.category == "server"
    assert run.blocking[0].startswith("connect to ")
    assert run.exchanges == ()
    assert time.perf_counter() - started < 10
    with Engine(FactorySubject(Blocking)) as engine:
        assert smoke_test(engine, ["reapi"], declared=True) == ["reapi"]


def test_a_blocking_client_of_its_own_thread_blocks_nobody() -> None:
    class Sync(Adapter):
        def generate(self, request: GenerateRequest) -> Result:
            requests.post(self.base, timeout=5)
            time.sleep(1.0)
            raise ClientError("enough", category="failed")

    assert play(Sync, Scenario("reapi")).blocking == ()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "returned a NoneType"),
        (Result((Image(url=None),)), "neither a `url`"),
        (Result((Image(url="http://localhost/a.png", data=b"a"),)), "or has both"),
        (Result((Image(url=42),)), "neither a `url` of text"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_result_is_an_error_without_a_category(value: Any, sentence: str) -> None:
    class Odd(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            return value  # type: ignore[no-any-return]

    outcome = play(Odd, Scenario("reapi")).outcome
    assert (outcome.kind, outcome.category) == ("error", None)
    assert sentence in outcome.described()
    with Engine(FactorySubject(Odd)) as engine, pytest.raises(AdapterError, match=r"no|neither|both|returned"):
        smoke_test(engine, ["reapi"], declared=True)


def test_other_machines_are_not_there_and_asking_for_them_is_remembered() -> None:
    class Curious(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            async with aiohttp.ClientSession() as session:
                for url in ("https://reapi.ai/", self.base):
                    try:
                        await session.get(url)
                    except aiohttp.ClientConnectorError:
                        await asyncio.sleep(1.0)
            raise ClientError("enough", category="failed")

    run = play(Curious, Scenario("reapi"))
    assert run.contacted == ("reapi.ai",)
    assert run.outcome.category == "failed"
    assert len(run.exchanges) == 1


def test_names_are_looked_up_as_ever_afterwards() -> None:
    before = socket.getaddrinfo
    with overheard() as asked:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("example.com", 80)
        assert socket.getaddrinfo("127.0.0.1", 80)
        assert socket.getaddrinfo(b"localhost", 80)
    assert asked == ["example.com"]
    assert socket.getaddrinfo is before


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("localhost", True), ("t1.localhost.", True), ("127.8.9.1", True), ("::1", True), ("", True), ("0.0.0.0", True),
        ("fe80::1%eth0", False), ("10.0.0.1", False), ("localhost.example.com", False),
    ],
)  # fmt: skip
def test_which_names_are_this_machine(name: str, here: bool) -> None:
    assert is_here(name) is here


def test_a_redirect_leads_to_the_gallery() -> None:
    class Follower(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            headers = {"Authorization": f"Bearer {self.key}", "X-Key": self.key}
            async with aiohttp.ClientSession(headers=headers) as session:
                url = f"{self.base}/api/v1/images/generations"
                async with session.post(url, json={"prompt": request.prompt}) as answer:
                    raise ClientError(f"{answer.status}", category="failed", status=answer.status)

    fault = {"kind": "redirect", "operation": "submit", "status": 307, "location": "{gallery}/elsewhere?a=b"}
    run = play(Follower, Scenario("reapi", faults=(fault,)))
    assert [(visit.method, visit.path) for visit in run.visits] == [("POST", "/elsewhere?a=b")]
    assert run.visits[0].headers["X-Key"] == run.api_key
    assert run.exchanges[0].status == 307
