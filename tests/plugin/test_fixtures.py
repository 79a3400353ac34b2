"""A fixture for each provider, for one test or for all of them."""

import time
from collections.abc import Iterator

import pytest
import requests

from safelight.conformance.plugin.handle import ProviderHandle, TenantHandle
from safelight.specs import provider_names

from .reapi_client import generate, submit

EACH_PROVIDER = pytest.mark.parametrize("provider", provider_names())


@EACH_PROVIDER
def test_each_provider_has_a_fixture(provider: str, request: pytest.FixtureRequest) -> None:
    handle: ProviderHandle = request.getfixturevalue(provider)
    assert requests.get(f"{handle.base_url}/nowhere", timeout=5).status_code in (401, 404)
    assert [(each.provider, each.target) for each in handle.requests] == [(provider, "/nowhere")]
    assert handle.base_url.endswith(f"/{provider}")
    assert repr(handle) == f"<{provider} at {handle.base_url}>"


@EACH_PROVIDER
def test_each_provider_has_a_fixture_for_the_session(provider: str, request: pytest.FixtureRequest) -> None:
    handle: ProviderHandle = request.getfixturevalue(f"{provider}_session")
    tenant: TenantHandle = request.getfixturevalue("safelight_session")
    assert handle.base_url == tenant.provider(provider).base_url
    assert requests.get(f"{handle.base_url}/nowhere", timeout=5).status_code in (401, 404)


def test_providers_of_a_test_are_one_world(reapi: ProviderHandle, threedai: ProviderHandle) -> None:
    assert reapi.tenant is threedai.tenant
    reapi.advance(hours=1)
    assert threedai.tenant.now == time.time()


tags: list[str] = []


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_a_tenant_of_its_own(turn: int, reapi: ProviderHandle) -> None:
    assert reapi.jobs == []
    assert reapi.requests == []
    submit(reapi)
    assert len(reapi.jobs) == 1
    tags.append(reapi.tenant.tag)
    assert len(set(tags)) == turn


def test_the_session_has_one_tenant(reapi_session: ProviderHandle) -> None:
    time.sleep(1)
    submit(reapi_session)


def test_jobs_of_the_session_get_on_between_tests(reapi_session: ProviderHandle) -> None:
    if not reapi_session.jobs:
        pytest.skip("needs the test before")
    before = reapi_session.jobs[-1]
    assert before.phase == "queued" or before.phase == "running"
    time.sleep(3_600)
    assert reapi_session.jobs[-1].phase == "succeeded"


def test_a_session_tenant_beside_a_tests_own(reapi_session: ProviderHandle, reapi: ProviderHandle) -> None:
    before = reapi.tenant.now, reapi_session.tenant.now
    reapi.advance(days=1)
    after = reapi.tenant.now, reapi_session.tenant.now
    assert [now - then for now, then in zip(after, before, strict=True)] == [86_400, 86_400]
    assert after == pytest.approx((time.time(), time.time()), abs=1e-3)


@pytest.fixture
def slept(reapi: ProviderHandle) -> Iterator[float]:
    """A fixture that needs ours is set up and finalised in virtual time."""
    started = time.monotonic()
    time.sleep(3_600)
    yield time.monotonic() - started
    time.sleep(3_600)


def test_fixtures_may_sleep_too(slept: float, reapi: ProviderHandle) -> None:
    assert slept == 3_600
    generate(reapi)
    assert reapi.requests[0].at - reapi.tenant.started == 3_600


@pytest.mark.safelight(clock="real")
def test_real_time(reapi: ProviderHandle) -> None:
    started = time.monotonic()
    time.sleep(0.01)
    assert 0.01 <= time.monotonic() - started < 10
    submit(reapi)
    reapi.advance(minutes=10)
    assert reapi.jobs[0].phase == "succeeded"
    assert time.monotonic() - started < 10


@pytest.mark.safelight(clock="x1000")
def test_scaled_time(reapi: ProviderHandle) -> None:
    submit(reapi)
    deadline = time.monotonic() + 20
    while reapi.jobs[0].phase != "succeeded" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert reapi.jobs[0].phase == "succeeded"


@pytest.mark.safelight(progress="immediate")
def test_immediate_progress(reapi: ProviderHandle) -> None:
    submit(reapi)
    assert reapi.jobs[0].phase == "succeeded"


@pytest.mark.safelight(seed=7)
def test_the_seed_decides_the_ids(reapi: ProviderHandle, record_property: pytest.FixtureRequest) -> None:
    ids.add(submit(reapi))
    assert len(ids) == 1


@pytest.mark.safelight(seed=7)
def test_the_same_seed_decides_the_same(reapi: ProviderHandle) -> None:
    ids.add(submit(reapi))
    assert len(ids) == 1


@pytest.mark.safelight(seed=8)
def test_another_seed_decides_otherwise(reapi: ProviderHandle) -> None:
    assert submit(reapi) not in ids


ids: set[str] = set()
