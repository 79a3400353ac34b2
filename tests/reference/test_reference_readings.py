"""The reference client is right however the documents are read."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from reference_rig import PROVIDERS, Played, Scene, play, play_all

from safelight.conformance.client import GenerateRequest
from safelight.specs import load

ASKED = {
    "reapi": GenerateRequest("a red kite", ratio="16:9", resolution="2k", count=2, channel="official"),
    "threedai": GenerateRequest("a red kite", ratio="auto", resolution="2K", count=2, output_format="webp"),
    "gmicloud": GenerateRequest("a red kite", ratio="4:5", resolution="2k", output_format="jpeg"),
    "tokaify": GenerateRequest("a red kite", ratio="21:9", resolution="2k", temperature=0.5, top_p=0.5),
    "onemin": GenerateRequest("a red kite", resolution="2k", temperature=0.5, top_p=0.5),
}
ENDINGS = {"failed": "failed", "moderated-prompt": "blocked", "moderated-output": "blocked"}
SNAKE = ("tokaify.response-casing", "snake")  # a knob for what the document rules out: no image is found there
SEVERAL = {("gmicloud.media-urls", "several"), ("tokaify.image-parts", "several")}
UNSAID = {("threedai.failure-reason", "absent")}  # then nothing tells moderation from another failure


Choice = tuple[str, str]


def choices_of(provider: str) -> list[Choice]:
    """Every value of every reading and knob."""
    choices = load(provider).behaviour.choices
    return [(f"{provider}.{name}", value) for name, choice in choices.items() for value in choice.values]


def played_under(provider: str, **stage: Any) -> Iterator[tuple[Choice, Played]]:
    """One call under each of them."""
    choices = choices_of(provider)
    scenes = [Scene(provider, choices=dict([choice]), **stage) for choice in choices]
    return zip(choices, play_all(scenes), strict=True)


def images_under(provider: str, choice: Choice) -> int:
    return 2 if provider in ("reapi", "threedai") or choice in SEVERAL else 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_there_are_images(provider: str) -> None:
    for choice, played in played_under(provider, story=ASKED[provider]):
        if choice == ("gmicloud.trailing-comma", "on"):
            assert played.error.category == "protocol"
        elif choice == SNAKE:
            assert played.error.category == "failed"
        else:
            assert len(played.result.images) == images_under(provider, choice), choice
        assert played.paid == 1, choice


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failure_is_told_for_what_it_is(provider: str, ending: str) -> None:
    for choice, played in played_under(provider, faults=[{"kind": ending}]):
        expected = "failed" if choice in UNSAID else ENDINGS[ending]
        if provider == "tokaify" and ending == "failed":
            expected = "server"  # the call itself fails
        if choice == SNAKE and ending == "moderated-output":
            expected = "failed"
        assert played.error.category == expected, choice
        assert (played.jobs, played.paid) == (1, 0), choice


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_is_told_for_what_it_is(provider: str) -> None:
    for choice, played in played_under(provider, faults=[{"kind": "problem", "problem": "credits-exhausted"}]):
        assert played.error.category == "credits", choice
        assert played.jobs == 0, choice


def test_two_readings_at_a_time_are_no_harder() -> None:
    for provider in PROVIDERS:
        readings = [choice for choice in load(provider).behaviour.choices.values() if choice.scored]
        other = {f"{provider}.{each.name}": next(v for v in each.values if v != each.default) for each in readings}
        pairs = [dict(pair) for pair in combinations(other.items(), 2)]
        for pair, played in zip(pairs, play_all(Scene(provider, choices=pair) for pair in pairs), strict=True):
            assert played.result.images, pair


def test_no_turns_to_go_on_from_is_no_failure() -> None:
    played = play("gmicloud", choices={"gmicloud.next-turn-contents": "multi-turn-only"})
    assert played.result.images
    assert played.result.conversation is None
