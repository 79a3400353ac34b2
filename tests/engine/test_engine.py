"""One engine plays every scenario: exact times, the same each time, and an end to what does not end."""

import asyncio
import http.client
import logging
import sys
import time
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from safelight.conformance.client import ClientError, GenerateRequest, Image, Result
from safelight.conformance.engine.engine import Engine
from safelight.conformance.engine.run import Run
from safelight.conformance.reference import make
from safelight.conformance.scenarios.model import Call, Picture, Scenario, Wish
from safelight.conformance.subjects.errors import AdapterError
from safelight.conformance.subjects.python import FactorySubject


class Adapter:
    """Makes itself; what it does is up to the test."""

    def __init__(self, **options: Any) -> None:
        self.options = options


def play(factory: Any, *scenarios: Scenario, longest: float = 20.0) -> list[Run]:
    with Engine(FactorySubject(factory), longest=longest) as engine:
        return [engine.run(scenario) for scenario in scenarios]


def test_times_are_exact_and_cost_nothing() -> None:
    started = time.perf_counter()
    [run] = play(make, Scenario("reapi", seconds=7_000.0, deadline=10_000.0))
    assert run.outcome.kind == "result"
    assert run.outcome.ended == pytest.approx(7_000.0, abs=10.0)
    assert time.perf_counter() - started < 20


def test_the_same_scenario_is_the_same_story() -> None:
    scenario = Scenario("threedai", calls=(Call(Wish(count=2)),), seconds=80.0, seed=4)
    stories = [
        [(seen.method, seen.path, seen.status, run.since_start(seen.at)) for seen in run.exchanges]
        for run in play(make, scenario, Scenario("threedai"), scenario)
    ]
    assert stories[0] == stories[2]


def test_calls_follow_each_other_or_go_together() -> None:
    calls = (Call(Wish("one")), Call(Wish("two"), wait=100.0))
    after, together = play(make, Scenario("onemin", calls=calls), Scenario("onemin", calls=calls, together=True))
    assert after.outcomes[1].started == pytest.approx(after.outcomes[0].ended + 100.0)
    assert together.outcomes[1].started == 100.0
    assert [job.prompt for job in after.jobs] == ["one", "two"]


def test_references_lie_in_the_gallery() -> None:
    picture = Picture("url", "webp", 40, 30, seed=5)
    [run] = play(make, Scenario("threedai", calls=(Call(Wish(images=(picture,))),)))
    assert run.outcome.kind == "result"
    assert [visit.path for visit in run.visits] == ["/pictures/5-40x30.webp"]
    assert run.references[0].startswith(b"RIFF")


def test_a_call_can_be_cancelled() -> None:
    [run] = play(make, Scenario("reapi", calls=(Call(cancel_after=45.0),), seconds=100.0))
    assert (run.outcome.kind, run.outcome.ended) == ("cancelled", 45.0)


def test_what_waits_for_ever_has_no_end() -> None:
    class Patient(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            await asyncio.Event().wait()
            raise AssertionError

    class Sleeper(Adapter):
        def generate(self, request: GenerateRequest) -> Result:
            while True:
                time.sleep(60)

    for factory in (Patient, Sleeper):
        [run] = play(factory, Scenario("reapi", deadline=60.0))
        assert run.outcome.kind == "hung"


@pytest.mark.parametrize("asks_blocking", [False, True])
def test_what_polls_for_ever_without_a_pause_has_no_end(asks_blocking: bool) -> None:
    """No virtual time passes meanwhile, so that no deadline helps."""

    class Hasty(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            async with aiohttp.ClientSession() as session:
                while True:
                    await (await session.get(self.options["base_url"])).read()

    class HastyAndBlocking(Adapter):
        def generate(self, request: GenerateRequest) -> Result:
            url = urlsplit(self.options["base_url"])
            with closing(http.client.HTTPConnection(url.netloc, timeout=5)) as connection:
                while True:
                    connection.request("GET", url.path)
                    connection.getresponse().read()

    [run] = play(HastyAndBlocking if asks_blocking else Hasty, Scenario("reapi", deadline=60.0), longest=60.0)
    assert run.outcome.kind == "hung"


@pytest.mark.parametrize("swallowed", [(), asyncio.CancelledError])
def test_what_gives_way_but_never_ends_is_the_adapters_fault(swallowed: Any) -> None:
    class Turning(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            while True:
                with suppress(swallowed):
                    await asyncio.sleep(0)

    with pytest.raises(AdapterError, match=r"did nothing for 0\.3 s of real time"):
        play(Turning, Scenario("reapi"), longest=0.3)


def test_what_computes_for_ever_is_the_adapters_fault() -> None:
    class Spinning(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            while True:
                pass

    with pytest.raises(AdapterError, match=r"did nothing for 0\.3 s of real time"):
        play(Spinning, Scenario("reapi"), longest=0.3)


def test_an_engine_goes_on_after_a_client_that_failed() -> None:
    class Moody(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            raise KeyError("status")

    run, again = play(Moody, Scenario("reapi"), Scenario("reapi"))
    assert (run.outcome.kind, run.outcome.exception, run.outcome.category) == ("error", "KeyError", None)
    assert again.outcome.exception == "KeyError"


def test_logs_and_outputs_are_kept_and_given_back() -> None:
    class Chatty(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            print("to the output")
            logging.getLogger("chatty").debug("to the log")
            raise ClientError("no", category="unsupported")

    outputs = sys.stdout, sys.stderr, logging.getLogger().level
    [run] = play(Chatty, Scenario("reapi"))
    assert "to the output" in run.logged
    assert "to the log" in run.logged
    assert (sys.stdout, sys.stderr, logging.getLogger().level) == outputs


def test_blocking_clients_live_in_the_same_time() -> None:
    class Blocking(Adapter):
        def generate(self, request: GenerateRequest) -> Result:
            began, wall = time.monotonic(), time.time()
            time.sleep(90)
            spent = f"{time.monotonic() - began:.3f} {time.time() - wall:.3f}"
            return Result((Image(url=f"https://example.com/{spent}"),))

    [run] = play(Blocking, Scenario("reapi"))
    assert run.outcome.images[0].url == "https://example.com/90.000 90.000"
    assert run.outcome.ended == 90.0


def test_a_client_that_blocks_the_loop_is_seen() -> None:
    class Blocker(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            time.sleep(3)  # noqa: ASYNC251
            raise ClientError("no", category="failed")

    [run] = play(Blocker, Scenario("reapi"))
    assert run.blocking == ("time.sleep(3)",)
    assert run.outcome.ended == 3.0


def test_randomness_is_the_scenarios() -> None:
    import random

    class Dicing(Adapter):
        async def generate(self, request: GenerateRequest) -> Result:
            raise ClientError(str(random.random()), category="failed")

    first, second, other = play(Dicing, Scenario("reapi"), Scenario("reapi"), Scenario("reapi", seed=1))
    assert first.outcome.message == second.outcome.message != other.outcome.message
