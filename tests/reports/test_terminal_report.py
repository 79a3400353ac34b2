"""What a terminal shows, wide and narrow, and what a pipe gets."""

from __future__ import annotations

import io
import re
import threading

import pytest
from report_fixtures import KEY, failures, only, realistic_report
from rich.cells import cell_len
from rich.console import Console

from safelight.conformance.reports.summary import effort_in_words, verdict_in_words
from safelight.conformance.reports.terminal import Progress, failure_text, print_report
from safelight.conformance.suite.results import Effort, Report

HOUSE = next(each for each in failures() if each.id == "house.submit.paid-once")


def printed(report: Report, width: int = 80, *, terminal: bool = False, result_file: str | None = None) -> str:
    written = io.StringIO()
    console = Console(
        file=written, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    print_report(report, console=console, result_file=result_file)
    return written.getvalue()


def test_a_failure_is_told_as_a_whole() -> None:
    text = printed(only(HOUSE), result_file="out/my result.json")
    for part in (
        "✗ reapi/house.submit.paid-once  HOUSE failed",
        "A submit whose answer was lost is not sent again as a second paid job.",
        "rule: our own rule (inferred)",
        "why: The caller pays twice for one image and never learns of it.",
        "seen: Two jobs were paid for one call",
        "scenario: one call: “猫と月",
        "  ✗  +1.000 s  POST    /api/v1/images/generations → 200",
        "     +1.000 s  ledger  −1  charge",
        "again: safelight replay 'out/my result.json' reapi/house.submit.paid-once\n",
    ):
        assert part in text
    assert KEY not in text


def test_without_a_saved_result_the_search_is_named() -> None:
    text = printed(only(HOUSE))
    assert "again: safelight check client --factory acme.images:make --provider reapi " in text
    assert " --check house.submit.paid-once --seed 7\n" in text


def test_the_table_counts_by_provider_and_level() -> None:
    lines = printed(realistic_report()).splitlines()
    head = next(line for line in lines if line.startswith("provider"))
    assert re.split(r"  +", head.strip()) == [
        "provider", "level", "pass", "fail", "warn", "not run", "n/a", "expected", "stale", "adapter",
    ]  # fmt: skip
    reapi = next(line for line in lines if line.startswith("reapi "))
    assert reapi.split() == ["reapi", "MUST", "9", "1", "·", "·", "·", "·", "·", "·"]


def test_warnings_are_shorter_than_failures() -> None:
    text = printed(realistic_report())
    warning = text[text.index("! reapi.poll.first-wait") :].split("\n\n")[0]
    assert "30 s or more were expected" in warning
    assert "again: " in warning
    assert len(warning.splitlines()) <= 6


def test_the_end_tells_the_effort_and_the_verdict() -> None:
    text = printed(realistic_report(problems=("The engine stopped.",)), width=300)
    assert text.splitlines()[-4:] == [
        "Problem: The engine stopped.",
        "Not explored to the end: " + ", ".join(f"reapi.submit.rule-{n}" for n in range(6)) + " and 3 more.",
        "1\xa0840 scenarios in 21.4 s (86 per second); 6 d 3 h of virtual time, 24\xa0860 s for each real one; "
        "seed 7, requirements 2026.1.",
        "1 MUST and 1 HOUSE checks failed, 1 adapter error, 1 stale baseline, 1 not exercised, 1 problem; "
        "1 warning, 1 expected failure.",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_is_never_too_narrow(width: int) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed(realistic_report(), width, terminal=True))
    wide = [line for line in plain.splitlines() if cell_len(line) > width and "again: " not in line]
    assert wide == []
    assert "again: safelight check client" in plain


def test_a_pipe_gets_no_escapes_and_whole_lines() -> None:
    text = printed(realistic_report())
    assert "\x1b" not in text
    assert "onerror=alert(1)> \\x1b[31mred\\x00 \\ud800 ]]>”" in text
    findings = text[text.index("✗") :]
    assert not [line for line in findings.splitlines() if line != line.rstrip()]


def test_markup_in_texts_is_text() -> None:
    odd = only(HOUSE, problems=("[bold]not bold[/bold] :smile:",))
    assert "[bold]not bold[/bold] :smile:" in printed(odd)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (realistic_report(results=()), "nothing was judged"),
        (
            only(*[each for each in realistic_report().results if each.status == "pass"]),
            "every check passed that applies",
        ),
        (only(*[each for each in failures() if each.status == "warn"]), "no check failed; 1 warning"),
        (only(HOUSE), "1 HOUSE check failed"),
    ],
)
def test_the_verdict(report: Report, words: str) -> None:
    assert verdict_in_words(report) == words


def test_no_time_at_all_is_no_error() -> None:
    assert effort_in_words(Effort()) == "0 scenarios in 0 s"


def test_failure_text_is_for_other_tools() -> None:
    text = failure_text(HOUSE)
    assert "Seen: Two jobs were paid" in text
    assert "Again:" not in text
    assert KEY not in text


def run(progress: Progress) -> None:
    report = realistic_report()
    with progress:
        progress.begin(len(report.results))
        for result in report.results:
            progress.running(result.name)
            progress.check_done(result)
        progress.end()


def test_progress_is_silent_in_a_pipe() -> None:
    written = io.StringIO()
    run(Progress(Console(file=written)))
    assert written.getvalue() == ""


def test_progress_gives_plain_lines_where_wanted() -> None:
    written = io.StringIO()
    run(Progress(Console(file=written, width=80), lines=True))
    lines = written.getvalue().splitlines()
    assert len(lines) == 7
    assert "✗ reapi/house.submit.paid-once  Two jobs were paid" in "\n".join(lines)
    assert "\x1b" not in written.getvalue()


def test_progress_on_a_terminal_shows_where_it_is_without_a_thread() -> None:
    written = io.StringIO()
    console = Console(file=written, width=80, force_terminal=True)
    threads = threading.active_count()
    with Progress(console) as progress:
        progress.begin(2)
        assert threading.active_count() == threads
        progress.running("reapi.poll.first-wait")
        progress.check_done(HOUSE)
        assert "1/2" in written.getvalue()
        assert "reapi.poll.f" in written.getvalue()
        assert "✗1" in written.getvalue()
