"""Scenarios in real time: what would take minutes takes seconds."""

import pytest

from safelight.conformance.scenarios.hurried import hurried
from safelight.conformance.scenarios.model import Call, Scenario


def test_times_keep_their_order() -> None:
    calls = (Call(cancel_after=8.0), Call(wait=17.0), Call())
    scenario = hurried(Scenario("reapi", calls=calls, seconds=30.0, deadline=60.0))
    assert (scenario.seconds, scenario.deadline) == (1.5, 60.0)
    assert [call.cancel_after for call in scenario.calls] == [0.4, None, None]
    assert [call.wait for call in scenario.calls] == [0.0, 0.85, 0.0]


def test_nothing_takes_long() -> None:
    assert hurried(Scenario("reapi", seconds=14_400.0)).seconds == 10.0


@pytest.mark.parametrize(("given", "left"), [(0, 0), (7, 1), (45, 1), (100, 100)])
def test_only_a_short_retry_after_is_shortened(given: int, left: int) -> None:
    scenario = hurried(Scenario("reapi", faults=({"kind": "problem", "retry_after": given},)))
    assert scenario.faults[0]["retry_after"] == left


def test_a_clock_that_is_wrong_stays_wrong() -> None:
    fault = {"kind": "clock-skew", "seconds": -300}
    assert hurried(Scenario("reapi", faults=(fault,))).faults == (fault,)
