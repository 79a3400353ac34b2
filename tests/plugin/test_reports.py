"""What people are told when a test fails, or asks for something that there is not."""

import re

import pytest

pytest_plugins = ["pytester"]

CLIENT = """
import asyncio, time
import pytest, requests

def submit(reapi, key=None):
    headers = {"Authorization": f"Bearer {key or reapi.api_key}"}
    body = {"model": "gemini-3-pro-image-preview", "prompt": "A lighthouse"}
    return requests.post(f"{reapi.base_url}/api/v1/images/generations", json=body, headers=headers, timeout=30)
"""


def play(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """What pytest says to these tests, in a process of its own."""
    pytester.makepyfile(CLIENT + tests)
    return pytester.runpytest_subprocess("-p", "no:schemathesis", "-p", "no:cacheprovider", *options)


def test_a_failing_test_shows_what_went_over_the_wire(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
def test_fails(reapi):
    submit(reapi)
    time.sleep(30)
    submit(reapi, "wrong")
    assert False

def test_passes(reapi):
    submit(reapi)

def test_asks_nobody(reapi):
    assert False

def test_fails_in_the_sessions_tenant(reapi_session):
    time.sleep(2)
    submit(reapi_session)
    assert False
""",
    )
    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_fails _*",
            "*- safelight transcript of tenant t1 -*",
            "+    0.000 s  reapi  POST /api/v1/images/generations → 200  1 credits",
            "+   30.000 s  reapi  POST /api/v1/images/generations → 401  *",
            "*_ test_asks_nobody _*",
            "*- safelight transcript of tenant t3 -*",
            "no requests were made",
            "*_ test_fails_in_the_sessions_tenant _*",
            "*- safelight transcript of tenant t4 -*",
            "+    2.000 s  reapi  POST /api/v1/images/generations → 200  1 credits",
        ]
    )
    assert result.stdout.str().count("transcript of tenant") == 3


def test_a_test_that_waits_for_ever(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
def test_sync(reapi):
    while True:
        try:
            submit(reapi).json()["never"]
        except Exception:
            time.sleep(86_400)

@pytest.mark.anyio
async def test_async(reapi, anyio_backend):
    while True:
        await asyncio.sleep(86_400)  # here it waits

@pytest.fixture
def anyio_backend():
    return "asyncio"

def test_afterwards_all_is_well(reapi):
    assert submit(reapi).ok
""",
    )
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [
            ">*time.sleep(86_400)",
            "E*HorizonPassed: this went on for 30 days of virtual time: somebody waits or polls for ever",
            ">*await asyncio.sleep(86_400)  # here it waits",
            "E*WaitsForEver: this went on for 30 days of virtual time: somebody waits or polls for ever",
        ]
    )


def test_bad_markers(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.mark.scenario("bad-gateway-brust")
def test_unknown_scenario(reapi): pass

@pytest.mark.scenario()
def test_nameless_scenario(reapi): pass

@pytest.mark.scenario("bad-gateway-burst", provder="reapi")
def test_scenario_with_a_slip(reapi): pass

@pytest.mark.scenario("bad-gateway-burst", provider="repai")
def test_scenario_for_nobody(reapi): pass

@pytest.mark.safelight(clok="real")
def test_unknown_option(reapi): pass

@pytest.mark.safelight(clock="fast")
def test_unknown_clock(reapi): pass

@pytest.mark.safelight(progress="polls")
def test_unknown_progress(reapi): pass

@pytest.mark.safelight(seed="one")
def test_unknown_seed(reapi): pass
""",
    )
    result.assert_outcomes(errors=8)
    messages = re.findall(r"^@pytest\.mark\..*$", result.stdout.str(), re.MULTILINE)
    expected = [
        r"@pytest.mark.scenario: .*'bad-gateway-brust'.*did you mean .?bad-gateway-burst",
        r"@pytest.mark.scenario takes the name of one scenario, and provider= if it is for one only",
        r"@pytest.mark.scenario has no provder=; did you mean provider=\?",
        r"@pytest.mark.scenario: .*repai.*reapi",
        r"@pytest.mark.safelight has no clok=; did you mean clock=\?",
        r"@pytest.mark.safelight: clock must be virtual, real, manual or xN such as x20, not 'fast'",
        r"@pytest.mark.safelight: progress .*'polls'",
        r"@pytest.mark.safelight: seed must be a whole number, not 'one'",
    ]
    for message, pattern in zip(messages, expected, strict=True):
        assert re.match(pattern, message), message


def test_markers_are_registered(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.mark.scenario("bad-gateway-burst")
@pytest.mark.safelight(seed=1)
def test_marked(reapi): pass
""",
        "--strict-markers",
    )
    result.assert_outcomes(passed=1)


def test_the_fixtures_are_described(pytester: pytest.Pytester) -> None:
    result = play(pytester, "", "--fixtures")
    text = result.stdout.str()
    for provider in ("reapi", "threedai", "gmicloud", "tokaify", "onemin"):
        assert re.search(rf"^{provider} -- .*\n    \S.* in a tenant of this test\.", text, re.MULTILINE)
        assert re.search(rf"^{provider}_session \[session scope\] -- .*\n    \S", text, re.MULTILINE)
