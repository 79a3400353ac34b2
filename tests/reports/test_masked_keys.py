"""No key gets into a report, wherever the client left it."""

from __future__ import annotations

import io

from hypothesis import given, settings
from report_fixtures import KEY, exchange, only, paid_twice, realistic_report, result
from report_strategies import reports
from rich.console import Console

from safelight.conformance.reports.html import html_page
from safelight.conformance.reports.jsonfile import as_json, encoded
from safelight.conformance.reports.junit import junit_xml
from safelight.conformance.reports.masking import without_keys
from safelight.conformance.reports.sarif import sarif
from safelight.conformance.reports.terminal import print_report
from safelight.conformance.suite.results import Counterexample, Event, Report

SECRET = "hidden-0123456789abcdef"


def leaking() -> Report:
    """A key in a header, and the same key in every other place there is."""
    events = (
        Event(0.0, "call", f"generate {KEY}", call=0),
        exchange(0.0, f"POST /v1/images?key={KEY}", 401, {"error": f"bad key {KEY[:20]}"}, asked={"prompt": KEY}),
        Event(1.0, "visit", f"GET /elsewhere/{KEY}", job=KEY),
        Event(2.0, "outcome", f"an error: {KEY}", call=0),
    )
    scenario = {"provider": "reapi", "calls": [{"wish": {"prompt": KEY}}]}
    found = Counterexample(f"The log holds {KEY}.", scenario, events)
    broken = result("house.secrets.told", "reapi", "HOUSE", "fail", "No.", counterexample=found, note=f"see {KEY}")
    return only(broken)


def written(report: Report) -> dict[str, str]:
    shown = io.StringIO()
    print_report(report, console=Console(file=shown, width=300))
    return {
        "json": encoded(as_json(report)).decode(),
        "sarif": encoded(sarif(report)).decode(),
        "junit": junit_xml(report),
        "html": html_page(report),
        "terminal": shown.getvalue(),
    }


def test_a_key_that_a_request_carried_is_nowhere() -> None:
    for name, text in written(leaking()).items():
        assert KEY[:20] not in text, name
        assert "rk_live_***" in text, name


def test_other_secrets_can_be_named() -> None:
    told = without_keys(leaking(), (SECRET,))
    broken = result(
        "house.a.b", "reapi", "HOUSE", "fail", "No.", counterexample=Counterexample(f"Seen: {SECRET}", {}, ())
    )
    assert SECRET not in str(without_keys(only(broken), (SECRET,)))
    assert told == without_keys(leaking())


def test_masks_are_not_masked_again() -> None:
    once = without_keys(realistic_report())
    assert without_keys(once) == once
    assert "Bearer rk_live_***" in str(once)


@settings(max_examples=30)
@given(reports)
def test_results_stay_the_same_but_for_keys(report: Report) -> None:
    clean = without_keys(report)
    assert [(each.name, each.status) for each in clean.results] == [(each.name, each.status) for each in report.results]
    for one, other in zip(clean.results, report.results, strict=True):
        assert (one.counterexample is None) == (other.counterexample is None)


def test_a_transcript_without_keys_is_left_alone() -> None:
    found = paid_twice()
    plain = Counterexample("Fine.", found.scenario, (Event(0.0, "job", "queued", job="task_1"),))
    report = only(result("reapi.a.b", "reapi", "MUST", "fail", "A rule.", counterexample=plain))
    assert without_keys(report) == report
