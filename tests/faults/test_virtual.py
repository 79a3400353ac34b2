"""Faults in virtual time, through the pytest plugin: what a client waits for costs no time and is exact."""

import time
from typing import Any

import pytest
import requests
from rig import SUBMITS

PATH, BODY = SUBMITS["reapi"]


def post(handle: Any, read_timeout: float = 30, prompt: str = "a lamp") -> requests.Response:
    headers = {"Authorization": f"Bearer {handle.api_key}"}
    return requests.post(handle.base_url + PATH, json=BODY(prompt), headers=headers, timeout=read_timeout)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", requests.ConnectionError),
        ("garbage", requests.ConnectionError),
        ("truncated", requests.exceptions.ChunkedEncodingError),
    ],
)
def test_a_broken_connection_takes_no_time(reapi: Any, kind: str, error: type[Exception]) -> None:
    reapi.fail(kind, operation="submit", when="after")
    start = time.time()
    with pytest.raises(error):
        post(reapi)
    assert time.time() == start
    assert len(reapi.jobs) == 1
    assert post(reapi).status_code == 200


def test_a_read_timeout_ends_a_hang_to_the_second(reapi: Any) -> None:
    reapi.fail("hang", operation="submit", when="after")
    start = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        post(reapi, 30)
    assert time.monotonic() - start == 30
    reapi.advance(1)  # the simulator hears of it a moment later
    assert [exchange.status for exchange in reapi.requests] == [499]
    assert len(reapi.jobs) == 1


def test_a_drip_outlasts_a_read_timeout(reapi: Any) -> None:
    reapi.fail("drip", operation="submit", pieces=20, seconds=4)
    start = time.time()
    assert post(reapi, 5).json()["status"] == "processing"
    assert time.time() - start == 76


def test_an_edge_that_gives_up_after_a_minute(reapi: Any) -> None:
    reapi.fail("edge-page", status=504, seconds=60, when="after")
    start = time.time()
    assert post(reapi, 90).status_code == 504
    assert time.time() - start == 60


@pytest.mark.scenario("lost-submit-answer")
def test_a_scenario_by_marker(reapi: Any) -> None:
    with pytest.raises(requests.ConnectionError):
        post(reapi)
    assert len(reapi.jobs) == 1


@pytest.mark.scenario("connection-refused")
def test_an_address_that_refuses(reapi: Any) -> None:
    with pytest.raises(requests.ConnectionError, match="refused"):
        post(reapi)


def test_a_word_in_the_prompt(reapi: Any) -> None:
    start = time.time()
    assert post(reapi, 60, "a lamp safelight:delay").ok
    assert time.time() - start == 30
