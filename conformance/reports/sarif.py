"""SARIF 2.1.0 for code scanning: a rule for each check, a result for each that is not fine.

A client has no file that we know of, so a result points at the sentence of the provider's document that it breaks.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..suite.results import CheckResult, Report, Status
from .masking import without_keys
from .prose import cited_in_words, failure_text, said
from .replaying import replay_command
from .summary import gaps
from .tallies import RED, worst_first
from .texts import visible
from .words import subject_in_words

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_OUR_RULES: Final = "safelight/conformance/checks/house.yaml"
_CITATION: Final = re.compile(r"(?P<document>[^:]+):(?P<first>\d+)(?:-(?P<last>\d+))?")
_LEVELS: Final[dict[Status, str]] = {**dict.fromkeys(RED, "error"), "warn": "warning", "expected-fail": "note"}
_RULE_LEVELS: Final = {"MUST": "error", "HOUSE": "error", "SHOULD": "warning"}


def sarif(report: Report, result_file: str | Path | None = None) -> dict[str, Any]:
    """The report as a SARIF log, with replay commands that name the JSON report `result_file`."""
    report = without_keys(report)
    rules = {result.id: result for result in reversed(report.results)}
    positions = {id: position for position, id in enumerate(rules)}
    shown = [result for result in worst_first(report.results) if result.status in _LEVELS]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(report, [_rule(result) for result in rules.values()])},
                "invocations": [_invocation(report)],
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(result, positions[result.id], replay_command(report, result, result_file))
                    for result in shown
                ],
                "properties": {
                    "subject": visible(subject_in_words(report.subject)),
                    "seed": report.seed,
                    "requirements": report.requirements,
                },
            }
        ],
    }


def _driver(report: Report, rules: list[dict[str, Any]]) -> dict[str, Any]:
    version = {"version": report.version} if report.version else {}
    return {"name": "Safelight", **version, "rules": rules}


def _rule(result: CheckResult) -> dict[str, Any]:
    text = f"{result.statement}\n\n{cited_in_words(result)}"
    if result.why:
        text += f"\n\n{result.why}"
    return {
        "id": result.id,
        "shortDescription": _message(result.statement),
        "fullDescription": _message(result.statement),
        "help": {**_message(text), "markdown": visible(text)},
        "defaultConfiguration": {"level": _RULE_LEVELS[result.level]},
        "properties": {"tags": [result.level, result.basis], "citation": result.citation},
    }


def _invocation(report: Report) -> dict[str, Any]:
    notifications = [{"level": "error", "message": _message(text)} for text in report.problems]
    if report.unexplored:
        notifications.append({"level": "note", "message": _message(f"Not explored to the end: {gaps(report)}")})
    return {"executionSuccessful": not report.problems, "toolExecutionNotifications": notifications}


def _result(result: CheckResult, rule: int, again: str) -> dict[str, Any]:
    known = {"suppressions": [{"kind": "external", "status": "accepted", "justification": visible(result.note)}]}
    return {
        "ruleId": result.id,
        "ruleIndex": rule,
        "kind": "fail",
        "level": _LEVELS[result.status],
        "message": _message(f"{said(result)}\n\n{failure_text(result, again)}"),
        "locations": [_location(result)],
        "partialFingerprints": _fingerprints(result),
        **(known if result.status == "expected-fail" else {}),
        "properties": {"status": result.status, "provider": result.provider, "level": result.level},
    }


def _location(result: CheckResult) -> dict[str, Any]:
    name = {"name": result.id, "fullyQualifiedName": f"{result.provider}/{result.id}", "kind": "rule"}
    return {"physicalLocation": _physical(result.citation), "logicalLocations": [name]}


def _physical(citation: str) -> dict[str, Any]:
    """The first lines that are cited; a rule of ours stands in our own file."""
    match = _CITATION.match(citation)
    if match is None:
        return {"artifactLocation": {"uri": _OUR_RULES}}
    first = max(1, int(match["first"]))
    region = {"startLine": first, "endLine": max(first, int(match["last"] or first))}
    return {"artifactLocation": {"uri": quote(match["document"])}, "region": region}


def _fingerprints(result: CheckResult) -> dict[str, str]:
    """The same for the same check of the same provider in every run, whatever was found this time."""
    digest = blake2b(result.name.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
    return {"primaryLocationLineHash": f"{digest}:1", "safelightCheck/v1": digest}


def _message(text: str) -> dict[str, str]:
    return {"text": visible(text)}
