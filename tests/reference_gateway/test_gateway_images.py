"""Images on request: by URL and as bytes, as many as asked for, as asked for, from whom asked for."""

import asyncio
import base64
import json
from typing import Any

import pytest
from gateway_rig import JOBS, PLAIN, PROVIDERS, Rig, model_of, play

from safelight.conformance.client import GenerateRequest
from safelight.conformance.scenarios.model import Picture
from safelight.mockserver.images import describe, prompt_sha256


def sent(rig: Rig, place: int = 0) -> Any:
    return json.loads(rig.submits()[place].request_body)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_url_is_fetched_without_a_key(provider: str) -> None:
    async def story(rig: Rig) -> None:
        reply = await rig.images(model_of(provider))
        (image,) = reply.data
        assert image["url"].startswith("http://")
        fetched = await rig.fetch(image["url"])
        assert fetched.status == 200
        assert fetched.content.startswith(b"\x89PNG")
        assert reply.json["usage"] == {"images": 1}
        assert reply.json["provider"] == provider
        assert "partial" not in reply.json

    assert play(story).paid() == {provider: 1}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_bytes_are_those_of_the_url(provider: str) -> None:
    async def story(rig: Rig) -> None:
        by_url = (await rig.images(model_of(provider), key="same")).data[0]["url"]
        held = (await rig.fetch(by_url)).content
        before = len(rig.submits())

        # The same job in the other form, as the provider's bytes for a prompt depend on the job.
        job = rig.gateway.store.keys["alice", "same"]
        assert job.delivery is not None
        image = job.delivery.images[0]
        if isinstance(image, str):
            handed: Any = await rig.gateway.fetch_image(job, provider, image)
            assert handed.data == held
        else:
            assert image.data == held
        other = (await rig.images(model_of(provider), response_format="b64_json")).data[0]
        assert list(other) == ["b64_json"]
        assert base64.b64decode(other["b64_json"], validate=True).startswith(b"\x89PNG")
        assert len(rig.submits()) == before + 1

    play(story)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("n", [2, 4])
def test_as_many_as_asked_for(provider: str, n: int) -> None:
    async def story(rig: Rig) -> None:
        reply = await rig.images(model_of(provider), n=n)
        assert len({image["url"] for image in reply.data}) == n
        assert reply.json["usage"] == {"images": n}

    rig = play(story)
    assert rig.paid() == {provider: 1 if provider in ("reapi", "threedai") else n}


def test_some_images_of_a_fan_out_are_told_as_such() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "problem", "problem": "credits-exhausted", "provider": "onemin", "skip": 1, "times": 1})
        reply = await rig.images(model_of("onemin"), n=3)
        assert len(reply.data) == 2
        assert reply.json["usage"] == {"images": 2}
        assert reply.json["partial"] == {"requested": 3, "delivered": 2}
        assert [error["code"] for error in reply.json["errors"]] == ["upstream_credits"]

    assert play(story).paid() == {"onemin": 2}


def test_less_than_asked_for_is_told_where_the_provider_counts() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "partial", "provider": "reapi"})
        reply = await rig.images(model_of("reapi"), n=3)
        assert reply.json["partial"]["delivered"] == len(reply.data) < 3

    play(story)


def test_no_more_images_than_asked_for() -> None:
    async def story(rig: Rig) -> None:
        assert len((await rig.images(model_of("gmicloud"))).data) == 1

    play(story, choices={"gmicloud.media-urls": "several"})


def test_what_is_asked_for_arrives_as_it_is() -> None:
    prompt = '  "céleste" 猫 \U0001f6f0 \t{model}\n '

    async def story(rig: Rig) -> None:
        await rig.images(
            model_of("threedai"), prompt=prompt, aspect_ratio="21:9", resolution="4k", output_format="webp"
        )

    wanted = {"prompt": prompt, "aspect_ratio": "21:9", "resolution": "4K", "output_format": "webp"}
    assert sent(play(story)) == wanted


def test_settings_of_the_model_arrive_and_zero_is_one() -> None:
    async def story(rig: Rig) -> None:
        await rig.images(model_of("tokaify"), temperature=0, top_p=0.5)
        await rig.images(model_of("onemin"), temperature=0)

    rig = play(story)
    assert sent(rig)["generationConfig"]["temperature"] == 0
    assert sent(rig)["generationConfig"]["topP"] == 0.5
    assert sent(rig, 1)["promptObject"] == {"prompt": "a red kite", "imageSize": "1K", "temperature": 0}


