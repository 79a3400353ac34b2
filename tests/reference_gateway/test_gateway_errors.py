"""What callers are told when something is wrong, on either side."""

import asyncio
from typing import Any

import pytest
from gateway_rig import IMAGES, JOBS, PLAIN, POLLED, PROVIDERS, Rig, model_of, play

from safelight.conformance.client import CATEGORIES
from safelight.conformance.reference_gateway import Gateway
from safelight.conformance.reference_gateway.errors import UPSTREAM
from safelight.conformance.scenarios.model import Picture

BODY = {"model": PLAIN, "prompt": "a red kite"}
A_URL = "https://pictures.example/kite.png"
A_PICTURE = "data:image/png;base64,iVBORw0KGgo="


REFUSED: list[tuple[Any, int, str, str]] = [
    ({"prompt": "a kite"}, 400, "invalid_request", "model"),
    ({"model": PLAIN}, 400, "invalid_request", "prompt"),
    ({**BODY, "prompt": ""}, 400, "invalid_request", "prompt"),
    ({**BODY, "prompt": ["a kite"]}, 400, "invalid_request", "prompt"),
    ({**BODY, "model": "dall-e-3"}, 404, "model_not_found", "model"),
    ({**BODY, "model": "reapi/../../x"}, 404, "model_not_found", "model"),
    ({**BODY, "model": f"reapi/{PLAIN}\r\nX-Evil: 1"}, 404, "model_not_found", "model"),
    ({**BODY, "n": 0}, 400, "invalid_request", "n"),
    ({**BODY, "n": 5}, 400, "invalid_request", "n"),
    ({**BODY, "n": "2"}, 400, "invalid_request", "n"),
    ({**BODY, "n": True}, 400, "invalid_request", "n"),
    ({**BODY, "n": 1.5}, 400, "invalid_request", "n"),
    ({**BODY, "n": 10**400}, 400, "invalid_request", "n"),
    ({**BODY, "aspect_ratio": "7:5"}, 400, "invalid_request", "aspect_ratio"),
    ({**BODY, "resolution": "8K"}, 400, "invalid_request", "resolution"),
    ({**BODY, "output_format": "gif"}, 400, "invalid_request", "output_format"),
    ({**BODY, "response_format": "file"}, 400, "invalid_request", "response_format"),
    ({**BODY, "temperature": 3}, 400, "invalid_request", "temperature"),
    ({**BODY, "top_p": "1"}, 400, "invalid_request", "top_p"),
    ({**BODY, "images": A_URL}, 400, "invalid_request", "images"),
    ({**BODY, "images": [A_URL] * 15}, 400, "invalid_request", "images"),
    ({**BODY, "images": ["file:///etc/passwd"]}, 400, "invalid_request", "images"),
    ({**BODY, "images": ["data:text/html;base64,PGI+"]}, 400, "invalid_request", "images"),
    ({**BODY, "images": ["data:image/png;base64,???"]}, 400, "invalid_request", "images"),
    ({**BODY, "images": ["http://[::1"]}, 400, "invalid_request", "images"),
    ({**BODY, "images": [7]}, 400, "invalid_request", "images"),
    ({**BODY, "size": "1024x1024"}, 400, "unsupported_value", "size"),
    ({**BODY, "quality": "hd"}, 400, "unsupported_value", "quality"),
    ({**BODY, "stream": True}, 400, "unsupported_value", "stream"),
    ({**BODY, "negative_prompt": "a cat"}, 400, "unknown_parameter", "negative_prompt"),
    ({**BODY, "aspect_ratio": "auto", "temperature": 1}, 400, "unsupported_value", "aspect_ratio"),
    ({**BODY, "model": model_of("gmicloud"), "aspect_ratio": "2:3"}, 400, "unsupported_value", "aspect_ratio"),
    ({**BODY, "model": model_of("gmicloud"), "prompt": "x" * 2001}, 400, "unsupported_value", "prompt"),
    ({**BODY, "model": model_of("gmicloud"), "output_format": "webp"}, 400, "unsupported_value", "output_format"),
    ({**BODY, "model": model_of("reapi"), "temperature": 0}, 400, "unsupported_value", "temperature"),
    ({**BODY, "model": model_of("reapi"), "images": [A_PICTURE]}, 400, "unsupported_value", "images"),
    ({**BODY, "model": model_of("onemin"), "images": [A_URL]}, 400, "unsupported_value", "images"),
    ({**BODY, "model": model_of("onemin"), "aspect_ratio": "1:1"}, 400, "unsupported_value", "aspect_ratio"),
]  # fmt: skip


