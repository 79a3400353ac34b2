"""Baselines: what is expected to fail, until when, and what is wrong with the file."""

from datetime import date
from pathlib import Path

import pytest

from safelight.conformance.suite.baseline import NO_REASON, BadBaseline, Baseline, Entry, read_baseline, write_baseline
from safelight.conformance.suite.results import CheckResult, Status

TODAY = date(2026, 6, 1)
LATER = date(2026, 12, 31)
CHECK = "reapi.poll.first-wait"


def result(status: Status, id: str = CHECK, provider: str = "reapi") -> CheckResult:
    return CheckResult(id, provider, "SHOULD", "text", "", "", status)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("status", "expires", "expected"),
    [
        ("fail", LATER, "expected-fail"),
        ("warn", LATER, "expected-fail"),
        ("not-exercised", LATER, "expected-fail"),
        ("fail", TODAY, "expected-fail"),
        ("fail", date(2026, 5, 31), "stale-baseline"),
        ("pass", LATER, "stale-baseline"),
        ("not-applicable", LATER, "not-applicable"),
    ],
)
def test_what_is_known_changes_the_verdict(status: Status, expires: date, expected: Status) -> None:
    baseline = Baseline((Entry(CHECK, "slow queue", expires),))
    [known] = baseline.applied([result(status)], TODAY)
    assert known.status == expected
    assert known.status == "not-applicable" or "slow queue" in known.note


def test_others_are_left_alone() -> None:
    baseline = Baseline((Entry(CHECK, "slow queue", LATER),))
    other = result("fail", "reapi.poll.id")
    assert baseline.applied([other], TODAY) == [other]


def test_a_check_of_ours_is_known_for_one_provider_or_for_all() -> None:
    mine, theirs = (result("fail", "house.poll.backs-off", name) for name in ("reapi", "onemin"))
    one = Baseline((Entry("reapi/house.poll.backs-off", "x", LATER),))
    assert [each.status for each in one.applied([mine, theirs], TODAY)] == ["expected-fail", "fail"]
    every = Baseline((Entry("house.poll.backs-off", "x", LATER),))
    assert [each.status for each in every.applied([mine, theirs], TODAY)] == ["expected-fail", "expected-fail"]


def test_an_update_keeps_reasons_and_takes_out_what_passes(tmp_path: Path) -> None:
    before = Baseline((Entry(CHECK, "slow queue", LATER), Entry("reapi.poll.id", "old", LATER)))
    found = [result("fail"), result("pass", "reapi.poll.id"), result("fail", "reapi.auth.bearer")]
    path = tmp_path / "deep" / "baseline.yaml"
    write_baseline(path, before.updated(found, TODAY))
    after = read_baseline(path)
    assert [(each.check, each.reason) for each in after.entries] == [
        (CHECK, "slow queue"),
        ("reapi.auth.bearer", NO_REASON),
    ]
    assert after.entries[1].expires > TODAY


ENTRY = "expected_failures:\n  - {check: reapi.poll.first-wait, reason: x, expires: 2026-12-31}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "line 1 is no YAML"),
        ("", "at the top: None is not of type 'object'"),
        (ENTRY.replace("expected_failures", "expected_failure"), "did you mean 'expected_failures'"),
        (ENTRY.replace("reason", "reasons"), "expected_failures.0: .*did you mean 'reason'"),
        (ENTRY.replace("reason: x, ", ""), "'reason' is a required property"),
        (
            ENTRY.replace("first-wait", "first-wiat"),
            "did you mean reapi.poll.first-wait",
        ),
        (ENTRY.replace("2026-12-31", "2026-13-31"), "expires on 2026-13-31, which is no day"),
        (ENTRY.replace("2026-12-31", "soon"), "'soon' does not match"),
    ],
)
def test_mistakes_are_said_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadBaseline, match=said) as caught:
        read_baseline(write(tmp_path / "baseline.yaml", text))
    assert "baseline.yaml" in str(caught.value)
