"""The innocents are innocent: images where there are some, typed errors where not, and nothing paid twice."""

import ast
import inspect
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from reference_rig import PNG, PROVIDERS, Played, Scene, World, play, play_all

from safelight.conformance.client import CATEGORIES, Bytes, Capabilities, GenerateRequest, Url
from safelight.conformance.innocents import ODDITIES
from safelight.conformance.subjects.python import outcome_of
from safelight.fixtures.catalogue import find_scenario, scenario_names
from safelight.specs import load

FACTORIES: Mapping[str, Any] = {
    name: import_module(f"safelight.conformance.innocents.{name}").make for name in ODDITIES
}
CAPABILITIES = {name: Capabilities.of(factory.capabilities) for name, factory in FACTORIES.items()}
PAIRS = [(name, provider) for name, declared in CAPABILITIES.items() for provider in declared.providers]
CERTAIN = {
    "credits-exhausted": "credits",
    "key-revoked": "auth",
    "parameter-invalid": "invalid",
    "rate-limited": "rate_limited",
}


def category(name: str, played: Played) -> str | None:
    return outcome_of(played.error, getattr(FACTORIES[name], "errors", {})).category


def task_id(name: str, played: Played) -> str | None:
    return outcome_of(played.error, getattr(FACTORIES[name], "errors", {})).task_id


def images(played: Played) -> int:
    assert not isinstance(played.outcome, Exception), repr(played.outcome)
    return len(played.outcome.images)


def sent(played: Played) -> Any:
    return json.loads(next(each.request_body for each in played.exchanges if each.request_body))


def test_they_are_many_and_odd() -> None:
    assert sum(map(len, ODDITIES.values())) >= 20
    assert len({oddity for oddities in ODDITIES.values() for oddity in oddities}) == sum(map(len, ODDITIES.values()))
    assert min(Counter(name for name, _ in PAIRS).values()) >= 3
    assert set(PROVIDERS) == set(counted := Counter(provider for _, provider in PAIRS))
    assert min(counted.values()) >= 2


def test_they_owe_nothing_to_the_reference_nor_to_each_other() -> None:
    folder = Path(inspect.getfile(FACTORIES["httpx_sync"])).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                of_its_own = node.level == 1 and (node.module or "").split("_")[0] == file.stem.split("_")[0]
                assert node.module == "client" or of_its_own, f"{file.name} imports {node.module}"


@pytest.mark.parametrize(("name", "provider"), PAIRS)
def test_there_are_images_however_the_document_is_read(name: str, provider: str) -> None:
    choices = [choice for choice in load(provider).behaviour.choices.values() if choice.scored]
    readings = [{f"{provider}.{each.name}": value} for each in choices for value in each.values]
    scenes = [Scene(provider, factory=FACTORIES[name], choices=reading) for reading in readings]
    for reading, played in zip(readings, play_all(scenes), strict=True):
        assert images(played) >= 1, reading
        assert played.paid == 1, reading


@pytest.mark.parametrize(("name", "provider"), PAIRS)
def test_every_scenario_ends_with_images_or_a_typed_error(name: str, provider: str) -> None:
    scenarios = [each for each in scenario_names() if provider not in find_scenario(each).not_for]
    scenes = [Scene(provider, factory=FACTORIES[name], scenario=each) for each in scenarios]
    for scenario, played in zip(scenarios, play_all(scenes), strict=True):
        if isinstance(played.outcome, Exception):
            assert category(name, played) in CATEGORIES, scenario
        else:
            assert images(played) >= 1, scenario
        assert played.paid <= (2 if scenario == "duplicate-delivery" else 1), scenario
        assert played.seconds <= 901, scenario


@pytest.mark.parametrize(("name", "provider"), PAIRS)
def test_what_the_provider_says_is_understood(name: str, provider: str) -> None:
    faults = [{"kind": "problem", "problem": problem, "times": None} for problem in CERTAIN]
    scenes = [Scene(provider, factory=FACTORIES[name], faults=[fault]) for fault in faults]
    for problem, played in zip(CERTAIN, play_all(scenes), strict=True):
        assert category(name, played) == CERTAIN[problem], problem
        assert played.jobs == 0


@pytest.mark.parametrize(("name", "provider"), PAIRS)
def test_a_submit_whose_answer_is_lost_is_not_sent_again(name: str, provider: str) -> None:
    kinds = ("reset", "garbage", "edge-page", "empty", "truncated", "hang", "redirect")
    faults = [{"kind": kind, "operation": "submit", "when": "after"} for kind in kinds]
    scenes = [Scene(provider, factory=FACTORIES[name], faults=[fault]) for fault in faults]
    for kind, played in zip(kinds, play_all(scenes), strict=True):
        assert category(name, played) == "ambiguous", kind
        assert played.jobs <= 1, kind


@pytest.mark.parametrize(("name", "provider"), PAIRS)
def test_moderation_is_told_for_what_it_is(name: str, provider: str) -> None:
    for kind in ("moderated-prompt", "moderated-output"):
        played = play(provider, factory=FACTORIES[name], faults=[{"kind": kind}])
        assert category(name, played) == "blocked"
        assert (played.jobs, played.paid) == (1, 0)


@pytest.mark.parametrize(("name", "provider"), [pair for pair in PAIRS if "deadline" in CAPABILITIES[pair[0]].features])
def test_a_call_ends_by_its_deadline(name: str, provider: str) -> None:
    endless: list[dict[str, Any]] = [
        {"kind": "stuck"},
        {"kind": "hang", "operation": "*", "times": None},
        {"kind": "hang", "operation": "*", "times": None, "at": "body", "when": "after"},
        {"kind": "problem", "problem": "rate-limited", "operation": "*", "times": None},
    ]
    scenes = [Scene(provider, factory=FACTORIES[name], faults=[fault], deadline=70) for fault in endless]
    for fault, played in zip(endless, play_all(scenes), strict=True):
        assert category(name, played) in CATEGORIES, fault
        assert played.seconds <= 70 + 20, fault