def test_what_nobody_can_serve_is_refused_before_it_costs() -> None:
    async def story(rig: Rig) -> None:
        for body, status, code, param in REFUSED:
            for path in (IMAGES, JOBS):
                reply = await rig.ask("POST", path, body)
                assert (reply.status, reply.error["code"], reply.error["param"]) == (status, code, param), body
                assert reply.error["message"]

    assert play(story).exchanges() == []


def test_what_asks_for_nothing_is_taken() -> None:
    harmless: list[dict[str, Any]] = [
        {"user": "u-1"}, {"size": "auto"}, {"quality": "auto"}, {"n": None}, {"n": 1.0}, {"stream": False},
    ]  # fmt: skip

    async def story(rig: Rig) -> None:
        for extra in harmless:
            assert (await rig.images(**extra)).status == 200, extra

    assert play(story).paid() == {"reapi": len(harmless)}


def test_a_body_that_is_no_object_is_refused() -> None:
    async def story(rig: Rig) -> None:
        for content in (b"", b"{", b"[]", b'"text"', b"\xff\xfe\x00", b'{"model": NaN}', b"[" * 100_000, b"null"):
            reply = await rig.ask("POST", IMAGES, data=content)
            assert (reply.status, reply.error["code"]) == (400, "invalid_request"), content[:20]
        broken = await rig.ask("POST", IMAGES, data=b"no gzip", headers={"Content-Encoding": "gzip"})
        assert (broken.status, broken.error["code"]) == (400, "invalid_request")

    assert play(story).exchanges() == []


def test_routes_and_methods_that_do_not_exist() -> None:
    async def story(rig: Rig) -> None:
        assert (await rig.ask("GET", "/v2")).error["code"] == "not_found"
        assert (await rig.ask("GET", "/v1/models/nothing")).error["code"] == "model_not_found"
        assert (await rig.ask("GET", "/v1/files/nothing.png", who=None)).error["code"] == "not_found"
        reply = await rig.ask("DELETE", IMAGES)
        assert (reply.status, reply.error["code"]) == (405, "method_not_allowed")
        assert reply.headers["Allow"] == "POST"
        assert (await rig.ask("GET", "/health", who=None)).json == {"status": "ok"}

    play(story)


def test_a_body_that_is_too_large() -> None:
    class Small(Gateway):
        def application(self) -> Any:
            app = super().application()
            app._client_max_size = 1000
            return app

    async def story(rig: Rig) -> None:
        reply = await rig.images(prompt="x" * 2000)
        assert (reply.status, reply.error["code"]) == (413, "request_too_large")

    play(story, gateway=Small)


def problem(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": "problem", "problem": kind, "times": None, **more}


FAILURES: list[tuple[Any, int, str]] = [
    (problem("key-revoked"), 502, "upstream_auth"),
    (problem("credits-exhausted"), 503, "upstream_credits"),
    (problem("rate-limited", retry_after=7), 429, "rate_limit_exceeded"),
    (problem("parameter-invalid"), 400, "rejected_by_provider"),
    (problem("internal"), 502, "upstream_unavailable"),
    ({"kind": "failed"}, 502, "upstream_failed"),
    ({"kind": "moderated-output"}, 400, "content_policy_violation"),
    ({"kind": "moderated-prompt"}, 400, "content_policy_violation"),
    ({"kind": "edge-page", "operation": "submit"}, 502, "ambiguous_submit"),
    ({"kind": "reset", "operation": "submit", "when": "after"}, 502, "ambiguous_submit"),
    ({"kind": "garbage", "operation": "submit", "when": "after"}, 502, "ambiguous_submit"),
    ({"kind": "empty", "operation": "submit", "when": "after"}, 502, "ambiguous_submit"),
    ({"kind": "hang", "operation": "submit", "when": "after"}, 502, "ambiguous_submit"),
]  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS)
def test_failures_of_providers(provider: str) -> None:
    async def story(rig: Rig) -> None:
        for fault, status, code in FAILURES:
            if fault["kind"] == "failed" and provider == "tokaify":
                code = "upstream_unavailable"  # it has no jobs, and says so with status 500
            if fault["kind"] == "hang" and provider in ("tokaify", "onemin"):
                status, code = 504, "timeout"  # they are given all the time there is
            rig.tenant.reset()
            rig.arm({"provider": provider, **fault})
            asked = rig.now
            reply = await rig.images(model_of(provider))
            assert (reply.status, reply.error["code"]) == (status, code), fault
            assert reply.error["provider"] == provider
            assert reply.at - asked <= 300
            assert sum(rig.paid().values()) <= 1
            assert len(rig.submits()) <= 5
            assert reply.headers["X-Should-Retry"] == ("true" if status == 429 else "false")
            assert reply.headers.get("Retry-After") == ("7" if status == 429 else None)
            if code in ("ambiguous_submit", "timeout"):
                assert "may" in reply.error["message"]
            job = (await rig.ask("GET", f"{JOBS}/{reply.error['job']}")).json
            assert (job["status"], job["usage"], job["error"]["code"]) == ("failed", {"images": 0}, code)

    play(story, environ={"GATEWAY_DEADLINE": "300"})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_is_not_there(provider: str) -> None:
    async def story(rig: Rig) -> None:
        reply = await rig.images(model_of(provider))
        assert (reply.status, reply.error["code"]) == (502, "upstream_unavailable")

    play(story, environ={f"{provider.upper()}_BASE_URL": "http://127.0.0.1:9"})


