"""LiteLLM's proxy and how it is asked, for the tests of it."""

import base64
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from safelight.mockserver.control.records import ExchangeRecord
from safelight.mockserver.control.tenant_control import TenantControl

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

IMAGES, CHAT, NATIVE = "/v1/images/generations", "/v1/chat/completions", "/v1beta/models/{model}:generateContent"


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
