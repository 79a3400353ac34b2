"""What the reference client makes of answers, of whatever shape, and how it tells of failures."""

import asyncio
import gc
import json
import logging
from itertools import pairwise
from typing import Any

import pytest
from reference_rig import PROVIDERS, Scene, World, play, play_all

from safelight.conformance.client import ClientError, GenerateRequest, UnknownFeature, Url
from safelight.conformance.reference import CLASSES, ReapiClient, factory_of, make
from safelight.specs import load

POLLED = ("reapi", "threedai", "gmicloud")
STRANGE = [
    "null", "true", "3", '"text"', "[]", "[[]]", "{}", "<html>", "\ufeff{}", "{{{", "[" * 100_000, "9" * 5000,
    '{"id": 5, "task_id": 5, "request_id": 5}', '{"status": 5}', '{"error": []}', '{"error": {"code": 10003}}',
    '{"error": {"code": {}, "message": []}}',
    '{"status": null, "output": [], "results": {}, "outcome": "x"}',
    '{"id": "a", "status": "completed", "output": null}',
    '{"id": "a", "status": "completed", "output": {"image_urls": [1]}}',
    '{"task_id": "a", "status": "FINISHED", "results": null}',
    '{"task_id": "a", "status": "FINISHED", "results": [1, {}]}',
    '{"request_id": "a", "status": "success", "outcome": null}',
    '{"request_id": "a", "status": "success", "outcome": {"media_urls": [null, {"url": 7}]}}',
    '{"request_id": "a", "status": "failed", "error": {"message": 5}}',
    '{"candidates": null}', '{"candidates": [null]}', '{"candidates": [{"content": null}]}',
    '{"candidates": [{"content": {"parts": null}, "finishReason": 7}]}',
    '{"candidates": [{"content": {"parts": [3]}}]}',
    '{"candidates": [{"content": {"parts": [{"inlineData": {"data": "%%%", "mimeType": 3}}]}}], "usageMetadata": []}',
    '{"candidates": "x", "promptFeedback": "y"}',
    '{"aiRecord": []}', '{"aiRecord": {"status": "SUCCESS"}}', '{"aiRecord": {"status": []}}',
    '{"aiRecord": {"status": "SUCCESS", "temporaryUrl": 5}}',
]  # fmt: skip


@pytest.mark.parametrize("status", [200, 400, 500, 302])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_strange_answer_is_a_typed_error(provider: str, status: int) -> None:
    operations = ("submit", "poll") if provider in POLLED else ("submit",)
    fault = {"kind": "not-json", "status": status, "times": None}
    faults = [{**fault, "operation": operation, "text": text} for operation in operations for text in STRANGE]
    scenes = [Scene(provider, faults=[fault], deadline=100) for fault in faults]
    for fault, played in zip(faults, play_all(scenes), strict=True):
        assert isinstance(played.error, ClientError), fault
        assert played.jobs <= 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_labels_do_not_matter(provider: str, charset: str) -> None:
    fault = {"kind": "wrong-charset", "encoding": charset, "operation": "*", "times": None}
    assert play(provider, faults=[fault]).result.images


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_image_has_an_end_that_is_documented(provider: str) -> None:
    result = play(provider).result
    life = {"reapi": 7 * 86_400, "threedai": 86_400, "onemin": 3_600}.get(provider)
    if life is None:
        assert result.expires_at is None
    else:
        start = play(provider).epoch
        assert start + life <= float(result.expires_at or 0) <= start + 120 + life  # type: ignore[arg-type]


def test_a_signature_says_when_it_lapses() -> None:
    played = play("gmicloud", choices={"gmicloud.media-url": "signed"})
    assert float(played.result.expires_at or 0) - played.epoch == pytest.approx(3_610, abs=10)  # type: ignore[arg-type]


def test_several_images_come_in_order() -> None:
    for provider in ("reapi", "threedai"):
        urls = [image.url or "" for image in play(provider, GenerateRequest("kites", count=4)).result.images]
        assert len(urls) == 4
        assert all(before < after for before, after in pairwise(urls))
        assert not any("thumbnail" in url for url in urls)


def test_tokaify_gives_back_the_bytes_of_every_image_but_the_drafts() -> None:
    choices = {"tokaify.thought-parts": "before", "tokaify.text-part": "around", "tokaify.output-mime": "jpeg"}
    result = play("tokaify", choices=choices).result
    (image,) = result.images
    assert image.mime == "image/jpeg"
    assert image.data is not None
    assert image.data.startswith(b"\xff\xd8\xff")
    assert result.usage["totalTokenCount"] > 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "failed"}, 80003),
        ({"kind": "failed", "reason": "upstream-submit"}, 80001),
        ({"kind": "failed", "reason": "polling-timeout"}, 80002),
    ],
)
def test_reapi_codes_stay_apart(fault: dict[str, Any], code: int) -> None:
    error = play("reapi", faults=[fault]).error
    assert error.code == code
    assert error.request_id
    assert str(error)


