"""What a test can do to a provider, and see of it."""

import asyncio
import sys
import time

import pytest
import requests

from safelight.conformance.plugin.handle import ProviderHandle
from safelight.mockserver.control.transports import ControlRefused

from .reapi_client import follow, generate, headers, poll, submit


def test_fail_with_a_problem_of_the_provider(reapi: ProviderHandle) -> None:
    reapi.fail("rate-limited", times=2)
    for _ in range(2):
        with pytest.raises(requests.HTTPError, match="429"):
            submit(reapi)
    submit(reapi)
    reapi.assert_paid_once()


def test_fail_by_default_is_an_internal_error(reapi: ProviderHandle) -> None:
    reapi.fail()
    with pytest.raises(requests.HTTPError, match="500"):
        submit(reapi)


def test_fail_after_the_commit_loses_the_answer_of_a_paid_job(reapi: ProviderHandle) -> None:
    reapi.fail("reset", operation="submit", when="after")
    with pytest.raises(requests.ConnectionError):
        submit(reapi)
    reapi.assert_paid_once()


def test_fail_before_the_commit_costs_nothing(reapi: ProviderHandle) -> None:
    reapi.fail("reset", operation="submit")
    with pytest.raises(requests.ConnectionError):
        submit(reapi)
    reapi.assert_paid(0)
    assert reapi.credits == 1_000_000


def test_fail_later_and_elsewhere(reapi: ProviderHandle) -> None:
    reapi.fail("edge-page", operation="poll", skip=1, times=None, status=503)
    job = submit(reapi)
    assert poll(reapi, job)["status"] == "processing"
    for _ in range(3):
        with pytest.raises(requests.HTTPError, match="503"):
            poll(reapi, job)


def test_a_slow_answer_takes_virtual_time(reapi: ProviderHandle) -> None:
    reapi.fail("delay", operation="submit", seconds=25)
    started = time.monotonic()
    submit(reapi)
    assert time.monotonic() - started == pytest.approx(25, abs=1e-3)


def test_a_hanging_answer_ends_in_a_time_out(reapi: ProviderHandle) -> None:
    reapi.fail("hang", operation="submit")
    started = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        submit(reapi)
    assert time.monotonic() - started == pytest.approx(30, abs=1e-3)


def test_a_refused_connection(reapi: ProviderHandle) -> None:
    url = reapi.base_url
    reapi.fail("refused-connection")
    assert reapi.base_url != url
    with pytest.raises(requests.ConnectionError, match="refused"):
        submit(reapi)


def test_an_unknown_fault_names_the_nearest(reapi: ProviderHandle) -> None:
    with pytest.raises(ControlRefused, match="rate-limited"):
        reapi.fail("rate-limitd")


def test_a_fault_on_an_operation_that_the_provider_lacks(tokaify: ProviderHandle) -> None:
    with pytest.raises(ControlRefused, match="generate_content"):
        tokaify.fail("rate-limited", operation="poll")


def test_a_named_scenario(reapi: ProviderHandle) -> None:
    reapi.scenario("bad-gateway-burst")
    job = submit(reapi)
    statuses = [
        requests.get(f"{reapi.base_url}/api/v1/tasks/{job}", headers=headers(reapi)).status_code for _ in "1234"
    ]
    assert statuses == [502, 502, 502, 200]


@pytest.mark.scenario("bad-gateway-burst")
def test_a_marked_scenario(reapi: ProviderHandle) -> None:
    job = submit(reapi)
    with pytest.raises(requests.HTTPError, match="502"):
        poll(reapi, job)


@pytest.mark.scenario("bad-gateway-burst", provider="threedai")
def test_a_marked_scenario_for_one_provider(reapi: ProviderHandle) -> None:
    poll(reapi, submit(reapi))


def test_moderate_next_prompt(reapi: ProviderHandle) -> None:
    reapi.moderate_next()
    first, second = submit(reapi), submit(reapi)
    assert follow(reapi, first)["status"] == "failed"
    assert follow(reapi, second)["status"] == "completed"
    reapi.assert_paid_once()


