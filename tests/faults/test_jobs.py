"""Faults that decide how jobs go, what they cost, who may ask for them, and what lies in the store."""

import io
from base64 import b64decode
from typing import Any

import pytest
from PIL import Image
from rig import ASYNCHRONOUS, NAMES, WITH_MEDIA, Client, Rig

from safelight.mockserver.images import describe
from safelight.specs import load

each_provider = pytest.mark.parametrize("provider", NAMES)
with_media = pytest.mark.parametrize("provider", WITH_MEDIA)

FAILURES = [(name, reason) for name in NAMES for reason in load(name).behaviour.failures]


@pytest.fixture
def reapi(rig: Rig) -> Client:
    return rig.client("reapi")


def ending_of(client: Client) -> str:
    return client.jobs[-1].end()[1]


@pytest.mark.parametrize(("provider", "reason"), FAILURES)
def test_a_job_fails_for_any_reason_that_its_provider_knows(rig: Rig, provider: str, reason: str) -> None:
    client = rig.client(provider)
    client.arm("failed", reason=reason)
    client.submit()
    client.finish()
    assert ending_of(client) == reason
    assert client.tenant.wallets[provider].balance(client.now) == client.tenant.settings.credits


@each_provider
@pytest.mark.parametrize("kind", ["moderated-prompt", "moderated-output", "cancelled"])
def test_other_ends(rig: Rig, provider: str, kind: str) -> None:
    client = rig.client(provider)
    client.arm(kind)
    client.submit()
    client.finish()
    assert ending_of(client) == kind
    assert client.jobs[0].state(client.now).terminal