@pytest.mark.parametrize("provider", POLLED)
@pytest.mark.parametrize("kind", ["stuck", "hang"])
def test_what_never_ends_ends_at_the_deadline(provider: str, kind: str) -> None:
    async def story(rig: Rig) -> None:
        rig.arm(
            {"kind": kind, "provider": provider, "times": None, **({"operation": "poll"} if kind == "hang" else {})}
        )
        reply = await rig.images(model_of(provider))
        assert (reply.status, reply.error["code"]) == (504, "timeout")
        assert 290 < reply.at <= 300
        assert reply.error["job"].startswith("job_")

    play(story, environ={"GATEWAY_DEADLINE": "300"})


@pytest.mark.parametrize("provider", POLLED)
def test_a_job_is_not_lost_with_its_polls(provider: str) -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "edge-page", "operation": "poll", "provider": provider, "times": 13})
        assert (await rig.images(model_of(provider))).status == 200

    assert play(story).paid() == {provider: 1}


def test_a_key_that_is_revoked_after_the_submit_is_no_reason_to_pay_again() -> None:
    async def story(rig: Rig) -> None:
        rig.arm(problem("key-revoked", operation="poll", provider="reapi"))
        reply = await rig.images()
        assert (reply.status, reply.error["code"]) == (502, "upstream_auth")

    assert play(story).paid() == {"reapi": 1}


def test_a_cancelled_job_is_told_as_such() -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "cancelled", "provider": "gmicloud"})
        reply = await rig.images(model_of("gmicloud"))
        assert (reply.status, reply.error["code"]) == (502, "upstream_cancelled")
        assert (await rig.ask("GET", f"{JOBS}/{reply.error['job']}")).json["status"] == "cancelled"

    play(story)


def test_a_poll_that_is_refused_is_not_the_callers_fault() -> None:
    async def story(rig: Rig) -> None:
        rig.arm(problem("job-unknown", operation="poll", provider="reapi"))
        assert (await rig.images(model_of("reapi"))).status == 502

    play(story)


@pytest.mark.parametrize(("times", "status"), [(2, 200), (None, 502)])
def test_bytes_that_do_not_come_are_asked_for_again(times: int | None, status: int) -> None:
    async def story(rig: Rig) -> None:
        rig.arm({"kind": "truncated", "operation": "media", "provider": "reapi", "times": times})
        reply = await rig.images(response_format="b64_json")
        assert reply.status == status
        if status == 502:
            assert reply.error["code"] == "result_unavailable"

    assert play(story).paid() == {"reapi": 1}


def test_a_bug_of_ours_is_told_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Gateway):
        async def serve(self, job: Any) -> Any:
            raise RuntimeError(f"with {self.settings.accounts['reapi'].api_key}")

        def model_body(self, model: str) -> Any:
            raise RuntimeError(f"with {[*self.settings.tenants]}")

    async def story(rig: Rig) -> None:
        for reply in (await rig.images(), await rig.ask("GET", "/v1/models")):
            assert (reply.status, reply.error["code"]) == (500, "internal_error")
            assert "with" not in reply.error["message"]
        assert rig.gateway.settings.accounts["reapi"].api_key not in caplog.text
        assert "sk-gateway-alice" not in caplog.text
        assert "RuntimeError: with ***" in caplog.text

    play(story, gateway=Broken)


def test_every_category_of_the_clients_is_told() -> None:
    assert set(UPSTREAM) == set(CATEGORIES)


def test_a_gateway_that_stops_says_so() -> None:
    replies: list[Any] = []

    async def story(rig: Rig) -> None:
        replies.append(asyncio.ensure_future(rig.images(images=[rig.gallery.url_of(Picture())])))
        await asyncio.sleep(5)
        await rig.gateway.stop()
        reply = await replies[0]
        assert (reply.status, reply.error["code"]) == (503, "shutting_down")
        assert reply.error["job"]

    play(story)
