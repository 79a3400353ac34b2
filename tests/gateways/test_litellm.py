"""LiteLLM's proxy in front of Tokaify, as the shipped configuration starts it: what of it is right, and what is not.

A real gateway, so in real time. What is asserted here is what one version of LiteLLM does, defects included; where
an assertion about a defect fails after an update, LiteLLM has changed, and README.md beside the configuration follows.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from safelight.mockserver.control.client import Control
from safelight.mockserver.control.records import ExchangeRecord
from safelight.mockserver.control.tenant_control import TenantControl
from safelight.mockserver.progress import Progress
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.tenants import TenantSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings

ROOT = Path(__file__).resolve().parents[2]
LITELLM = ROOT / "build/litellm/bin/litellm"
CONFIG = ROOT / "fixtures/gateways/litellm/config.yaml"
START_SECONDS = 120.0  # eight on an idle machine, most of it imports
STOP_SECONDS = 20.0
COOLDOWN_SECONDS = 5.0

MODEL = "gemini-3-pro-image-preview"
ONCE = f"{MODEL}-once"  # the one of the configuration that is not retried
MASTER_KEY = "sk-gateway-alice"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)

pytestmark = pytest.mark.skipif(
    not LITELLM.exists(),
    reason="there is no build/litellm, a virtual environment of its own with `pip install litellm[proxy]`",
)

IMAGES, CHAT, NATIVE = "/v1/images/generations", "/v1/chat/completions", "/v1beta/models/{model}:generateContent"
ROUTES = pytest.mark.parametrize("route", [IMAGES, CHAT, NATIVE], ids=["images", "chat", "native"])


def order(route: str, model: str = MODEL, prompt: str = "a castle", **more: Any) -> tuple[str, dict[str, Any]]:
    """Path and body of a request for one image."""
    if route == IMAGES:
        return route, {"model": model, "prompt": prompt, **more}
    if route == CHAT:
        messages = [{"role": "user", "content": prompt}]
        return route, {"model": model, "messages": messages, "modalities": ["image", "text"], **more}
    contents = [{"role": "user", "parts": [{"text": prompt}]}]
    return route.format(model=model), {"contents": contents, "tools": [], **more}


def pictures(route: str, answer: httpx.Response) -> list[str]:
    """The images of an answer, in base64."""
    body = answer.json()
    if route == IMAGES:
        return [image["b64_json"] for image in body["data"]]
    if route == CHAT:
        images = [image for choice in body["choices"] for image in choice["message"].get("images") or []]
        return [image["image_url"]["url"].partition(",")[2] for image in images]
    parts = [part for candidate in body["candidates"] for part in candidate["content"].get("parts", [])]
    return [part["inlineData"]["data"] for part in parts if "inlineData" in part]


def drawn(exchange: ExchangeRecord) -> list[str]:
    """The images that Tokaify sent, in base64."""
    parts = [part for candidate in exchange.response.json()["candidates"] for part in candidate["content"]["parts"]]
    return [part["inlineData"]["data"] for part in parts if "inlineData" in part]


@dataclass(frozen=True)
class Proxy:
    """A running LiteLLM, and the Tokaify behind it."""

    client: httpx.Client
    tokaify: TenantControl

    def ask(self, order: tuple[str, dict[str, Any]], **headers: str) -> httpx.Response:
        """The answer to a request; a header that is given as "" is left out."""
        sent = {"authorization": f"Bearer {MASTER_KEY}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        path, body = order
        return self.client.post(path, json=body, headers={name: value for name, value in sent.items() if value})

    @property
    def upstream(self) -> list[ExchangeRecord]:
        """What went over the wire to Tokaify."""
        return self.tokaify.journal("tokaify")

    @property
    def paid(self) -> int:
        """The jobs that were paid and not refunded."""
        return sum(1 for job in self.tokaify.jobs("tokaify") if not job.refunded)


@pytest.fixture(scope="module")
def tokaify() -> Iterator[TenantControl]:
    """A Tokaify whose jobs are done at once."""
    tenant = TenantSettings(progress=Progress("immediate"))
    with SimulatorThread(ServerSettings(world=WorldSettings(tenant=tenant))) as simulator:
        yield Control.connect(simulator.url).tenant()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_ready(process: subprocess.Popen[bytes], client: httpx.Client, log: Path) -> None:
    """Return once the proxy answers; fails with the end of its log if it dies or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if client.get("/health/liveliness").status_code == 200:
                return
        time.sleep(0.1)
    state = "is not ready" if process.poll() is None else f"ended with {process.returncode}"
    pytest.fail(f"LiteLLM {state}; its log ends with:\n{log.read_text(errors='replace')[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the proxy with all its children; fails if it did not go when it was asked to."""
    try:
        process.terminate()
        process.wait(STOP_SECONDS)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)  # nobody of its group is left
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def started(tokaify: TenantControl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy as README.md says to start it, without a network but loopback."""
    home = tmp_path_factory.mktemp("litellm")
    log = home / "log.txt"
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TOKAIFY_API_BASE": f"{tokaify.base_url('tokaify')}/v1beta",
        "TOKAIFY_API_KEY": tokaify.api_key("tokaify"),
        "LITELLM_MASTER_KEY": MASTER_KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    command = [str(LITELLM), "--config", str(CONFIG), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        process = subprocess.Popen(
            command, env=environment, cwd=home, stdout=output, stderr=output, start_new_session=True
        )
        try:
            await_ready(process, client, log)
            yield Proxy(client, tokaify)
        finally:
            stop(process)
    assert tokaify.api_key("tokaify") not in log.read_text(errors="replace")


@pytest.fixture
def proxy(started: Proxy) -> Iterator[Proxy]:
    """The proxy, with nothing armed and nothing asked yet."""
    started.tokaify.reset()
    readings = started.tokaify.readings()
    yield started
    started.tokaify.choose(readings)
    started.tokaify.clear_faults()


class Elsewhere(ThreadingHTTPServer):
    """A host that nobody has a reason to ask; keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, str]] = []
        self.url = f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(PNG)))
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# What is right


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
