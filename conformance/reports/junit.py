"""JUnit XML: a suite for each provider, a test case for each check. Whatever is red here is red in CI."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from ..suite.results import CheckResult, Report, Status
from .masking import without_keys
from .prose import failure_text
from .replaying import replay_command
from .tallies import WORDS, providers
from .texts import visible
from .words import subject_in_words

_FAILURE: Final = "failure"
_ERROR: Final = "error"
_SKIPPED: Final = "skipped"
_ELEMENTS: Final[dict[Status, str]] = {
    "fail": _FAILURE,
    "not-exercised": _FAILURE,
    "stale-baseline": _FAILURE,
    "adapter-error": _ERROR,
    "not-applicable": _SKIPPED,
    "expected-fail": _SKIPPED,
}
_PROBLEMS: Final = "safelight"  # the suite of what went wrong with the run itself


def junit_xml(report: Report, result_file: str | Path | None = None) -> str:
    """The report as JUnit XML, with replay commands that name the JSON report `result_file`."""
    report = without_keys(report)
    root = ET.Element("testsuites", name=f"safelight: {visible(subject_in_words(report.subject))}")
    for provider in providers(report):
        mine = [result for result in report.results if result.provider == provider]
        root.append(_suite(provider, [_case(report, result, result_file) for result in mine], report))
    if report.problems:
        root.append(_suite(_PROBLEMS, [_problem(n, text) for n, text in enumerate(report.problems, 1)], report))
    _count(root, list(root.iter("testcase")), report.effort.seconds)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(provider: str, cases: Sequence[ET.Element], report: Report) -> ET.Element:
    suite = ET.Element("testsuite", name=visible(provider))
    _count(suite, cases, 0.0)
    properties = ET.SubElement(suite, "properties")
    for name, value in (("seed", str(report.seed)), ("requirements", report.requirements), ("version", report.version)):
        ET.SubElement(properties, "property", name=name, value=visible(value))
    suite.extend(cases)
    return suite


def _count(element: ET.Element, cases: Sequence[ET.Element], seconds: float) -> None:
    element.set("tests", str(len(cases)))
    for name, kind in (("failures", _FAILURE), ("errors", _ERROR), ("skipped", _SKIPPED)):
        element.set(name, str(sum(case.find(kind) is not None for case in cases)))
    element.set("time", f"{seconds:.3f}")


def _case(report: Report, result: CheckResult, result_file: str | Path | None) -> ET.Element:
    case = _named(result.provider, result.id)
    text = visible(failure_text(result, replay_command(report, result, result_file)))
    element = _ELEMENTS.get(result.status)
    if element == _SKIPPED:
        ET.SubElement(case, element, message=_message(result))
    elif element:
        ET.SubElement(case, element, message=_message(result), type=result.level).text = text
    if result.status in ("warn", "expected-fail"):
        ET.SubElement(case, "system-out").text = text
    return case


def _problem(number: int, text: str) -> ET.Element:
    case = _named(_PROBLEMS, f"problem {number}")
    ET.SubElement(case, _ERROR, message=visible(text), type="problem").text = visible(text)
    return case


def _named(owner: str, name: str) -> ET.Element:
    return ET.Element("testcase", name=visible(name), classname=f"safelight.{visible(owner)}", time="0.000")


def _message(result: CheckResult) -> str:
    said = result.counterexample.sentence if result.counterexample else ""
    if result.status in ("expected-fail", "not-applicable", "stale-baseline", "not-exercised", "adapter-error"):
        said = result.note or said
    return visible(said or f"{WORDS[result.status].name}: {WORDS[result.status].meaning}")
