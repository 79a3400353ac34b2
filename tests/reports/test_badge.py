"""The badge."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from report_fixtures import failures, only, realistic_report, result

from safelight.conformance.reports.badge import badge_svg, badge_text

NAMESPACE = "{http://www.w3.org/2000/svg}"
RED, GREEN, AMBER = "#b3261e", "#2a7d4f", "#96660a"


def of(*statuses: Any, level: Any = "MUST") -> list[Any]:
    return [result(f"reapi.a.b{n}", "reapi", level, status, "A rule.") for n, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "text", "colour"),
    [
        (["pass", "pass", "not-applicable"], "2/2 MUST", GREEN),
        (["pass", "fail"], "1/2 MUST", RED),
        (["pass", "not-exercised"], "1/2 MUST", RED),
        (["pass", "expected-fail"], "1/2 MUST", AMBER),
        ([], "nothing judged", "#6b6b6b"),
    ],
)
def test_text_and_colour(statuses: list[Any], text: str, colour: str) -> None:
    report = only(*of(*statuses))
    assert badge_text(report) == text
    assert f'fill="{colour}"' in badge_svg(report)


def test_what_is_red_beside_must_is_told() -> None:
    assert badge_text(only(*of("fail", "fail", level="HOUSE"))) == "0/0 MUST · 2 more red"
    assert badge_text(only(*of("pass"), problems=("It broke.",))) == "1/1 MUST · 1 problem"


def test_it_is_self_contained_accessible_and_the_same_each_time() -> None:
    picture = badge_svg(realistic_report())
    root = ET.fromstring(picture)
    title = root.find(f"{NAMESPACE}title")
    assert title is not None
    assert title.text == root.get("aria-label") == "safelight: 45/50 MUST · 1 more red"
    assert root.get("role") == "img"
    assert "href" not in picture
    assert picture == badge_svg(realistic_report())


def test_a_warning_is_amber() -> None:
    warning = next(each for each in failures() if each.status == "warn")
    assert AMBER in badge_svg(only(warning))
