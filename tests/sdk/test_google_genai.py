"""The unmodified `google-genai` package, synchronous and asynchronous, does its work against Tokaify."""

import asyncio
import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from PIL import Image
from tokaify_handle import Tokaify

from safelight.mockserver.images import describe, prompt_sha256

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class Aiohttp:DeprecationWarning")  # in the SDK itself

MODEL = "gemini-3-pro-image-preview"
IMAGE_ONLY = types.GenerateContentConfig(response_modalities=["IMAGE"])

Generate = Callable[..., types.GenerateContentResponse]


def options(tokaify: Tokaify, **changes: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "base_url": tokaify.base_url,
        "api_version": "v1beta",
        "client_args": {"trust_env": False},
    }
    return {"api_key": tokaify.api_key, "http_options": types.HttpOptions(**{**settings, **changes})}


@pytest.fixture(params=["sync", "async"])
def generate(request: pytest.FixtureRequest, tokaify: Tokaify) -> Generate:
    """`generate_content` of either client; `client` overrides the client's arguments."""

    def in_sync(*, client: dict[str, Any] | None = None, **arguments: Any) -> types.GenerateContentResponse:
        with genai.Client(**(client or options(tokaify))) as opened:
            return opened.models.generate_content(**{"model": MODEL, **arguments})

    async def in_async(*, client: dict[str, Any] | None = None, **arguments: Any) -> types.GenerateContentResponse:
        async with genai.Client(**(client or options(tokaify))).aio as opened:
            return await opened.models.generate_content(**{"model": MODEL, **arguments})

    if request.param == "sync":
        return in_sync
    return lambda **arguments: asyncio.run(in_async(**arguments))


def images_of(response: types.GenerateContentResponse) -> list[bytes]:
    return [part.inline_data.data for part in response.parts or [] if part.inline_data and part.inline_data.data]


def test_text_to_image(generate: Generate) -> None:
    prompt = "A red panda reads a newspaper, ink and watercolour 紅"
    response = generate(contents=prompt, config=IMAGE_ONLY)
    (image,) = images_of(response)
    facts = describe(image)
    assert (facts.format, facts.width, facts.height) == ("png", 1024, 1024)
    assert facts.prompt_sha256 == prompt_sha256(prompt)
    assert response.candidates is not None
    assert response.candidates[0].finish_reason is types.FinishReason.STOP


def test_ratio_and_size(generate: Generate, tokaify: Tokaify) -> None:
    shape = types.ImageConfig(aspect_ratio="21:9", image_size="2K")
    response = generate(contents="A wide valley", config=IMAGE_ONLY.model_copy(update={"image_config": shape}))
    (image,) = images_of(response)
    assert (describe(image).width, describe(image).height) == (3168, 1344)
    assert tokaify.sent[0]["generationConfig"]["imageConfig"] == {"aspectRatio": "21:9", "imageSize": "2K"}


def test_text_beside_the_image_by_default(generate: Generate) -> None:
    response = generate(contents="A lighthouse")
    assert len(images_of(response)) == 1
    assert [part.text for part in response.parts or [] if part.text] == ["Here is the image you asked for."]


def test_text_alone(generate: Generate) -> None:
    response = generate(contents="A haiku", config={"response_modalities": ["TEXT"]})
    assert response.text == "A few words about: A haiku"
    assert images_of(response) == []


def test_the_image_opens_as_the_sdk_opens_it(generate: Generate, tmp_path: Any) -> None:
    response = generate(contents="A teapot", config=IMAGE_ONLY)
    (image,) = [part.as_image() for part in response.parts or []]
    image.save(str(tmp_path / "teapot.png"))
    with Image.open(tmp_path / "teapot.png") as saved:
        saved.load()
        assert saved.size == (1024, 1024)


def test_edit_of_bytes(generate: Generate, tokaify: Tokaify, png: bytes) -> None:
    response = generate(
        contents=[types.Part.from_bytes(data=png, mime_type="image/png"), "Paint the wall blue"], config=IMAGE_ONLY
    )
    (image,) = images_of(response)
    assert describe(image).prompt_sha256 == prompt_sha256("Paint the wall blue")
    (turn,) = tokaify.sent[0]["contents"]
    assert turn["parts"][0] == {"inlineData": {"data": urlsafe_b64encode(png).decode(), "mime_type": "image/png"}}


def test_edit_of_a_pillow_image(generate: Generate, tokaify: Tokaify, png: bytes) -> None:
    with Image.open(io.BytesIO(png)) as picture:
        response = generate(contents=["Paint the wall blue", picture], config=IMAGE_ONLY)
    assert len(images_of(response)) == 1
    assert tokaify.exchanges[0].verdict == "valid"
    assert "inlineData" in tokaify.sent[0]["contents"][0]["parts"][1]


