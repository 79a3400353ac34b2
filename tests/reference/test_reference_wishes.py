"""What is asked for arrives in the provider's words; what it does not offer is refused without a request."""

import json
from base64 import b64decode
from typing import Any

import pytest
from reference_rig import PNG, PROVIDERS, Played, World, play

from safelight.conformance.client import Bytes, GenerateRequest, Result, Url

MODEL = "gemini-3-pro-image-preview"
URL = Url("https://example.com/ref.jpg")
PRINTED = Bytes(PNG, "image/png")

REFUSED: dict[str, list[dict[str, Any]]] = {
    "reapi": [
        {"ratio": "7:3"}, {"ratio": "auto"}, {"resolution": "8K"}, {"count": 0}, {"count": 5}, {"count": True},
        {"images": (PRINTED,)}, {"images": (URL,) * 15}, {"images": (Url("data:image/png;base64,AAAA"),)},
        {"images": (Url("ftp://example.com/a.png"),)}, {"output_format": "png"}, {"temperature": 1.0},
        {"top_p": 0.5}, {"channel": "gold"}, {"previous": []},
    ],
    "threedai": [
        {"ratio": "7:3"}, {"resolution": "8K"}, {"count": 5}, {"count": 2.5}, {"output_format": "gif"},
        {"images": (PRINTED,) * 15}, {"images": (Bytes(b"%PDF", "application/pdf"),)}, {"temperature": 1.0},
        {"channel": "official"}, {"previous": []},
    ],
    "gmicloud": [
        {"ratio": "2:3"}, {"ratio": "3:2"}, {"resolution": "3K"}, {"count": 2}, {"output_format": "webp"},
        {"images": (PRINTED,)}, {"images": (URL,) * 15}, {"temperature": 1.0}, {"top_p": 1.0},
    ],
    "tokaify": [
        {"ratio": "auto"}, {"count": 2}, {"output_format": "png"}, {"temperature": 2.5}, {"top_p": 1.5},
        {"channel": "official"},
    ],
    "onemin": [
        {"ratio": "1:1"}, {"resolution": "8K"}, {"count": 2}, {"images": (URL,)}, {"images": (PRINTED,)},
        {"output_format": "png"}, {"temperature": 2.1}, {"temperature": -0.1}, {"temperature": float("nan")},
        {"top_p": 1.1}, {"previous": []},
    ],
}  # fmt: skip


def sent(played: Played) -> Any:
    return json.loads(played.exchanges[0].request_body)


@pytest.mark.parametrize(("provider", "wish"), [(name, wish) for name in PROVIDERS for wish in REFUSED[name]])
def test_what_a_provider_does_not_offer_is_refused(provider: str, wish: dict[str, Any]) -> None:
    played = play(provider, GenerateRequest("a red kite", **wish))
    assert played.error.category in ("unsupported", "invalid")
    assert played.exchanges == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_prompt_is_required(provider: str) -> None:
    played = play(provider, GenerateRequest(""))
    assert played.error.category == "invalid"
    assert played.exchanges == []


def test_a_prompt_is_counted_in_characters() -> None:
    assert isinstance(play("gmicloud", GenerateRequest("🎈" * 2000)).outcome, Result)
    played = play("gmicloud", GenerateRequest("🎈" * 2001))
    assert played.error.category == "invalid"
    assert played.exchanges == []