@pytest.mark.parametrize(("name", "provider"), [pair for pair in PAIRS if pair[1] in ("reapi", "threedai", "gmicloud")])
def test_a_job_is_not_lost(name: str, provider: str) -> None:
    faults = [{"kind": kind, "operation": "poll"} for kind in ("reset", "edge-page", "truncated-json", "hang")]
    for played in play_all(Scene(provider, factory=FACTORIES[name], faults=[fault]) for fault in faults):
        assert played.jobs == 1
        if isinstance(played.outcome, Exception):
            assert task_id(name, played)
        else:
            assert images(played) == 1


@pytest.mark.parametrize("provider", ["reapi", "gmicloud"])
def test_the_key_is_for_the_provider_alone(provider: str) -> None:
    for name in (name for name, known in PAIRS if known == provider):
        played = play(provider, factory=FACTORIES[name])
        media = [each for each in played.exchanges if each.operation == "media"]
        assert all(played.key not in str(each.request_headers) for each in media)
        assert all(played.key not in each.target for each in played.exchanges)


def test_requests_sends_every_default_in_reverse_order_and_fetches_what_it_gives() -> None:
    played = play("reapi", factory=FACTORIES["requests_client"])
    assert list(sent(played)) == ["size", "resolution", "prompt", "n", "model"]
    (image,) = played.outcome.images
    assert image.data.startswith(b"\x89PNG")
    assert [each.method for each in played.exchanges if each.operation == "media"] == ["HEAD", "GET"]


def test_requests_resumes_what_it_gave_up() -> None:
    async def story(world: World) -> Any:
        with pytest.raises(Exception, match="lost") as caught:
            await world.generate()
        return await world.call(world.client.resume, caught.value.facts["task_id"])  # type: ignore[attr-defined]

    played = play("reapi", story, factory=FACTORIES["requests_client"], faults=[{"kind": "reset", "operation": "poll"}])
    assert images(played) == 1
    assert played.jobs == 1


def test_httpx_sends_numbers_with_a_point_and_escapes_what_it_can() -> None:
    played = play("reapi", GenerateRequest("a kite", count=2), factory=FACTORIES["httpx_sync"])
    assert images(played) == 2
    body = played.exchanges[0].request_body
    assert b'"n": 2.0' in body
    assert b"gemini" not in body
    assert sent(played)["model"] == "gemini-3-pro-image-preview"
    assert played.times()[0] == 45


def test_httpx_fills_the_blanks_of_a_conversation() -> None:
    async def story(world: World) -> Any:
        first = await world.generate()
        picture = Url("https://example.com/hat.jpg")
        wish = GenerateRequest("now a bear", previous=first.conversation, images=(picture,))
        await world.generate(wish)
        return await world.call(world.client.list, None)

    played = play("gmicloud", story, factory=FACTORIES["httpx_sync"])
    assert len(played.outcome) == 2
    second = json.loads([each.request_body for each in played.exchanges if each.request_body][1])
    parts = second["payload"]["contents"][-1]["parts"]
    assert parts[0] == {"text": "now a bear"}
    assert [part["fileData"]["fileUri"] for part in parts[1:]] == ["", "https://example.com/hat.jpg"]


@pytest.mark.parametrize("provider", ["gmicloud", "tokaify"])
def test_httpx_async_asks_as_often_as_there_are_to_be_images(provider: str) -> None:
    async_client = FACTORIES["httpx_async"]
    assert images(whole := play(provider, GenerateRequest("a kite", count=3), factory=async_client)) == 3
    assert (whole.jobs, whole.paid) == (3, 3)
    lost = [{"kind": "reset", "operation": "submit", "skip": 1}]
    assert images(play(provider, GenerateRequest("a kite", count=3), factory=async_client, faults=lost)) == 2


@pytest.mark.parametrize("name", ["httpx_async", "httpx_sync"])
@pytest.mark.parametrize("provider", ["gmicloud", "tokaify"])
def test_conversations_go_on(name: str, provider: str) -> None:
    async def story(world: World) -> Any:
        first = await world.generate()
        second = await world.generate(GenerateRequest("now a bear", previous=first.conversation))
        return await world.generate(GenerateRequest("now a fox", previous=second.conversation))

    played = play(provider, story, factory=FACTORIES[name])
    assert images(played) == 1
    assert played.jobs == 3


def test_urllib_speaks_utf_8_and_polls_every_ten_seconds() -> None:
    wish = GenerateRequest("猫", resolution="2K")
    played = play("reapi", wish, factory=FACTORIES["urllib_client"], faults=[{"kind": "slow", "seconds": 75}])
    assert "猫".encode() in played.exchanges[0].request_body
    assert sent(played)["resolution"] == "2k"
    assert played.times() == [30, 40, 50, 60, 70, 80]


def test_references_arrive_byte_for_byte() -> None:
    wish = GenerateRequest("a kite", images=(Bytes(PNG, "image/png"),))
    for name, provider in PAIRS:
        if provider in ("threedai", "tokaify"):
            played = play(provider, wish, factory=FACTORIES[name])
            assert images(played) == 1, (name, provider)
            assert b64encode(PNG) in played.exchanges[0].request_body.replace(rb"\/", b"/"), (name, provider)
