"""JUnit XML as CI tools take it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from report_fixtures import HOSTILE, failures, only, realistic_report

from safelight.conformance.reports.junit import junit_xml

CASES = {result.id: result for result in failures()}


def case_of(id: str) -> ET.Element:
    root = ET.fromstring(junit_xml(only(CASES[id]), "out/result.json"))
    return next(root.iter("testcase"))


def test_there_is_a_suite_per_provider_with_counts() -> None:
    root = ET.fromstring(junit_xml(realistic_report()))
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    assert list(suites) == ["gmicloud", "onemin", "reapi", "threedai", "tokaify"]
    assert {name: suites["reapi"].get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "17", "failures": "2", "errors": "0", "skipped": "0",
    }  # fmt: skip
    assert (suites["onemin"].get("errors"), suites["gmicloud"].get("skipped")) == ("1", "2")
    assert root.get("time") == "21.400"
    properties = {each.get("name"): each.get("value") for each in suites["reapi"].iter("property")}
    assert properties == {"seed": "7", "requirements": "2026.1", "version": "0.1.0"}


@pytest.mark.parametrize(
    ("id", "element", "message"),
    [
        ("house.submit.paid-once", "failure", "Two jobs were paid"),
        ("tokaify.submit.camel-case", "failure", "No call ended with an image."),
        ("threedai.paths.trailing-slash", "failure", "The baseline expects a failure, but the check passes."),
        ("onemin.submit.image-size", "error", "The adapter answered request 7 with id 6."),
        ("gmicloud.follow-up.contents", "skipped", "Known since March; until 2026-12-01."),
    ],
)
def test_each_status_has_its_element(id: str, element: str, message: str) -> None:
    found = case_of(id).find(element)
    assert found is not None
    assert (found.get("message") or "").startswith(message)


def test_a_warning_passes_and_is_told() -> None:
    case = case_of("reapi.poll.first-wait")
    assert [child.tag for child in case] == ["system-out"]
    assert "30 s or more were expected" in (case[0].text or "")


def test_a_failure_tells_everything() -> None:
    failure = case_of("house.submit.paid-once").find("failure")
    assert failure is not None
    text = failure.text or ""
    assert failure.get("type") == "HOUSE"
    for part in (
        "A submit whose answer was lost",
        "our own rule",
        "Why: The caller pays twice",
        HOSTILE,
        "first submit: the connection is reset",
        "✗  +1.000 s  POST",
        "−1  charge",
        "Again: safelight replay out/result.json reapi/house.submit.paid-once",
    ):
        assert part in text


def test_characters_that_xml_has_not_are_spelled_out() -> None:
    text = junit_xml(only(CASES["house.submit.paid-once"]))
    assert "\\x1b[31m" in text
    assert "\x1b" not in text
    assert "猫と月" in text


def test_problems_of_the_run_are_errors() -> None:
    root = ET.fromstring(junit_xml(only(problems=("The engine stopped.",))))
    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert error.get("message") == "The engine stopped."
    assert root.get("errors") == "1"
