"""A failing assertion says which rule was broken, where that stands, and shows the wire."""

import pytest
from talk import Talk

from safelight.conformance.checks.assertion import assert_conformant

GREEN = Talk("reapi").submit().poll(31, "completed")
WARNED = Talk("reapi").submit().poll(5, "processing")
CARELESS = Talk("reapi").submit(headers={"Content-Type": "text/plain"})
BROKEN = Talk("reapi").submit(body=b"[]")


@pytest.mark.parametrize(
    ("talk", "mildest"), [(BROKEN, "MUST"), (CARELESS, "HOUSE"), (WARNED, "SHOULD")], ids=["MUST", "HOUSE", "SHOULD"]
)
def test_a_level_fails_itself_and_what_is_worse(talk: Talk, mildest: str) -> None:
    levels = ("MUST", "HOUSE", "SHOULD")
    for level in levels[: levels.index(mildest)]:
        assert_conformant(talk.exchanges, level=level)  # type: ignore[arg-type]
    for level in levels[levels.index(mildest) :]:
        with pytest.raises(AssertionError):
            assert_conformant(talk.exchanges, level=level)  # type: ignore[arg-type]


def test_a_client_that_keeps_the_rules_passes() -> None:
    assert_conformant(GREEN.exchanges, level="SHOULD")


def test_the_message_has_rule_citation_finding_and_transcript() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_conformant(BROKEN.exchanges, transcript="the transcript")
    assert str(caught.value).splitlines() == [
        "MUST reapi.submit.body: The body of a submit is one JSON object, labelled application/json.",
        "  000_689184e2825e36ff.txt:12-20,22-33",
        "  #1 of t1: the body is an array; one JSON object is expected",
        "",
        "the transcript",
    ]


def test_a_doubt_and_the_number_of_further_findings_are_told() -> None:
    talk = Talk("reapi")
    for at in range(5):
        talk.submit_with(at, n="2")
    with pytest.raises(AssertionError) as caught:
        assert_conformant(talk.exchanges, level="SHOULD")
    message = str(caught.value)
    assert "a warning only: the caller may have written it so" in message
    assert message.endswith("and 2 more")


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="level is one of MUST, HOUSE, SHOULD, not 'must'"):
        assert_conformant([], level="must")  # type: ignore[arg-type]