@pytest.mark.parametrize(
    "reason", [name for name in load("tokaify").behaviour.failures if name.startswith("moderated")]
)
def test_tokaify_names_the_reason_of_a_block(reason: str) -> None:
    error = play("tokaify", faults=[{"kind": "failed", "reason": reason}]).error
    assert error.category == "blocked"
    assert error.code == load("tokaify").behaviour.failures[reason].code


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_key_is_told_to_nobody(provider: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    message = "the key {} is not known"

    async def story(world: World) -> Any:
        world.arm({"kind": "status", "status": 401, "message": message.format(world.key)})
        return await world.generate()

    played = play(provider, story)
    error = played.error
    told = f"{error} {error!r} {error.__cause__!r} {error.__context__!r} {vars(error)} {caplog.text}"
    assert "***" in str(error) or provider == "tokaify"
    assert played.key not in told
    assert all(played.key not in each.target for each in played.exchanges)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_lost_answers_carry_no_headers_along(provider: str) -> None:
    played = play(provider, faults=[{"kind": "garbage", "operation": "*", "times": None}], deadline=100)
    chain: list[BaseException] = []
    error: BaseException | None = played.error
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert all(played.key not in f"{each!r} {vars(each)}" for each in chain)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_concurrent_calls_keep_apart_and_a_failure_leaves_nothing_behind(provider: str) -> None:
    async def story(world: World) -> Any:
        world.arm({"kind": "failed"})
        with pytest.raises(ClientError):
            await world.generate()
        prompts = [f"kite {number}" for number in range(8)]
        results = await asyncio.gather(*(world.generate(GenerateRequest(prompt)) for prompt in prompts))
        return prompts, results, {job.order.prompt: job.hex for job in world.tenant.jobs}

    prompts, results, jobs = play(provider, story).outcome
    assert len({image.url or image.data for result in results for image in result.images}) == 8
    for prompt, result in zip(prompts, results, strict=True):
        if result.task_id:
            assert result.task_id.replace("-", "").endswith(jobs[prompt])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_cancelling_ends_the_polls_at_once(provider: str) -> None:
    async def story(world: World) -> Any:
        call = asyncio.ensure_future(world.generate())
        await asyncio.sleep(33)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        at = world.now
        await asyncio.sleep(300)
        return at

    played = play(provider, story, faults=[{"kind": "slow", "seconds": 200}])
    assert played.outcome == 33
    assert max(played.times(), default=0) <= 33


@pytest.mark.parametrize("provider", POLLED)
def test_a_call_can_be_cancelled_by_the_id_of_its_job(provider: str) -> None:
    async def story(world: World) -> Any:
        call = asyncio.ensure_future(world.generate())
        await asyncio.sleep(1)
        (id,) = world.client._known
        await world.client.cancel(id)
        with pytest.raises(ClientError) as caught:
            await call
        await world.client.cancel("another")
        return caught.value, id, world.now

    error, id, at = play(provider, story).outcome
    assert (error.category, error.task_id, at) == ("cancelled", id, 1)


def test_a_conversation_goes_on() -> None:
    async def story(world: World) -> Any:
        first = await world.generate(GenerateRequest("a panda", images=(Url("https://example.com/p.png"),)))
        second = await world.generate(GenerateRequest("now a bear", previous=first.conversation, ratio="1:1"))
        picture = Url("https://example.com/hat.webp")
        return await world.generate(GenerateRequest("with this", previous=second.conversation, images=(picture,)))

    played = play("gmicloud", story)
    first, second, third = [json.loads(each.request_body)["payload"] for each in played.exchanges if each.request_body]
    assert "contents" not in first
    assert not {"prompt", "image"} & set(second)
    user, model, last = second["contents"]
    assert model["parts"][1]["fileData"]["fileUri"].startswith("gs://")
    assert (user["role"], model["role"], last) == ("user", "model", {"role": "user", "parts": [{"text": "now a bear"}]})
    assert [turn["role"] for turn in third["contents"]] == ["user", "model"] * 2 + ["user"]
    assert third["contents"][1] == model
    file = {"fileData": {"mimeType": "image/webp", "fileUri": "https://example.com/hat.webp"}}
    assert third["contents"][-1]["parts"] == [{"text": "with this"}, file]
    assert played.jobs == 3


def test_a_conversation_goes_on_with_images_inside() -> None:
    async def story(world: World) -> Any:
        first = await world.generate(GenerateRequest("a panda"))
        again = await world.generate(GenerateRequest("now a bear", previous=first.conversation))
        return first, again

    played = play("tokaify", story, choices={"tokaify.thought-parts": "before"})
    _, again = played.outcome
    assert [turn["role"] for turn in again.conversation] == ["user", "model", "user", "model"]
    assert [turn["parts"][0] for turn in again.conversation[::2]] == [{"text": "a panda"}, {"text": "now a bear"}]


def test_jobs_are_listed_by_model() -> None:
    async def story(world: World) -> Any:
        await world.generate()
        return await world.client.list(), await world.client.list("another/model")

    played = play("gmicloud", story)
    some, none = played.outcome
    assert [row["status"] for row in some] == ["success"]
    assert none == []
    assert played.exchanges[-1].target.endswith("?model_id=another%2Fmodel")


def test_a_closed_client_leaves_no_connection_open() -> None:
    async def story(world: World) -> Any:
        await world.generate()
        await world.client.close()
        await world.client.close()
        gc.collect()
        return world.client.transport._session

    assert play("reapi", story).outcome is None


def test_a_factory_of_other_classes_makes_those() -> None:
    class Hasty(ReapiClient):
        first_wait = 0.0

    hasty = factory_of({"reapi": Hasty}, "hasty")
    assert hasty.capabilities.providers == ("reapi",)
    assert play("reapi", factory=hasty).times()[0] == 0
    with pytest.raises(UnknownFeature, match="onemin"):
        hasty(provider="onemin", base_url="http://x", api_key="k")


def test_the_factory_offers_everything_for_everyone() -> None:
    assert make.capabilities.providers == tuple(CLASSES) == PROVIDERS
