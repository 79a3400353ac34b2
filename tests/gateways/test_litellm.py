"""LiteLLM's proxy in front of Tokaify, as the shipped configuration starts it: what of it is right, and what is not.

A real gateway, so in real time. What is asserted here is what one version of LiteLLM does, defects included; where
an assertion about a defect fails after an update, LiteLLM has changed, and README.md beside the configuration follows.
"""

import base64
import json
import time

import pytest
from litellm_rig import (
    CHAT,
    COOLDOWN_SECONDS,
    IMAGES,
    LITELLM,
    MASTER_KEY,
    MODEL,
    NATIVE,
    ONCE,
    PNG,
    Elsewhere,
    Proxy,
    drawn,
    order,
    pictures,
)

pytestmark = [
    pytest.mark.xdist_group("litellm"),
    pytest.mark.skipif(
        not LITELLM.exists(),
        reason="there is no build/litellm, a virtual environment of its own with `pip install litellm[proxy]`",
    ),
]
ROUTES = pytest.mark.parametrize("route", [IMAGES, CHAT, NATIVE], ids=["images", "chat", "native"])


@ROUTES
def test_each_route_hands_out_the_image_that_was_drawn(proxy: Proxy, route: str) -> None:
    prompt = 'Grüße 🏰\u2028\n\ttab "q" \\'
    answer = proxy.ask(order(route, prompt=prompt))
    (exchange,) = proxy.upstream
    assert answer.status_code == 200
    assert pictures(route, answer) == drawn(exchange)
    assert exchange.target == f"/v1beta/models/{MODEL}:generateContent"
    assert exchange.request.json()["contents"][0]["parts"] == [{"text": prompt}]
    assert proxy.paid == 1


@ROUTES
def test_upstream_gets_its_own_key_in_googles_header_and_no_other(proxy: Proxy, route: str) -> None:
    answer = proxy.ask(order(route))
    (exchange,) = proxy.upstream
    assert exchange.verdict == "valid"
    assert exchange.request.header("x-goog-api-key") == "sk-***"
    assert exchange.request.header("authorization") is None
    assert MASTER_KEY not in repr(exchange.request)
    assert proxy.tokaify.api_key("tokaify") not in f"{answer.headers}{answer.text}"


def test_pixels_become_the_nearest_ratio_and_n_the_candidate_count(proxy: Proxy) -> None:
    answer = proxy.ask(order(IMAGES, size="1792x1024", n=2))
    config = proxy.upstream[0].request.json()["generationConfig"]
    assert config["imageConfig"] == {"aspectRatio": "16:9", "imageSize": "1K"}
    assert config["candidateCount"] == 2
    assert len(pictures(IMAGES, answer)) == 2


def test_a_reference_arrives_byte_for_byte(proxy: Proxy) -> None:
    data = base64.b64encode(PNG).decode()
    reference = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    answer = proxy.ask(
        order(CHAT, messages=[{"role": "user", "content": [{"type": "text", "text": "bluer"}, reference]}])
    )
    assert answer.status_code == 200
    assert proxy.upstream[0].request.json()["contents"][0]["parts"][1]["inline_data"]["data"] == data


def test_a_reference_on_this_machine_is_not_fetched(proxy: Proxy, elsewhere: Elsewhere) -> None:
    reference = {"type": "image_url", "image_url": {"url": f"{elsewhere.url}/secret.png"}}
    answer = proxy.ask(order(CHAT, messages=[{"role": "user", "content": [reference]}]))
    assert answer.status_code == 400
    assert (elsewhere.asked, proxy.upstream) == ([], [])


@ROUTES
def test_a_model_that_is_not_configured_is_refused(proxy: Proxy, route: str) -> None:
    answer = proxy.ask(order(route, model="no-such-model"))
    assert answer.status_code == 400
    assert "Invalid model name" in answer.json()["error"]["message"]
    assert proxy.upstream == []


@ROUTES
def test_without_retries_a_damaged_answer_is_paid_once(proxy: Proxy, route: str) -> None:
    proxy.tokaify.arm("tokaify", "truncated", operation="submit")
    assert proxy.ask(order(route, ONCE)).status_code == 500
    assert proxy.paid == 1


# What is not: who may ask


@ROUTES
def test_a_wrong_key_is_a_bad_request(proxy: Proxy, route: str) -> None:
    answer = proxy.ask(order(route), authorization="Bearer sk-gateway-mallory")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "No connected db.")
    assert proxy.upstream == []


@ROUTES
def test_no_key_is_an_internal_error_in_plain_text(proxy: Proxy, route: str) -> None:
    answer = proxy.ask(order(route), authorization="")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert proxy.upstream == []


def test_the_key_follows_a_redirect_to_another_host(proxy: Proxy, elsewhere: Elsewhere) -> None:
    proxy.tokaify.arm("tokaify", "redirect", operation="submit", location=f"{elsewhere.url}/")
    proxy.ask(order(IMAGES, ONCE))
    assert elsewhere.asked[0]["x-goog-api-key"] == proxy.tokaify.api_key("tokaify")


# What is not: money


@ROUTES
def test_a_lost_answer_is_paid_twice(proxy: Proxy, route: str) -> None:
    proxy.tokaify.arm("tokaify", "reset", when="after")
    assert len(pictures(route, proxy.ask(order(route)))) == 1
    assert proxy.paid == 2


