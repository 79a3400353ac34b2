"""Whatever a report is written as, every result that is not fine is in it."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from report_strategies import reports
from rich.console import Console

from safelight.conformance.reports.badge import badge_svg
from safelight.conformance.reports.html import html_page
from safelight.conformance.reports.jsonfile import as_json, encoded, from_json
from safelight.conformance.reports.junit import junit_xml
from safelight.conformance.reports.sarif import sarif
from safelight.conformance.reports.terminal import print_report
from safelight.conformance.suite.results import CheckResult, Report

FEW = settings(max_examples=40)
RED = ("fail", "not-exercised", "stale-baseline", "adapter-error")


def remarkable(report: Report) -> list[CheckResult]:
    return [result for result in report.results if result.status not in ("pass", "not-applicable")]


@FEW
@given(reports)
def test_json(report: Report) -> None:
    again = from_json(json.loads(encoded(as_json(report))))
    assert [(each.name, each.status, each.level) for each in again.results] == [
        (each.name, each.status, each.level) for each in report.results
    ]
    assert as_json(again) == as_json(report)
    assert len(again.problems) == len(report.problems)


@FEW
@given(reports)
def test_junit(report: Report) -> None:
    root = ET.fromstring(junit_xml(report).encode())
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    for result in report.results:
        case = cases[f"safelight.{result.provider}", result.id]
        assert (case.find("failure") is not None or case.find("error") is not None) == (result.status in RED)
    red = len(report.of_status(*RED)) + len(report.problems)
    assert int(root.get("failures", "")) + int(root.get("errors", "")) == red
    assert int(root.get("tests", "")) == len(report.results) + len(report.problems)


@FEW
@given(reports)
def test_sarif(report: Report) -> None:
    [run] = json.loads(encoded(sarif(report)))["runs"]
    found = {(each["properties"]["provider"], each["ruleId"]): each["level"] for each in run["results"]}
    assert set(found) == {(result.provider, result.id) for result in remarkable(report)}
    assert all(found[result.provider, result.id] == "error" for result in report.of_status(*RED))
    errors = [each for each in run["invocations"][0]["toolExecutionNotifications"] if each["level"] == "error"]
    assert len(errors) == len(report.problems)


class Outline(HTMLParser):
    """The articles of a page by id, and every tag there is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.articles: dict[str, str] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        given = dict(attrs)
        if tag == "article":
            self.articles[given["id"] or ""] = given["data-status"] or ""


@FEW
@given(reports)
def test_html(report: Report) -> None:
    page = Outline(html_page(report))
    assert page.articles == {result.name: result.status for result in remarkable(report)}
    assert page.tags.isdisjoint({"img", "iframe", "object", "embed", "link", "base", "image"})
    assert not [name for name in page.attributes if name.startswith("on") or name in ("style", "src", "srcdoc")]


@FEW
@given(reports)
def test_terminal(report: Report) -> None:
    written = io.StringIO()
    print_report(report, console=Console(file=written, width=200))
    shown = written.getvalue()
    assert all(result.name in shown for result in remarkable(report))
    assert shown.count("Problem:") >= len(report.problems)


@FEW
@given(reports)
def test_badge(report: Report) -> None:
    picture = badge_svg(report)
    ET.fromstring(picture)
    assert ("#b3261e" in picture) == bool(report.results and (report.of_status(*RED) or report.problems))
