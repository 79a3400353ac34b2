"""When the reference client asks again, for how long, and what it makes of the answers."""

from itertools import pairwise
from typing import Any

import pytest
from reference_rig import PROVIDERS, Scene, World, play, play_all

from safelight.conformance.client import ClientError, Result

POLLED = ("reapi", "threedai", "gmicloud")


def test_reapi_polls_in_the_recommended_rhythm() -> None:
    times = play("reapi", faults=[{"kind": "slow", "seconds": 400}]).times()
    gaps = [after - before for before, after in pairwise(times)]
    assert times[0] == 30
    assert {gap for time, gap in zip(times, gaps, strict=False) if time < 180} == {4}
    assert {gap for time, gap in zip(times, gaps, strict=False) if time >= 180} == {10}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_two_minutes_are_waited_for(provider: str) -> None:
    played = play(provider, faults=[{"kind": "slow", "seconds": 120}])
    assert isinstance(played.outcome, Result)
    assert played.jobs == 1


def test_four_edits_of_ninety_seconds_are_waited_for() -> None:
    assert isinstance(play("threedai", faults=[{"kind": "slow", "seconds": 360}]).outcome, Result)


ENDLESS: list[dict[str, Any]] = [
    {"kind": "stuck"},
    {"kind": "hang", "operation": "*", "times": None},
    {"kind": "hang", "operation": "*", "times": None, "at": "body", "when": "after"},
    {"kind": "problem", "problem": "rate-limited", "operation": "*", "times": None},
    {"kind": "drip", "operation": "*", "times": None, "pieces": 10_000, "seconds": 10},
]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_ends_by_its_deadline(provider: str) -> None:
    scenes = [Scene(provider, faults=[fault], deadline=limit) for fault in ENDLESS for limit in (1, 7.5, 45, 200)]
    for scene, played in zip(scenes, play_all(scenes), strict=True):
        assert isinstance(played.error, ClientError), scene
        assert played.seconds <= (scene.deadline or 0), scene
        assert played.jobs <= 1, scene


@pytest.mark.parametrize("provider", POLLED)
def test_a_lost_poll_is_made_up_for(provider: str) -> None:
    kinds = ("reset", "garbage", "edge-page", "redirect", "empty", "not-json", "truncated", "truncated-json", "hang")
    scenes = [Scene(provider, faults=[{"kind": kind, "operation": "poll", "times": 3}]) for kind in kinds]
    for kind, played in zip(kinds, play_all(scenes), strict=True):
        assert isinstance(played.outcome, Result), kind
        assert played.jobs == 1


@pytest.mark.parametrize("provider", POLLED)
def test_polls_that_fail_are_ever_further_apart_and_not_without_end(provider: str) -> None:
    faults = [{"kind": "problem", "problem": "internal", "operation": "poll", "times": None}]
    played = play(provider, faults=faults)
    times = played.times()
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[0] < gaps[-1] <= 30
    assert len(times) == 11
    assert (played.error.category, bool(played.error.task_id)) == ("server", True)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("skew", [0, -300])
def test_retry_after_is_heeded(provider: str, form: str, skew: float) -> None:
    operation = "poll" if provider in POLLED else "submit"
    skewed = {"kind": "clock-skew", "operation": "*", "seconds": skew, "times": None}
    limited = {
        "kind": "problem", "problem": "rate-limited", "operation": operation, "retry_after": 40, "retry_after_as": form,
    }  # fmt: skip
    played = play(provider, faults=[limited, *([skewed] if skew else [])])
    limited_at = next(each.at for each in played.exchanges if each.status == 429)
    assert next(each.at for each in played.exchanges if each.at > limited_at) - limited_at == 40
    assert isinstance(played.outcome, Result)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_pause_beyond_the_deadline_is_left_to_the_caller(provider: str) -> None:
    fault = {"kind": "problem", "problem": "rate-limited", "operation": "submit", "retry_after": 3600}
    played = play(provider, faults=[fault], deadline=60)
    assert (played.error.category, played.error.retry_after, played.seconds) == ("rate_limited", 3600, 0)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "problem", ["parameter-invalid", "key-unknown", "credits-exhausted", "internal", "unavailable"]
)
def test_what_was_refused_is_not_sent_again(provider: str, problem: str) -> None:
    played = play(provider, faults=[{"kind": "problem", "problem": problem, "times": None}])
    assert len(played.exchanges) == 1
    expected = {"parameter-invalid": "invalid", "key-unknown": "auth", "credits-exhausted": "credits"}
    assert played.error.category == expected.get(problem, "server")


@pytest.mark.parametrize("provider", POLLED)
def test_a_poll_that_is_refused_is_not_sent_again(provider: str) -> None:
    faults = [{"kind": "problem", "problem": "key-revoked", "operation": "poll", "times": None}]
    played = play(provider, faults=faults)
    assert len(played.times()) == 1
    assert (played.error.category, bool(played.error.task_id)) == ("auth", True)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_submit_without_a_clear_answer_is_ambiguous(provider: str, when: str) -> None:
    kinds = ("reset", "garbage", "edge-page", "redirect", "empty", "hang", "not-json", "truncated-json", "truncated")
    faults = [{"kind": kind, "operation": "submit", "when": when} for kind in kinds]
    scenes = [Scene(provider, faults=[fault], deadline=120) for fault in faults]
    for kind, played in zip(kinds, play_all(scenes), strict=True):
        assert played.error.category == "ambiguous", kind
        assert len(played.exchanges) <= 1, kind
        assert played.jobs <= 1, kind


@pytest.mark.parametrize("provider", POLLED)
def test_a_job_can_be_picked_up_after_a_timeout(provider: str) -> None:
    async def story(world: World) -> Any:
        with pytest.raises(ClientError) as caught:
            await world.generate()
        assert caught.value.category == "timeout"
        stranger = type(world.client)(base_url=world.client._base_url, api_key=world.key)
        again = await stranger.resume(caught.value.task_id)
        await stranger.close()
        world.client.deadline = 300
        return again, await world.client.resume(caught.value.task_id)

    played = play(provider, story, deadline=2, faults=[{"kind": "slow", "seconds": 60}])
    again, result = played.outcome
    assert again.images == result.images
    assert again.expires_at is None or again.expires_at <= played.epoch + 60 + 8 * 86_400
    assert played.jobs == 1


def test_a_resumed_job_is_polled_no_earlier_than_any_other() -> None:
    async def story(world: World) -> Any:
        with pytest.raises(ClientError) as caught:
            await world.generate()
        world.client.deadline = 300
        return await world.client.resume(caught.value.task_id)

    assert play("reapi", story, deadline=10).times()[0] == 30


@pytest.mark.parametrize("provider", ["tokaify", "onemin"])
def test_there_is_nothing_to_resume_or_to_list_where_there_are_no_jobs(provider: str) -> None:
    async def story(world: World) -> list[str]:
        categories = []
        for call in (world.client.resume("x"), world.client.list()):
            with pytest.raises(ClientError) as caught:
                await call
            categories.append(caught.value.category)
        return categories

    played = play(provider, story)
    assert played.outcome == ["unsupported", "unsupported"]
    assert played.exchanges == []
