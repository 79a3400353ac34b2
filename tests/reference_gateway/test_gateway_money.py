"""Nobody pays twice: failover, repetitions, callers who hang up. The ledger is the judge."""

import asyncio
from typing import Any

import pytest
from gateway_rig import IMAGES, JOBS, KEYS, PLAIN, POLLED, PROVIDERS, Rig, model_of, play

ORDER = {"GATEWAY_FAILOVER": "reapi,threedai,onemin"}
BODY = {"model": PLAIN, "prompt": "a red kite"}


def problem(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": "problem", "problem": kind, "provider": "reapi", "times": None, **more}


@pytest.mark.parametrize(
    "fault",
    [
        problem("key-revoked"),
        problem("credits-exhausted"),
        problem("rate-limited"),
        {"kind": "failed", "provider": "reapi"},  # is not charged
    ],
)
def test_another_provider_serves_after_a_certain_failure(fault: Any) -> None:
    async def story(rig: Rig) -> None:
        rig.arm(fault)
        reply = await rig.images()
        assert reply.status == 200
        assert reply.json["provider"] == "threedai"

    assert play(story, environ=ORDER).paid() == {"threedai": 1}


def test_another_provider_serves_if_one_is_not_there() -> None:
    async def story(rig: Rig) -> None:
        assert (await rig.images()).json["provider"] == "threedai"

    assert play(story, environ={**ORDER, "REAPI_BASE_URL": "http://127.0.0.1:9"}).paid() == {"threedai": 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "when": "after"},
        {"kind": "reset", "when": "before"},
        {"kind": "edge-page"},
        {"kind": "hang", "operation": "submit", "when": "after"},
        {"kind": "empty", "operation": "submit", "when": "after"},
        {"kind": "garbage", "when": "after"},
        {"kind": "truncated", "operation": "submit"},
        {"kind": "problem", "problem": "internal", "when": "after"},
        {"kind": "moderated-output"},
        {"kind": "moderated-prompt"},
        {"kind": "problem", "problem": "parameter-invalid"},
        {"kind": "stuck"},
    ],
)
def test_nobody_else_is_asked_where_something_may_have_to_be_paid(fault: Any) -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"provider": "reapi", **fault})
        reply = await rig.images(key="k")
        assert reply.status >= 400
        assert reply.json["error"]["provider"] == "reapi"
        if fault["kind"] == "reset":
            again = await rig.images(key="k")  # nor the same one again
            assert again.error["code"] == reply.error["code"] == "ambiguous_submit"

    rig = play(story, environ=ORDER)
    assert len(rig.submits()) == 1
    assert sum(rig.paid().values()) <= 1


def test_a_named_provider_is_not_replaced() -> None:
    async def story(rig: Rig) -> None:
        rig.arm(problem("credits-exhausted"))
        assert (await rig.images(model_of("reapi"))).error["code"] == "upstream_credits"

    assert {each.provider for each in play(story).submits()} == {"reapi"}


def test_an_empty_account_is_asked_once() -> None:
    async def story(rig: Rig) -> None:
        rig.arm(problem("credits-exhausted"))
        await rig.images(model_of("reapi"))

    assert len(play(story).submits()) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_key_gets_the_same_answer(provider: str) -> None:
    async def story(rig: Rig) -> None:
        first, second = await asyncio.gather(*(rig.images(model_of(provider), key="k-1") for _ in range(2)))
        third = await rig.images(model_of(provider), key="k-1")
        assert first.json == second.json == third.json
        job = await rig.ask("POST", JOBS, {**BODY, "model": model_of(provider)}, headers={"Idempotency-Key": "k-1"})
        assert job.status == 202
        assert job.json["id"] == first.headers["X-Job-Id"]
        assert (await rig.images(model_of(provider), key="k-1", who="bob")).headers["X-Job-Id"] != job.json["id"]

    assert play(story).paid() == {provider: 2}


def test_the_same_key_for_something_else_is_refused() -> None:
    async def story(rig: Rig) -> None:
        assert (await rig.images(key="k-1")).status == 200
        for other in ({"prompt": "a blue kite"}, {"n": 2}, {"response_format": "b64_json"}):
            reply = await rig.images(key="k-1", **other)
            assert (reply.status, reply.error["code"]) == (409, "idempotency_mismatch")
        assert (await rig.images(key="")).error["param"] == "Idempotency-Key"
        assert (await rig.images(key="k" * 256)).error["param"] == "Idempotency-Key"

    assert play(story).paid() == {"reapi": 1}


def test_a_key_may_be_used_again_where_surely_nothing_came_of_it() -> None:
    async def story(rig: Rig) -> None:
        rig.arm(problem("rate-limited", times=5))
        assert (await rig.images(model_of("reapi"), key="k-1")).status == 429
        assert (await rig.images(model_of("reapi"), key="k-1")).status == 200

    assert play(story).paid() == {"reapi": 1}


async def hang_up(rig: Rig, after: float, **body: Any) -> None:
    """Ask for images, and be gone before they are there."""
    asking = asyncio.ensure_future(rig.ask("POST", IMAGES, {**BODY, **body}))
    await asyncio.sleep(after)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


def test_a_caller_who_hangs_up_is_not_failed_over() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "failed", "provider": "reapi"})
        await hang_up(rig, 5)
        await asyncio.sleep(600)
        (job,) = rig.gateway.store.jobs.values()
        assert job.error is not None
        assert job.error.code == "abandoned"

    rig = play(story, environ=ORDER)
    assert [each.provider for each in rig.submits()] == ["reapi"]


def test_a_caller_who_hangs_up_is_not_submitted_again() -> None:
    async def story(rig: Rig) -> None:
        rig.arm(problem("rate-limited", times=1, retry_after=20))
        await hang_up(rig, 5, model=model_of("reapi"), n=2)
        await asyncio.sleep(600)

    rig = play(story)
    assert len(rig.submits()) == 1
    assert rig.paid() == {}


@pytest.mark.parametrize("provider", POLLED)
def test_a_caller_who_comes_back_gets_what_was_paid(provider: str) -> None:
    async def story(rig: Rig) -> None:
        headers = {"Idempotency-Key": "k-1", "Authorization": f"Bearer {KEYS['alice']}"}
        body = {**BODY, "model": model_of(provider)}
        asking = asyncio.ensure_future(rig.http.post(f"{rig.url}{IMAGES}", json=body, headers=headers))
        await asyncio.sleep(5)
        asking.cancel()
        await asyncio.sleep(200)
        reply = await rig.images(model_of(provider), key="k-1")
        assert reply.status == 200

    assert play(story).paid() == {provider: 1}


def test_a_job_needs_nobody_who_waits() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "failed", "provider": "reapi"})
        id = (await rig.ask("POST", JOBS, BODY)).json["id"]
        await asyncio.sleep(600)
        job = (await rig.ask("GET", f"{JOBS}/{id}")).json
        assert (job["status"], job["provider"]) == ("succeeded", "threedai")

    assert play(story, environ=ORDER).paid() == {"threedai": 1}


def test_a_fan_out_that_fails_in_part_for_nobody_knows_what_is_not_asked_again() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "reset", "provider": "onemin", "when": "after", "times": 1})
        rig.arm({"kind": "problem", "problem": "credits-exhausted", "provider": "onemin", "times": None})
        reply = await rig.images(n=2)
        assert reply.error["code"] == "ambiguous_submit"

    rig = play(story, environ={"GATEWAY_FAILOVER": "onemin,tokaify"})
    assert rig.paid() == {"onemin": 1}