def test_every_edit_reference_counts_as_tokens(generate: Generate, png: bytes) -> None:
    part = types.Part.from_bytes(data=png, mime_type="image/png")
    one, two = (
        usage.prompt_token_count
        for count in (1, 2)
        if (usage := generate(contents=[part] * count, config=IMAGE_ONLY).usage_metadata)
    )
    assert one is not None
    assert two == 2 * one


def test_usage_metadata(generate: Generate) -> None:
    usage = generate(contents="one two three", config=IMAGE_ONLY).usage_metadata
    assert usage is not None
    assert (usage.prompt_token_count, usage.candidates_token_count, usage.total_token_count) == (3, 1120, 1123)


def test_chat_sends_its_history_back(tokaify: Tokaify) -> None:
    with genai.Client(**options(tokaify)) as client:
        chat = client.chats.create(model=MODEL)
        first = chat.send_message("A panda makes latte art")
        second = chat.send_message("Now it is a brown bear")
    (one,), (two,) = images_of(first), images_of(second)
    assert describe(one).prompt_sha256 == prompt_sha256("A panda makes latte art")
    assert describe(two).prompt_sha256 == prompt_sha256("Now it is a brown bear")
    history = tokaify.sent[1]["contents"]
    assert [turn["role"] for turn in history] == ["user", "model", "user"]
    assert urlsafe_b64decode(history[1]["parts"][-1]["inlineData"]["data"]) == one


def test_asynchronous_chat_sends_thoughts_back(tokaify: Tokaify) -> None:
    tokaify.simulator.call(tokaify.tenant.choose, "tokaify.thought-parts", "before")

    async def talk() -> list[types.GenerateContentResponse]:
        async with genai.Client(**options(tokaify)).aio as client:
            chat = client.chats.create(model=MODEL)
            return [await chat.send_message(text) for text in ("A panda makes latte art", "Now it is a brown bear")]

    responses = asyncio.run(talk())
    assert all(response.parts and response.parts[0].thought for response in responses)
    assert [exchange.status for exchange in tokaify.exchanges] == [200, 200]
    assert any("thoughtSignature" in part for part in tokaify.sent[1]["contents"][1]["parts"])


def test_blocked_prompt(generate: Generate) -> None:
    response = generate(contents="safelight:block-prompt", config=IMAGE_ONLY)
    assert response.candidates is None
    assert response.prompt_feedback is not None
    assert response.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT


def test_blocked_output(generate: Generate) -> None:
    response = generate(contents="safelight:block-output", config=IMAGE_ONLY)
    assert response.candidates is not None
    assert response.candidates[0].finish_reason is types.FinishReason.IMAGE_SAFETY
    assert images_of(response) == []


def test_the_key_comes_in_a_header_of_googles(generate: Generate, tokaify: Tokaify) -> None:
    assert len(images_of(generate(contents="A key", config=IMAGE_ONLY))) == 1
    headers = tokaify.exchanges[0].request_headers
    assert headers["x-goog-api-key"] == tokaify.api_key
    assert "Authorization" not in headers


def test_unknown_key(generate: Generate, tokaify: Tokaify) -> None:
    with pytest.raises(errors.ClientError, match="Invalid token") as caught:
        generate(client={**options(tokaify), "api_key": "sk-nobody"}, contents="A door")
    assert caught.value.code == 401


def test_invalid_ratio(generate: Generate) -> None:
    shape = types.ImageConfig(aspect_ratio="7:3")
    with pytest.raises(errors.ClientError, match="7:3") as caught:
        generate(contents="A door", config=types.GenerateContentConfig(image_config=shape))
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")


def test_reference_that_is_no_image(generate: Generate) -> None:
    with pytest.raises(errors.ClientError, match=r"contents\[0\]\.parts\[0\]\.inlineData") as caught:
        generate(contents=[types.Part.from_bytes(data=b"no picture", mime_type="image/png"), "Edit it"])
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("problem", "code", "kind"),
    [
        ("rate-limited", 429, errors.ClientError),
        ("credits-exhausted", 403, errors.ClientError),
        ("internal", 500, errors.ServerError),
        ("unavailable", 503, errors.ServerError),
    ],
)
def test_errors_on_order(
    generate: Generate, tokaify: Tokaify, problem: str, code: int, kind: type[errors.APIError]
) -> None:
    tokaify.simulator.call(tokaify.simulator.world.arm, tokaify.tenant, {"kind": "problem", "problem": problem})
    with pytest.raises(kind) as caught:
        generate(contents="A door")
    assert caught.value.code == code
    assert caught.value.message


def test_base_url_with_the_version_in_it(generate: Generate, tokaify: Tokaify) -> None:
    doubled = options(tokaify, base_url=f"{tokaify.base_url}/v1beta")
    with pytest.raises(errors.ClientError, match="v1beta twice") as caught:
        generate(client=doubled, contents="A door")
    assert caught.value.code == 404