@pytest.mark.parametrize("route", [CHAT, NATIVE], ids=["chat", "native"])
def test_a_reset_is_retried_although_retries_are_off(proxy: Proxy, route: str) -> None:
    proxy.tokaify.arm("tokaify", "reset", when="after")
    assert len(pictures(route, proxy.ask(order(route, ONCE)))) == 1
    assert proxy.paid == 2


@pytest.mark.parametrize(("route", "jobs"), [(IMAGES, 3), (CHAT, 6)], ids=["images", "chat"])
def test_one_order_pays_many_jobs_and_brings_an_error(proxy: Proxy, route: str, jobs: int) -> None:
    proxy.tokaify.arm("tokaify", "reset", when="after", times=None)
    assert proxy.ask(order(route)).status_code == 500
    assert proxy.paid == jobs


def test_asking_for_the_health_draws_an_image_with_each_model_that_is_not_exempt(proxy: Proxy) -> None:
    answer = proxy.client.get("/health", headers={"authorization": f"Bearer {MASTER_KEY}"})
    assert answer.json()["healthy_count"] == 1
    assert proxy.paid == 1


def test_a_prompt_that_is_no_text_is_drawn_without_it(proxy: Proxy) -> None:
    answer = proxy.ask(order(IMAGES, ONCE, prompt=5))  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert proxy.upstream[0].request.json()["contents"][0]["parts"] == [{"text": ""}]
    assert proxy.paid == 1


@pytest.mark.parametrize("wish", [{"size": "21:9"}, {"size": "banana"}, {"output_format": "webp"}])
def test_a_wish_that_it_does_not_understand_is_left_out(proxy: Proxy, wish: dict[str, str]) -> None:
    assert proxy.ask(order(IMAGES, **wish)).status_code == 200
    assert list(proxy.upstream[0].request.json()["generationConfig"]) == ["response_modalities"]
    assert proxy.paid == 1


def test_an_answer_without_usage_is_the_callers_fault_and_the_image_is_lost(proxy: Proxy) -> None:
    proxy.tokaify.choose({"tokaify.usage": "absent"})
    answer = proxy.ask(order(CHAT, ONCE))
    assert answer.status_code == 422
    assert "usageMetadata not found" in answer.json()["error"]["message"]
    assert proxy.paid == 1


def test_the_messages_route_keeps_the_image_to_itself(proxy: Proxy) -> None:
    body = {"model": ONCE, "max_tokens": 500, "messages": [{"role": "user", "content": "a castle"}]}
    answer = proxy.ask(("/v1/messages", body))
    assert {part["type"] for part in answer.json()["content"]} == {"text"}
    assert proxy.paid == 1


# What is not: errors and ends


@ROUTES
def test_a_refused_upstream_key_is_shown_as_the_callers(proxy: Proxy, route: str) -> None:
    proxy.tokaify.fail_next("tokaify", "key-unknown")
    assert proxy.ask(order(route, ONCE)).status_code == 401


def test_one_refusal_of_the_key_refuses_the_next_callers(proxy: Proxy) -> None:
    proxy.tokaify.fail_next("tokaify", "key-unknown")
    proxy.ask(order(IMAGES))
    answer = proxy.ask(order(IMAGES))
    assert (answer.status_code, answer.json()["error"]["type"]) == (429, "all_deployments_in_cooldown")
    assert "retry-after" not in answer.headers
    assert len(proxy.upstream) == 1
    time.sleep(COOLDOWN_SECONDS)  # it is LiteLLM's clock that has to move on
    assert proxy.ask(order(IMAGES)).status_code == 200


@ROUTES
def test_retry_after_is_not_handed_on(proxy: Proxy, route: str) -> None:
    proxy.tokaify.arm("tokaify", "problem", problem="rate-limited", retry_after=7)
    answer = proxy.ask(order(route, ONCE))
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers


@ROUTES
def test_a_bad_gateway_is_an_internal_error_with_the_page_in_it(proxy: Proxy, route: str) -> None:
    proxy.tokaify.arm("tokaify", "edge-page")
    answer = proxy.ask(order(route, ONCE))
    assert answer.status_code == 500
    assert "<title>502 Bad Gateway</title>" in answer.json()["error"]["message"]


@ROUTES
def test_an_answer_that_does_not_come_in_time_is_the_callers_fault(proxy: Proxy, route: str) -> None:
    proxy.tokaify.arm("tokaify", "hang", operation="submit", when="before")
    assert proxy.ask(order(route, ONCE), x_litellm_timeout="1").status_code == 408


@pytest.mark.parametrize("end", ["moderated-prompt", "moderated-output", "no-image"])
def test_a_refused_image_is_a_success_without_images_or_a_reason(proxy: Proxy, end: str) -> None:
    proxy.tokaify.arm("tokaify", end)
    answer = proxy.ask(order(IMAGES))
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert not {"SAFETY", "PROHIBITED", "NO_IMAGE"} & set(json.dumps(answer.json()).replace('"', " ").split())


def test_a_draft_is_handed_out_as_an_image(proxy: Proxy) -> None:
    proxy.tokaify.choose({"tokaify.thought-parts": "before"})
    assert len(pictures(IMAGES, proxy.ask(order(IMAGES)))) == 2


def test_the_native_route_adds_a_null(proxy: Proxy) -> None:
    path, body = order(NATIVE, ONCE)
    del body["tools"]
    proxy.ask((path, body))
    assert proxy.upstream[0].request.json()["tools"] is None
