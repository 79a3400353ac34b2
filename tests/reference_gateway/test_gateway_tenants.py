"""Keys, tenants and jobs: who may see what, and what never leaves the gateway."""

import asyncio
import logging
from typing import Any

import pytest
from gateway_rig import IMAGES, JOBS, KEYS, PLAIN, POLLED, PROVIDERS, Rig, model_of, play

BODY = {"model": PLAIN, "prompt": "a red kite"}


def test_without_a_key_nothing_happens() -> None:
    keys: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer sk-nobody"},
        {"Authorization": "Bearer "},
        {"Authorization": KEYS["alice"]},
        {"Authorization": f"Basic {KEYS['alice']}"},
        {"Authorization": "Bearer schlüssel"},
        {"x-api-key": KEYS["alice"]},
    ]

    async def story(rig: Rig) -> None:
        asked: list[tuple[str, str, Any]] = [
            ("POST", IMAGES, BODY), ("POST", IMAGES, {"nonsense": 1}), ("POST", JOBS, BODY), ("GET", f"{JOBS}/x", None),
            ("GET", "/v1/models", None), ("GET", "/nowhere", None), ("PUT", IMAGES, None),
        ]  # fmt: skip
        for headers in keys:
            for method, path, body in asked:
                reply = await rig.ask(method, path, body, who=None, headers=headers)
                assert (reply.status, reply.error["code"]) == (401, "invalid_api_key"), headers
                assert reply.headers["WWW-Authenticate"] == "Bearer"

    assert play(story).exchanges() == []


def test_the_word_bearer_may_be_written_in_any_way() -> None:
    async def story(rig: Rig) -> None:
        headers = {"Authorization": f"bearer  {KEYS['bob']}"}
        assert (await rig.ask("GET", "/v1/models", who=None, headers=headers)).status == 200

    play(story)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_job_from_its_beginning_to_its_end(provider: str) -> None:
    async def story(rig: Rig) -> None:
        made = await rig.ask("POST", JOBS, {**BODY, "model": model_of(provider)})
        assert made.status == 202
        assert made.json["object"] == "job"
        assert made.json["status"] == "queued"
        where = f"{JOBS}/{made.json['id']}"
        assert made.headers["Location"] == where
        seen = []
        for _ in range(80):
            job = (await rig.ask("GET", where)).json
            seen.append(job["status"])
            await asyncio.sleep(3)
        assert [*dict.fromkeys(seen)] in (["running", "succeeded"], ["succeeded"])
        assert (await rig.fetch(job["data"][0]["url"])).status == 200
        assert job["usage"] == {"images": 1}
        assert job["model"] == model_of(provider)
        assert (await rig.ask("GET", where)).json == job

    rig = play(story)
    if provider in POLLED:
        upstream = [each.job for each in rig.submits()]
        assert all(str(id) not in reply.headers.get("Location", "") for id in upstream for reply in rig.replies)


def test_ids_are_unlike_each_other_and_nobody_elses() -> None:
    async def story(rig: Rig) -> None:
        ids = [(await rig.ask("POST", JOBS, BODY)).json["id"] for _ in range(5)]
        assert len({id[:12] for id in ids}) == 5
        for who, id, status in (("alice", ids[0], 200), ("bob", ids[0], 404), ("alice", "job_0", 404)):
            assert (await rig.ask("GET", f"{JOBS}/{id}", who=who)).status == status
        foreign, unknown = [(await rig.ask("GET", f"{JOBS}/{id}", who="bob")).error for id in (ids[0], "job_0")]
        assert foreign | {"request_id": ""} == unknown | {"request_id": ""}

    play(story)


def test_the_answer_to_a_request_is_a_job_of_its_callers() -> None:
    async def story(rig: Rig) -> None:
        reply = await rig.images()
        job = (await rig.ask("GET", f"{JOBS}/{reply.headers['X-Job-Id']}")).json
        assert job["data"] == reply.data
        assert (await rig.ask("GET", f"{JOBS}/{job['id']}", who="bob")).status == 404

    play(story)


def test_no_key_goes_where_it_does_not_belong(caplog: pytest.LogCaptureFixture) -> None:
    faults: list[dict[str, Any]] = [
        {"kind": "problem", "problem": "key-unknown"}, {"kind": "failed"}, {"kind": "edge-page"},
        {"kind": "reset", "operation": "submit", "when": "after"},
    ]  # fmt: skip

    async def story(rig: Rig) -> None:
        for provider in PROVIDERS:
            await rig.images(model_of(provider))
            for fault in faults:
                rig.arm({"provider": provider, **fault})
                await rig.images(model_of(provider))
        keys = [account.api_key for account in rig.gateway.settings.accounts.values()]
        told = "".join(f"{reply.headers}{reply.content!r}" for reply in rig.replies)
        assert not [key for key in keys if key in told or key in caplog.text]
        assert not [key for key in KEYS.values() if key in told or key in caplog.text]
        assert "upstream_auth" in caplog.text

    with caplog.at_level(logging.DEBUG, logger="safelight"):
        rig = play(story)
    sent = "".join(f"{each.target}{each.request_headers}{each.request_body!r}" for each in rig.exchanges())
    assert rig.gateway.settings.accounts["reapi"].api_key in sent
    assert not [key for key in KEYS.values() if key in sent]


def test_headers_of_providers_stay_upstream() -> None:
    async def story(rig: Rig) -> None:
        for provider in PROVIDERS:
            reply = await rig.images(model_of(provider))
            ours = {"Content-Type", "Content-Length", "Date", "Server", "X-Request-Id", "X-Job-Id"}
            assert {name.lower() for name in reply.headers} == {name.lower() for name in ours}

    play(story)


def test_a_store_that_is_full_lets_go_of_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.reference_gateway.store.MOST_JOBS", 2)

    async def story(rig: Rig) -> None:
        model = model_of("tokaify")
        first = await rig.images(model, key="k-1")
        await rig.images(model)
        await rig.ask("POST", JOBS, BODY)
        assert (await rig.ask("GET", f"{JOBS}/{first.headers['X-Job-Id']}")).status == 404
        assert (await rig.fetch(first.data[0]["url"])).status == 404
        await rig.ask("POST", JOBS, BODY)
        reply = await rig.ask("POST", JOBS, BODY)
        assert (reply.status, reply.error["code"]) == (503, "overloaded")
        assert reply.headers["Retry-After"] == "30"

    play(story)


def test_jobs_are_kept_as_long_as_their_urls_last() -> None:
    async def story(rig: Rig) -> None:
        kept = [(await rig.images(model_of(provider))).headers["X-Job-Id"] for provider in ("reapi", "threedai")]
        for days, statuses in ((0.9, [200, 200]), (2, [200, 404]), (5, [404, 404])):
            await asyncio.sleep(days * 86_400)
            await rig.ask("POST", JOBS, BODY)  # room is made when something new comes
            assert [(await rig.ask("GET", f"{JOBS}/{id}")).status for id in kept] == statuses

    play(story)