@pytest.mark.parametrize("prompt", ["猫", "🪁 kite", "שלום", 'quotes " and \\ and \n', "\u2028\x00", "é"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_prompt_arrives_unchanged(provider: str, prompt: str) -> None:
    async def story(world: World) -> str:
        await world.generate(GenerateRequest(prompt))
        return next(iter(world.tenant.jobs)).order.prompt

    assert play(provider, story).outcome == prompt


def test_reapi_gets_what_was_asked_for() -> None:
    wish = GenerateRequest("a kite", "16:9", "2k", 3, (URL, Url("http://example.com/b.png?x=%20")), channel="official")
    assert sent(play("reapi", wish)) == {
        "model": f"{MODEL}-official", "prompt": "a kite", "size": "16:9", "resolution": "2K", "n": 3,
        "image_urls": [URL.url, "http://example.com/b.png?x=%20"],
    }  # fmt: skip


def test_reapi_inherits_the_shape_where_no_ratio_was_asked_for() -> None:
    assert sent(play("reapi", GenerateRequest("a kite", images=(URL,)))) == {
        "model": MODEL, "prompt": "a kite", "image_urls": [URL.url],
    }  # fmt: skip


def test_threedai_generates_without_images_and_edits_with_them() -> None:
    plain = play("threedai", GenerateRequest("a kite", "auto", "4K", 2, output_format="jpeg"))
    assert plain.exchanges[0].operation == "generate"
    assert sent(plain) == {
        "prompt": "a kite", "aspect_ratio": "auto", "resolution": "4K", "num_images": 2, "output_format": "jpeg",
    }  # fmt: skip
    edited = play("threedai", GenerateRequest("a kite", images=(PRINTED, PRINTED)))
    assert edited.exchanges[0].operation == "edit"
    head, data = sent(edited)["images"][0].split(",")
    assert (head, b64decode(data)) == ("data:image/png;base64", PNG)
    assert list(sent(edited)) == ["prompt", "images"]


@pytest.mark.parametrize("provider", ["threedai", "tokaify"])
def test_a_reference_by_url_is_fetched_without_the_key(provider: str) -> None:
    async def story(world: World) -> Any:
        made = await world.generate()
        if provider == "tokaify":
            world.client.provider = provider
        await world.generate(GenerateRequest("again", images=(Url(made.images[0].url or await own_url(world)),)))
        return [each for each in world.tenant.journal if each.operation == "media"]

    async def own_url(world: World) -> str:
        key = world.simulator.world.ready_key(world.tenant, "onemin")
        base_url = world.simulator.world.api_url(world.tenant, "onemin")
        from safelight.conformance.reference import make

        other = make(provider="onemin", base_url=base_url, api_key=key)
        made = await other.generate(GenerateRequest("a picture"))
        await other.close()
        assert made.images[0].url
        return made.images[0].url

    played = play(provider, story)
    (fetch,) = played.outcome
    assert fetch.status == 200
    assert not {"authorization", "api-key", "x-goog-api-key"} & {name.lower() for name in fetch.request_headers}
    body = json.loads(next(e.request_body for e in reversed(played.exchanges) if b"again" in e.request_body))
    data = body["images"][0].partition(",")[2] if provider == "threedai" else None
    data = data or body["contents"][-1]["parts"][1]["inline_data"]["data"]
    assert b64decode(data).startswith(b"\x89PNG")


@pytest.mark.parametrize("provider", ["threedai", "tokaify"])
def test_a_reference_that_cannot_be_had_costs_nothing(provider: str) -> None:
    async def story(world: World) -> Any:
        gone = f"{world.simulator.world.media_base}/nowhere.png"
        return await world.generate(GenerateRequest("a kite", images=(Url(gone),)))

    played = play(provider, story)
    assert played.error.category == "invalid"
    assert played.jobs == 0


def test_gmicloud_gets_what_was_asked_for() -> None:
    wish = GenerateRequest("a kite", "4:5", "2k", images=(URL,), output_format="jpeg")
    assert sent(play("gmicloud", wish)) == {
        "model": MODEL,
        "payload": {
            "prompt": "a kite", "image": [URL.url], "image_size": "2K", "aspect_ratio": "4:5",
            "image_output_format": "jpeg",
        },
    }  # fmt: skip


def test_tokaify_gets_what_was_asked_for() -> None:
    wish = GenerateRequest("a kite", "16:9", "4k", images=(PRINTED,), temperature=0.7, top_p=0.9)
    body = sent(play("tokaify", wish))
    assert body["generationConfig"] == {
        "responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "16:9", "imageSize": "4K"},
        "temperature": 0.7, "topP": 0.9,
    }  # fmt: skip
    (turn,) = body["contents"]
    assert turn["role"] == "user"
    assert turn["parts"][0] == {"text": "a kite"}
    inline = turn["parts"][1]["inline_data"]
    assert (inline["mime_type"], b64decode(inline["data"])) == ("image/png", PNG)


def test_onemin_gets_a_size_in_any_case() -> None:
    assert sent(play("onemin")) == {
        "type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": {"prompt": "a red kite", "imageSize": "1K"},
    }  # fmt: skip
    wish = GenerateRequest("a kite", resolution="4k", temperature=0, top_p=1)
    assert sent(play("onemin", wish))["promptObject"] == {
        "prompt": "a kite", "imageSize": "4K", "temperature": 0, "topP": 1,
    }  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS)
def test_one_image_is_what_there_is_anyway(provider: str) -> None:
    assert len(play(provider, GenerateRequest("a kite", count=1)).result.images) == 1
