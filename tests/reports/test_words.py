"""Scenarios and faults in words, and the other texts of reports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_strategies import scenarios, texts

from safelight.conformance.reports.fault_words import fault_in_words
from safelight.conformance.reports.texts import duration, elided, one_line, plural, quoted, visible
from safelight.conformance.reports.words import run_in_words, scenario_in_words, subject_in_words
from safelight.conformance.scenarios.model import Call, Picture, Scenario, Wish
from safelight.fixtures.catalogue import load_scenario, scenario_names
from safelight.mockserver.faults import kinds

KITE = "“a red kite”"


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (Scenario("reapi"), f"one call: {KITE}"),
        (
            Scenario("reapi", (Call(Wish(resolution="4K", ratio="16:9", count=2)),), seconds=120.0),
            f"one call: {KITE}, 4K, 16:9, 2 images; every job takes 120 s",
        ),
        (
            Scenario("onemin", (Call(Wish(temperature=2.0, top_p=0.5, output_format="png", channel="official")),)),
            f"one call: {KITE}, png, temperature 2.0, top-p 0.5, channel official",
        ),
        (
            Scenario("threedai", (Call(Wish(images=(Picture("bytes"), Picture("bytes"), Picture(format="webp")))),)),
            f"one call: {KITE}, 3 references (2 png as bytes, 1 webp by URL)",
        ),
        (
            Scenario("reapi", (Call(Wish(images=(Picture(url="data:image/png;base64,AA"),))),)),
            f"one call: {KITE}, 1 reference (1 png by URL, “data:image/png;base64,AA”)",
        ),
        (Scenario("reapi", (Call(), Call()), together=True), f"2 calls at once, each: {KITE}"),
        (
            Scenario("gmicloud", (Call(), Call(Wish("bluer"), follows=0), Call(op="list", wait=3600.0))),
            f"3 calls one after another: {KITE}, then “bluer”, going on from call 1, then after 1 h, list the jobs",
        ),
        (
            Scenario("reapi", (Call(cancel_after=12.0), Call(op="resume", follows=0))),
            f"2 calls one after another: {KITE}, cancelled after 12 s, then pick up the job of call 1",
        ),
        (
            Scenario("reapi", ending="stuck", deadline=300.0),
            f"one call: {KITE}; the client is given 300 s; no job ever ends",
        ),
        (Scenario("reapi", ending="polling-timeout"), f"one call: {KITE}; every job fails: polling-timeout"),
        (
            Scenario("reapi", readings={"submit-output": "null"}, credits=10.0),
            f"one call: {KITE}; 10 credits on the account; the document is taken so: submit-output null",
        ),
        (
            Scenario("reapi", faults=({"kind": "hang", "operation": "poll", "skip": 1},)),
            f"one call: {KITE}; second poll: nothing comes until the client leaves, or for so many seconds (at start)",
        ),
    ],
)  # fmt: skip
def test_a_scenario_in_words(scenario: Scenario, words: str) -> None:
    assert scenario_in_words(scenario.as_json()) == words


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"kind": "reset", "when": "after"},
            "first submit: the connection is reset without an answer, after the provider has acted",
        ),
        (
            {"kind": "edge-page", "operation": "poll", "status": 503, "times": 3, "skip": 1, "seconds": 60},
            "polls 2 to 4: a bare HTML page from the network edge, not from the provider (status 503, 60 s)",
        ),
        (
            {"kind": "problem", "problem": "rate-limited", "retry_after": 7, "retry_after_as": "date", "times": None},
            "every submit: the provider refuses in its own words, with any kind of its error catalogue "
            "(retry after as date, problem rate-limited, retry after 7 s)",
        ),
        (
            {"kind": "clock-skew", "operation": "*", "times": None},
            "every request: the provider's clock is off, in the Date header and in every timestamp of the answer "
            "(−300 s)",
        ),
        (
            {"kind": "corrupted", "probability": 0.2, "times": None, "how": "cut"},
            "20% of all fetches of an image: the bytes of the image are damaged (how cut)",
        ),
        (
            {"kind": "refused-connection"},
            "all the time: the tenant's base URL, or that of its results, is a port on which nobody listens",
        ),
        ({"kind": "of-tomorrow", "skip": 8}, "number 9 request: of-tomorrow"),
    ],
)
def test_a_fault_in_words(fault: dict[str, Any], words: str) -> None:
    assert fault_in_words(fault) == words


def test_every_known_fault_has_words() -> None:
    documents = [{"kind": name} for name in kinds()]
    documents += [fault for name in scenario_names() for fault in load_scenario(name).faults]
    for document in documents:
        words = fault_in_words(document)
        assert ": " in words
        assert "{" not in words


@given(scenarios)
def test_any_document_has_words(document: dict[str, Any]) -> None:
    words = scenario_in_words(document)
    assert "\n" not in words


@pytest.mark.parametrize(
    ("subject", "name", "run"),
    [
        ({"kind": "factory", "factory": "a:make", "name": "acme", "version": "3"}, "acme 3", "factory a:make"),
        ({"kind": "command", "command": "node a.mjs"}, "command node a.mjs", "command node a.mjs"),
        ({}, "the client", ""),
    ],
)
def test_a_subject_in_words(subject: dict[str, Any], name: str, run: str) -> None:
    assert (subject_in_words(subject), run_in_words(subject)) == (name, run)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 s"), (0.25, "0.25 s"), (120, "120 s"), (600, "600 s"), (1500, "25 min"), (5400, "1 h 30 min"),
        (93_600, "1 d 2 h"), (604_804, "7 d 4 s"), (604_800 * 20, "140 d"), (604_799.7, "7 d"),
    ],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_texts() -> None:
    assert (plural(1, "try"), plural(2, "try"), plural(1200, "scenario")) == ("1 try", "2 tries", "1\xa0200 scenarios")
    assert quoted("x" * 90, 10) == "“xxxxxxxxx…” (90 characters)"
    assert elided("GET /v1/" + "a" * 40 + "/status/?" + "b" * 40) == "GET /v1/aaaaaaaaaaaaa…/status/?…"


@given(texts)
def test_nothing_acts_that_is_made_visible(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert visible(shown) == shown
    assert not set(shown) & {"\x1b", "\x00", "\r", "\u202e", "\u2028", "\x9b"}
    assert "\n" not in one_line(text)


@given(st.floats(0, 1e9))
def test_durations_never_have_more_than_two_units(seconds: float) -> None:
    assert len(duration(seconds).split(" ")) in (2, 4)
