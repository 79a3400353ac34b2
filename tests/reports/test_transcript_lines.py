"""Transcripts as text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from report_fixtures import JOB, early_poll, exchange, paid_twice, poll, week_later
from report_strategies import events

from safelight.conformance.reports.transcript import columns, excerpt, transcript_lines, transcript_text
from safelight.conformance.suite.results import Event


def test_lines_are_aligned() -> None:
    text = transcript_text([poll(30.0), Event(35.0, "job", "succeeded", job=JOB), poll(36.0, "completed")])
    assert text.splitlines() == [
        "  +30.000 s  GET  /api/v1/tasks/task_018f5a3a… → 200  processing",
        "  +35.000 s  job  succeeded (task_018f5a3a…)",
        "  +36.000 s  GET  /api/v1/tasks/task_018f5a3a… → 200  completed",
    ]


def test_calls_are_numbered_where_there_are_several() -> None:
    lines = transcript_lines(week_later().transcript)
    assert [line.head for line in lines if line.head.startswith(("call", "end"))] == [
        "call 1",
        "end 1",
        "call 2",
        "end 2",
    ]
    assert transcript_lines(early_poll().transcript)[0].head == "call"


def test_money_faults_and_visits_are_told() -> None:
    text = transcript_text(paid_twice().transcript)
    assert "+0.000 s  ledger  −1  charge (task_018f5a3a…)" in text
    assert "fault   connection reset without an answer" in text
    assert "GET     https://elsewhere.example/?key=" in text
    assert "(not the provider)" in text
    assert "→ no answer after 1 s" in text


def test_what_the_verdict_is_about_is_marked() -> None:
    marked = [line for line in transcript_text(week_later().transcript).splitlines() if line.startswith("✗")]
    assert marked == ["✗ +604843.000 s  GET     https://localhost:4011/media/0.png?… → 403 after 10 s"]


def test_many_alike_are_folded_with_their_rhythm() -> None:
    lines = transcript_lines(early_poll().transcript)
    [fold] = [line for line in lines if len(line.events) > 1]
    assert fold.text == "… 36 more like this, 3 s apart"
    assert len(lines) < 15


def test_two_or_three_alike_are_not_folded() -> None:
    assert len(transcript_lines([poll(float(n)) for n in range(5)])) == 5
    assert len(transcript_lines([poll(float(n)) for n in range(6)])) == 4


def test_a_long_pause_has_a_line() -> None:
    assert "⋯ 7 d 4 s pass ⋯" in transcript_text(week_later().transcript)


def test_a_client_that_left_is_told_from_no_answer() -> None:
    assert "→ the client left after 5 s" in transcript_text([exchange(0.0, "GET /a", 499, took=5.0)])
    assert "→ no answer" in transcript_text([exchange(0.0, "GET /a", 0)])


def test_errors_of_answers_are_told() -> None:
    answer = {"error": {"code": 20003, "message": "invalid resolution"}}
    assert transcript_text([exchange(0.0, "GET /a", 400, answer)]).endswith("→ 400  20003 invalid resolution")
    assert transcript_text([exchange(0.0, "GET /a", 400, {"error": "rate_limited"})]).endswith("rate_limited")


def test_control_characters_are_spelled_out() -> None:
    text = transcript_text(paid_twice().transcript)
    assert "\\x1b[31mred\\x00" in text
    assert "\\u202e" in text
    assert all(char.isprintable() or char in "\n\u200d" for char in text)


@given(st.lists(events, max_size=30))
@settings(max_examples=60)
def test_every_event_is_in_exactly_one_line(found: list[Event]) -> None:
    told = [event for line in transcript_lines(found) for event in line.events]
    assert told == sorted(found, key=lambda event: event.at)
    assert len(transcript_text(found).splitlines()) == len(transcript_lines(found))


@given(st.lists(events, min_size=1, max_size=60), st.integers(9, 30))
@settings(max_examples=60)
def test_an_excerpt_is_short_and_keeps_the_ends_and_the_point(found: list[Event], most: int) -> None:
    lines = transcript_lines(found)
    picked = excerpt(lines, most)
    assert len(picked) <= most + 5
    assert (picked[0], picked[-1]) == (lines[0], lines[-1])
    broke = [line for line in lines if line.broke]
    assert not broke or broke[0] in picked
    assert len(columns(picked)) == len(picked)