@pytest.mark.parametrize("provider", ["gmicloud", "tokaify", "onemin"])
def test_a_job_without_an_image(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("no-image")
    client.submit()
    assert ending_of(client) == "no-image"


@each_provider
def test_a_stuck_job_never_ends(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("stuck")
    answer = client.submit(patience=10_000)
    client.advance(7 * 86_400)
    assert not client.jobs[0].state(client.now).terminal
    assert answer.ended == ("open" if provider in ASYNCHRONOUS else "left")


@each_provider
def test_a_slow_job(rig: Rig, provider: str) -> None:
    plain, twice, long = (rig.client(provider) for _ in range(3))
    twice.arm("slow", factor=2)
    long.arm("slow", seconds=500)
    for client in (plain, twice, long):
        client.submit()
    durations = [client.jobs[0].plan.duration for client in (plain, twice, long)]
    assert durations[1:] == [durations[0] * 2, 500]


def test_slow_and_failed_go_together(reapi: Client) -> None:
    reapi.arm("slow", seconds=1000)
    reapi.arm("failed")
    reapi.submit()
    assert reapi.jobs[0].end() == (reapi.now + 1000, "failed")


@pytest.mark.parametrize("provider", ["reapi", "threedai"])
@pytest.mark.parametrize(("options", "left"), [({}, 1), ({"images": 0}, 0), ({"images": 9}, 2)])
def test_fewer_images_for_the_price_of_all(rig: Rig, provider: str, options: dict[str, Any], left: int) -> None:
    plain, client = rig.client(provider), rig.client(provider)
    client.arm("partial", **options)
    for each in (plain, client):
        each.submit()
        each.finish()
    assert len(client.urls(client.poll())) == left
    assert client.charges[0].credits == plain.charges[0].credits


def test_a_synchronous_answer_with_fewer_images(rig: Rig) -> None:
    client = rig.client("tokaify")
    client.arm("partial")
    assert [len(client.submit().json["candidates"]) for _ in range(2)] == [1, 2]


@each_provider
def test_a_submit_that_is_delivered_twice(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("duplicate-delivery")
    answer = client.submit()
    assert answer.status == 200
    first, second = client.jobs
    assert first.hex != second.hex
    assert len(client.charges) == 2
    assert client.journal[0].job == second.hex
    assert client.journal[0].credits == first.plan.price + second.plan.price
    client.submit()
    assert len(client.jobs) == 3


@pytest.mark.parametrize("provider", ASYNCHRONOUS)
def test_a_key_that_is_revoked_while_a_job_runs(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("key-revoked", operation="poll", skip=1)
    client.submit()
    assert [client.poll().status for _ in range(3)] == [200, 401, 401]
    assert client.submit().status == 401
    other = rig.world.add_key(client.tenant, provider).text
    assert rig.client(provider, client.tenant, other).poll().status == 200
    client.tenant.reset()
    assert client.submit().status == 200


@each_provider
def test_a_key_that_is_revoked_after_the_commit(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("key-revoked", operation="submit", when="after")
    assert [client.submit().status, client.submit().status] == [200, 401]
    assert len(client.charges) == 1


@each_provider
@pytest.mark.parametrize(("when", "statuses"), [("before", [False, False]), ("after", [True, False])])
def test_credits_that_run_out(rig: Rig, provider: str, when: str, statuses: list[bool]) -> None:
    client = rig.client(provider)
    client.arm("credits-exhausted", when=when, left=0.5)
    assert [client.submit().status == 200 for _ in range(2)] == statuses
    assert client.tenant.wallets[provider].balance(client.now) == 0.5
    assert client.journal[-1].problem == "credits-exhausted"


@with_media
def test_results_that_lapse_when_they_are_fetched(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm("expired", skip=1)
    fresh, late, again = (client.fetch(url) for _ in range(3))
    assert fresh.status == 200
    assert late.status == again.status == {"onemin": 403, "gmicloud": 404}.get(provider, 404)
    assert late.body == again.body != fresh.body


@with_media
@pytest.mark.parametrize("when", ["before", "after"])
def test_results_lapse_before_or_after_a_last_fetch(rig: Rig, provider: str, when: str) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm("expired", when=when)
    assert [client.fetch(url).status == 200 for _ in range(2)] == [when == "after", False]


def test_a_signature_that_has_lapsed_is_told_as_the_store_tells_it(rig: Rig) -> None:
    client = rig.client("gmicloud")
    client.tenant.choose("gmicloud.media-url", "signed")
    url = client.deliver()[0]
    client.arm("expired")
    answer = client.fetch(url)
    assert (answer.status, b"ExpiredToken" in answer.body) == (400, True)


@with_media
def test_a_store_that_denies_access(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm("forbidden")
    answer = client.fetch(url)
    assert answer.status == 403
    assert (b"AccessDenied" in answer.body) == (provider in ("gmicloud", "onemin"))
    assert client.fetch(url).status == 200


@with_media
@pytest.mark.parametrize("how", ["scrambled", "cut"])
def test_a_damaged_image(rig: Rig, provider: str, how: str) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm("corrupted", how=how)
    damaged, whole = client.fetch(url), client.fetch(url)
    assert damaged.complete
    assert damaged.headers["content-type"] == whole.headers["content-type"]
    assert damaged.body[:16] == whole.body[:16]
    decode(whole.body)
    with pytest.raises((OSError, SyntaxError)):
        decode(damaged.body)


@with_media
@pytest.mark.parametrize("other", [None, "webp"])
def test_an_image_of_another_format(rig: Rig, provider: str, other: str | None) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm("wrong-type", **({"format": other} if other else {}))
    odd, plain = client.fetch(url), client.fetch(url)
    assert odd.headers["content-type"] == plain.headers["content-type"] == "image/png"
    assert describe(odd.body).format == (other or "jpeg")
    assert describe(plain.body).format == "png"


@pytest.mark.parametrize("kind", ["corrupted", "wrong-type"])
def test_images_inside_an_answer_are_spoilt_one_by_one(rig: Rig, kind: str) -> None:
    client = rig.client("tokaify")
    armed = client.arm(kind, skip=1)
    parts = [part for each in client.submit().json["candidates"] for part in each["content"]["parts"]]
    images = [b64decode(part["inlineData"]["data"]) for part in parts if "inlineData" in part]
    assert armed.hits == 1
    assert describe(images[0]).format == "png"
    if kind == "wrong-type":
        assert describe(images[1]).format == "jpeg"
    else:
        with pytest.raises((OSError, SyntaxError)):
            decode(images[1])


def test_nothing_is_spoilt_in_a_refusal_of_the_store(rig: Rig) -> None:
    client = rig.client("reapi")
    url = client.deliver()[0]
    client.tenant.expire_job(client.jobs[0])
    client.arm("corrupted")
    answer = client.fetch(url)
    assert (answer.status, answer.body) == (404, b"Not Found\n")


@each_provider
def test_a_closed_door(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    open_url = rig.world.api_url(client.tenant, provider)
    armed = client.arm("refused-connection")
    closed = rig.client(provider, client.tenant)
    assert closed.base != open_url
    with pytest.raises(ConnectionRefusedError):
        closed.submit()
    others = [name for name in NAMES if name != provider]
    assert all(rig.simulator.url in rig.world.api_url(client.tenant, name) for name in others)
    client.tenant.faults.disarm(armed.id)
    assert rig.world.api_url(client.tenant, provider) == open_url


@with_media
def test_a_closed_door_of_the_store(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("refused-connection", operation="media")
    url = client.deliver()[0]
    with pytest.raises(ConnectionRefusedError):
        client.fetch(url)


def decode(image: bytes) -> None:
    with Image.open(io.BytesIO(image)) as picture:
        picture.load()
