"""SARIF 2.1.0: what the standard and code scanning demand of a log."""

from __future__ import annotations

import re
from typing import Any

import pytest
from report_fixtures import DOCUMENT, failures, only, realistic_report, result

from safelight.conformance.reports.sarif import sarif


@pytest.fixture(scope="module")
def run() -> Any:
    log = sarif(realistic_report())
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    [run] = log["runs"]
    return run


def test_every_check_is_a_rule_with_help(run: Any) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len({rule["id"] for rule in rules}) == len(realistic_report().results)
    for rule in rules:
        assert {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration"} <= rule.keys()
    rule = next(rule for rule in rules if rule["id"] == "reapi.result.lapse")
    assert f"{DOCUMENT}:236-238,240" in rule["help"]["text"]
    assert "A gallery that keeps the URL" in rule["help"]["text"]


def test_results_are_whole(run: Any) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == 7
    for each in run["results"]:
        assert each["message"]["text"]
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["level"] in ("error", "warning", "note")
        [location] = each["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["logicalLocations"][0]["fullyQualifiedName"].endswith(each["ruleId"])
        assert all(isinstance(value, str) for value in each["partialFingerprints"].values())


def test_levels_follow_the_status(run: Any) -> None:
    levels = {each["ruleId"]: each["level"] for each in run["results"]}
    assert levels["house.submit.paid-once"] == levels["tokaify.submit.camel-case"] == "error"
    assert levels["reapi.poll.first-wait"] == "warning"
    assert levels["gmicloud.follow-up.contents"] == "note"
    known = next(each for each in run["results"] if each["ruleId"] == "gmicloud.follow-up.contents")
    assert known["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "Known since March; until 2026-12-01."}
    ]


@pytest.mark.parametrize(
    ("citation", "uri", "region"),
    [
        ("000_a.txt:236-238,240", "000_a.txt", {"startLine": 236, "endLine": 238}),
        ("000_a.txt:7", "000_a.txt", {"startLine": 7, "endLine": 7}),
        ("a b.txt:9-3", "a%20b.txt", {"startLine": 9, "endLine": 9}),
        ("our own rule", "safelight/conformance/checks/house.yaml", None),
    ],
)
def test_a_result_points_at_what_it_breaks(citation: str, uri: str, region: Any) -> None:
    broken = result("reapi.a.b", "reapi", "MUST", "fail", "A rule.", citation=citation)
    place = sarif(only(broken))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
    assert place.get("region") == region


def test_fingerprints_name_the_check_and_not_what_was_found() -> None:
    first, second = (
        [
            each["partialFingerprints"]
            for each in sarif(only(*failures(), seed=seed))["runs"][0]["results"]
            if each["ruleId"] == "house.submit.paid-once"
        ]
        for seed in (1, 2)
    )
    assert first == second
    assert re.fullmatch(r"[0-9a-f]{32}:1", first[0]["primaryLocationLineHash"])
    elsewhere = [result("house.submit.paid-once", name, "HOUSE", "fail", "Once.") for name in ("reapi", "onemin")]
    prints = [str(each["partialFingerprints"]) for each in sarif(only(*elsewhere))["runs"][0]["results"]]
    assert len(set(prints)) == 2


def test_what_went_wrong_and_what_was_left_out_is_told() -> None:
    [invocation] = sarif(realistic_report(problems=("It broke.",)))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    texts = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert texts[0] == "It broke."
    assert texts[1].startswith("Not explored to the end: reapi.submit.rule-0")