def test_moderate_next_output(reapi: ProviderHandle) -> None:
    reapi.moderate_next(2, stage="output")
    assert [follow(reapi, submit(reapi))["status"] for _ in "123"] == ["failed", "failed", "completed"]


def test_advance_moves_everybody(reapi: ProviderHandle) -> None:
    wall, monotonic, now = time.time(), time.monotonic(), reapi.tenant.now
    reapi.advance(1, minutes=1, hours=1, days=1)
    seconds = 1 + 60 + 3_600 + 86_400
    assert [time.time() - wall, time.monotonic() - monotonic, reapi.tenant.now - now] == [seconds] * 3


def test_advance_may_go_beyond_the_horizon(reapi: ProviderHandle) -> None:
    started = time.monotonic()
    reapi.advance(days=400)
    time.sleep(86_400)
    assert time.monotonic() - started == 401 * 86_400


def test_results_expire_after_a_week(reapi: ProviderHandle) -> None:
    (url,) = generate(reapi)
    reapi.advance(days=6.9)
    assert requests.get(url).status_code == 200
    reapi.advance(days=0.2)
    assert requests.get(url).status_code == 404


def test_expire_at_once(reapi: ProviderHandle) -> None:
    (url,) = generate(reapi)
    (other,) = generate(reapi)
    reapi.expire(reapi.jobs[0].id)
    assert [requests.get(each).status_code for each in (url, other)] == [404, 200]
    reapi.expire()
    assert requests.get(other).status_code == 404


def test_end_job(reapi: ProviderHandle) -> None:
    job = submit(reapi)
    reapi.end_job(job, "succeeded")
    assert poll(reapi, job)["status"] == "completed"


def test_revoke_key(reapi: ProviderHandle) -> None:
    job = submit(reapi)
    reapi.revoke_key()
    with pytest.raises(requests.HTTPError, match="401"):
        poll(reapi, job)


def test_credits(reapi: ProviderHandle) -> None:
    reapi.set_credits(1)
    submit(reapi)
    assert reapi.credits == 0
    with pytest.raises(requests.HTTPError, match="402"):
        submit(reapi)


def test_requests_tell_what_was_sent_and_answered(reapi: ProviderHandle) -> None:
    job = submit(reapi, prompt="猫")
    time.sleep(12)
    poll(reapi, job)
    first, second = reapi.requests
    assert first.request.json()["prompt"] == "猫"
    assert first.response.json()["id"] == job
    assert (first.operation, first.status, second.operation, second.status) == ("submit", 200, "poll", 200)
    assert second.at - first.at == 12
    assert reapi.api_key not in repr(reapi.requests)


def test_jobs_and_ledger(reapi: ProviderHandle) -> None:
    submit(reapi, prompt="A lighthouse", size="16:9", resolution="2k")
    (job,) = reapi.jobs
    assert (job.prompt, job.phase, job.refunded, job.width) == ("A lighthouse", "queued", False, 2752)
    granted, charged = reapi.ledger
    assert (granted.credits, granted.job) == (1_000_000, None)
    assert (charged.credits, charged.job, charged.at) == (-job.price, job.hex, reapi.tenant.started)


def test_reading(reapi: ProviderHandle) -> None:
    job = submit(reapi)
    seen = {}
    for value in ("absent", "null"):
        reapi.reading("processing-output", value)
        seen[value] = "output" in poll(reapi, job)
    assert seen == {"absent": False, "null": True}


def test_an_unknown_reading_names_the_nearest(reapi: ProviderHandle) -> None:
    with pytest.raises(ControlRefused, match=r"reapi\.processing-output"):
        reapi.reading("processing-outputs", "absent")


@pytest.mark.anyio
async def test_hold_for_a_process(reapi: ProviderHandle, anyio_backend: str) -> None:
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(0.3)")
    with reapi.tenant.hold():
        assert await asyncio.wait_for(process.wait(), 1) == 0
    assert time.monotonic() == started


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
