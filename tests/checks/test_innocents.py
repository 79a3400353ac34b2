"""Clients that follow the documents stay green, whatever the provider makes of the points that are open."""

from typing import Any

import pytest
from check_rig import Rig
from clients import CLIENTS, MODEL, QUEUE

from safelight.conformance.checks.passive import judge_journal
from safelight.specs import load, provider_names

SYNCHRONOUS = ("tokaify", "onemin")
READINGS = [
    (provider, choice.name, value)
    for provider in provider_names()
    for choice in load(provider).behaviour.choices.values()
    for value in choice.values
]
GENERATE = "/v1/images/gemini/3/pro/generate/"
BAD_WISHES: list[tuple[str, str, Any]] = [
    ("reapi", "/api/v1/images/generations", {"model": MODEL, "prompt": "x", "size": "10:3"}),
    ("reapi", "/api/v1/images/generations", {"model": MODEL, "prompt": "x", "n": 5}),
    ("reapi", "/api/v1/images/generations", {"model": MODEL, "prompt": "x", "image_urls": ["data:image/png;base64,x"]}),
    ("threedai", GENERATE, {"prompt": "x", "aspect_ratio": "8:1"}),
    ("threedai", "/v1/images/gemini/3/pro/edit/", {"prompt": "x", "images": ["https://example.com/a.png"]}),
    ("gmicloud", QUEUE, {"model": MODEL, "payload": {"prompt": "x", "aspect_ratio": "2:3"}}),
    ("gmicloud", QUEUE, {"model": MODEL, "payload": {"prompt": "x" * 2001}}),
    ("tokaify", f"/v1beta/models/{MODEL}:generateContent", {"contents": []}),
    ("onemin", "/api/features", {"type": "IMAGE_GENERATOR", "model": MODEL,
                                 "promptObject": {"prompt": "x", "imageSize": "8K", "topP": 3}}),
]  # fmt: skip


def findings(rig: Rig) -> list[str]:
    """What the checks say of all that has been heard."""
    found = [finding for verdict in judge_journal(rig.heard) for finding in verdict.findings]
    return [f"{finding.check.id} #{finding.exchange}: {finding.sentence}" for finding in found]


def playing(provider: str, **choices: str) -> Rig:
    held_open = provider in SYNCHRONOUS or choices.get("delivery") == "sync"
    progress = "immediate" if held_open else "time"
    return Rig(choices={f"{provider}.{name}": value for name, value in choices.items()}, progress=progress)


@pytest.mark.parametrize(("provider", "name", "value"), READINGS)
def test_a_client_of_the_document_is_green_under_every_reading(provider: str, name: str, value: str) -> None:
    with playing(provider, **{name: value}) as rig:
        CLIENTS[provider](rig)
        assert len(rig.heard) >= (1 if provider == "tokaify" else 2)
        assert findings(rig) == []


@pytest.mark.parametrize("provider", ["reapi", "threedai", "gmicloud"])
def test_a_client_of_the_document_is_green_when_its_job_fails(provider: str) -> None:
    with playing(provider) as rig:
        submit = rig.tenant.jobs.add

        def fail(job: Any) -> None:
            submit(job)
            rig.tenant.end_job(job, "failed")

        rig.tenant.jobs.add = fail  # type: ignore[method-assign]
        CLIENTS[provider](rig)
        assert any(job.end()[1] == "failed" for job in rig.tenant.jobs)
        assert findings(rig) == []


@pytest.mark.parametrize(("provider", "path", "data"), BAD_WISHES)
def test_a_client_that_hands_its_caller_the_refusal_is_green(provider: str, path: str, data: Any) -> None:
    with playing(provider) as rig:
        for _ in range(2):  # by another caller
            status, _ = rig.send(provider, "POST", path, data)
            assert status == 400
        assert rig.heard[-1].problem == "parameter-invalid"
        assert findings(rig) == []


def test_a_stranger_without_a_key_is_nobody_s_client() -> None:
    with Rig() as rig:
        rig.send("reapi", "POST", "/images/generations", [1], headers={"Authorization": "Bearer somebody-else"})
        assert rig.heard[0].tenant == "unattributed"
        assert all(not verdict.cases for verdict in judge_journal(rig.heard))


def test_what_is_sent_to_the_host_of_the_results_is_seen() -> None:
    with playing("onemin") as rig:
        wanted = {"prompt": "a city", "imageSize": "1K"}
        data = {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": wanted}
        url = rig.send("onemin", "POST", "/api/features", data)[1]["aiRecord"]["temporaryUrl"]
        key = rig.simulator.world.ready_key(rig.tenant, "onemin")
        rig.fetch(url, headers={"API-KEY": key})
        rig.fetch(url.partition("?")[0])
        assert [line.partition(":")[0] for line in findings(rig)] == [
            "onemin.media.signed-query #3",
            "house.secrets.not-to-media #2",
        ]