def test_the_plain_model_goes_to_the_first_that_can() -> None:
    async def story(rig: Rig) -> None:
        assert (await rig.images()).json["provider"] == "gmicloud"
        assert (await rig.images(aspect_ratio="2:3")).json["provider"] == "reapi"
        assert (await rig.images(output_format="webp")).json["provider"] == "threedai"
        assert (await rig.images(temperature=1)).json["provider"] == "onemin"

    play(story, environ={"GATEWAY_FAILOVER": "gmicloud, reapi, threedai, onemin, tokaify"})


@pytest.mark.parametrize("provider", ["reapi", "gmicloud"])
def test_references_go_by_url_where_urls_are_taken(provider: str) -> None:
    async def story(rig: Rig) -> None:
        url = rig.gallery.url_of(Picture())
        assert (await rig.images(model_of(provider), images=[url])).status == 200
        assert rig.gallery.visits == []
        assert url in rig.submits()[0].request_body.decode()

    play(story)


@pytest.mark.parametrize("provider", ["threedai", "tokaify"])
def test_references_go_as_bytes_where_bytes_are_taken(provider: str) -> None:
    picture = Picture(width=20, height=10)

    async def story(rig: Rig) -> None:
        url = rig.gallery.url_of(picture)
        assert (await rig.images(model_of(provider), images=[url])).status == 200
        (visit,) = rig.gallery.visits
        assert "Authorization" not in visit.headers
        data = base64.b64encode((await rig.fetch(url)).content).decode()
        assert (await rig.images(model_of(provider), images=[f"data:image/png;base64,{data}"])).status == 200
        first, second = (each.request_body.decode() for each in rig.submits())
        assert data in first
        assert data in second
        assert url not in first

    play(story)


def test_callers_at_once_get_their_own_images() -> None:
    async def story(rig: Rig) -> None:
        prompts = [f"kite {number}" for number in range(10)]
        asked = (rig.images(model_of(PROVIDERS[n % 5]), prompt=prompt) for n, prompt in enumerate(prompts))
        for prompt, reply in zip(prompts, await asyncio.gather(*asked), strict=True):
            image = await rig.fetch(reply.data[0]["url"])
            assert describe(image.content).prompt_sha256 == prompt_sha256(prompt)

    play(story)


def test_a_long_job_is_not_cut_and_its_end_is_told() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "slow", "seconds": 300, "provider": "reapi"})
        reply = await rig.images(model_of("reapi"), resolution="4K")
        assert reply.status == 200
        assert reply.at > 300
        assert 6.9 * 86_400 < reply.json["expires_at"] - reply.json["created"] < 7.1 * 86_400

    rig = play(story)
    polls = [each.at for each in rig.exchanges("reapi", "poll")]
    assert polls[0] - rig.submits()[0].at >= 30


def test_hosted_images_say_how_long_they_last() -> None:
    async def story(rig: Rig) -> None:
        reply = await rig.images(model_of("tokaify"))
        assert reply.data[0]["url"].startswith(f"{rig.url}/v1/files/")
        assert reply.data[0]["url"].endswith(".png")
        assert reply.json["expires_at"] - reply.json["created"] == 86_400
        headers = (await rig.fetch(reply.data[0]["url"])).headers
        assert headers["Content-Type"] == "image/png"

    play(story)


def test_models_that_are_listed_can_be_called() -> None:
    async def story(rig: Rig) -> None:
        listed = (await rig.ask("GET", "/v1/models")).json
        names = [model["id"] for model in listed["data"]]
        assert names == [model_of("reapi"), model_of("onemin"), PLAIN]
        for name in names:
            assert (await rig.images(name)).status == 200
            assert (await rig.ask("GET", f"/v1/models/{name}")).json["id"] == name
        assert (await rig.images(model_of("tokaify"))).error["code"] == "model_not_found"

    without = {
        f"{name}_{part}": None for name in ("THREEDAI", "GMICLOUD", "TOKAIFY") for part in ("BASE_URL", "API_KEY")
    }
    play(story, environ=without)


def test_every_provider_is_asked_as_the_reference_client_asks() -> None:
    async def story(rig: Rig) -> None:
        for provider in PROVIDERS:
            await rig.images(model_of(provider))

    rig = play(story)
    for provider in PROVIDERS:
        client = rig.gateway.clients[provider]
        body = json.loads(rig.submits(provider)[0].request_body)
        assert body == client.build_body(GenerateRequest("a red kite"))


def test_asking_after_a_job_asks_nobody_upstream() -> None:
    def count(every: float) -> int:
        async def story(rig: Rig) -> None:
            id = (await rig.ask("POST", JOBS, {"model": model_of("reapi"), "prompt": "a kite"})).json["id"]
            for _ in range(int(200 / every)):
                state = (await rig.ask("GET", f"{JOBS}/{id}")).json["status"]
                await asyncio.sleep(every)
            assert state == "succeeded"

        return len(play(story).exchanges("reapi", "poll"))

    assert count(0.5) == count(20.0)
