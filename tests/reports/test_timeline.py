"""The timeline: where everything lies."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from report_fixtures import early_poll, paid_twice, week_later
from report_strategies import events

from safelight.conformance.reports.axis import WIDEST, Axis
from safelight.conformance.reports.timeline import Lane, Timeline, timeline
from safelight.conformance.suite.results import Event


def lane(picture: Timeline, kind: str) -> Lane:
    return next(each for each in picture.lanes if each.kind == kind)


def test_three_seconds_and_seven_days_are_both_readable() -> None:
    picture = timeline(week_later().transcript)
    requests = lane(picture, "request").items
    at_30, at_33 = requests[1], requests[2]
    assert 20 <= at_33.x - at_30.x <= 120
    assert [each.text for each in picture.breaks] == ["7 d 4 s"]
    assert picture.width < 1_000
    assert "+7 d 40 s" in [tick.text for tick in picture.ticks]


def test_sleeps_have_their_length() -> None:
    assert [each.text for each in timeline(week_later().transcript).pauses] == ["30 s"]


def test_forty_polls_fit_on_a_screen_and_do_not_touch() -> None:
    picture = timeline(early_poll().transcript)
    requests = lane(picture, "request")
    assert len(requests.items) == 42
    assert {item.row for item in requests.items} == {0}
    assert picture.width < 1_000
    assert [item.number for item in requests.items if item.broke] == [4]


def test_jobs_keep_their_row_and_end_in_their_colour() -> None:
    jobs = lane(timeline(paid_twice().transcript), "job").items
    assert [(item.label, item.tone, item.row) for item in jobs] == [
        ("queued", "quiet", 0), ("queued", "quiet", 1), ("succeeded", "good", 0), ("succeeded", "good", 1),
    ]  # fmt: skip


def test_failures_of_jobs_are_red_and_cancelled_ones_are_not() -> None:
    ends = [Event(9.0, "job", word, job=word) for word in ("polling-timeout", "cancelled", "moderated-prompt")]
    assert [item.tone for item in lane(timeline(ends), "job").items] == ["bad", "doubtful", "bad"]


def test_answers_that_are_not_fine_carry_a_sign() -> None:
    picture = timeline(paid_twice().transcript)
    assert [item.label for item in lane(picture, "request").items] == ["no answer", "", "×", ""]


def test_a_call_without_an_outcome_lasts_to_the_end() -> None:
    picture = timeline([Event(0.0, "call", "generate", call=0), Event(9.0, "job", "queued", job="a")])
    assert lane(picture, "call").items[0].width > 500


def test_nothing_at_all_is_a_picture_too() -> None:
    assert timeline([]).lanes == ()


@given(st.lists(events, max_size=40))
@settings(max_examples=80)
def test_everything_is_drawn_and_nothing_lies_on_another(found: list[Event]) -> None:
    picture = timeline(found)
    ordered = sorted(found, key=lambda event: event.at)
    drawn = sorted(item.number for each in picture.lanes for item in each.items)
    assert drawn == [number for number, event in enumerate(ordered) if event.kind != "outcome"]
    for each in picture.lanes:
        assert all(item.x >= 0 and item.x + item.width <= picture.width for item in each.items)
        assert all(each.y + 5 + item.row * 20 + 20 <= each.y + each.height for item in each.items)
    requests = lane(picture, "request") if any(each.kind == "request" for each in picture.lanes) else None
    for row in {item.row for item in requests.items} if requests else ():
        mine = sorted((item for item in requests.items if item.row == row), key=lambda item: item.x) if requests else []
        assert all(left.x + left.width <= right.x for left, right in pairwise(mine))


@given(st.lists(st.floats(0, 1e8, allow_subnormal=False), max_size=60))
def test_later_is_further_right(instants: list[float]) -> None:
    axis = Axis(instants)
    known = sorted(set(instants))
    assert all(axis.at(one) < axis.at(other) for one, other in pairwise(known))
    assert axis.width <= WIDEST + 80 * len(known)
