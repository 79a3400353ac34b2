"""Checks of what callers get: a small gateway that owes nothing to the reference is acquitted, and loses with a bug."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from safelight.conformance.client import ClientError, GenerateRequest
from safelight.conformance.engine.engine import Engine
from safelight.conformance.engine.outcome import Heard
from safelight.conformance.gateway.app import AppSubject
from safelight.conformance.gateway.file import GatewayFile, read_gateway
from safelight.conformance.properties.catalogue import properties
from safelight.conformance.properties.gateways import answers, results, secrets
from safelight.conformance.reference import make as make_client
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.results import CheckResult
from safelight.conformance.suite.runner import Explorer, Plan

_FILE = """
app: nowhere:make
dialect: openai-images
forms: {}
keys: {own: sk-one-1234567890, other: sk-two-0987654321}
env: {URL: "{gmicloud.base_url}", KEY: "{gmicloud.api_key}", CALLERS: "{key.own} {key.other}"}
models: {gmicloud: pro-image}
fields: {ratio: aspect_ratio}
claims: {tenants: true}
"""
_AREAS = ("access", "secrets", "validation", "mapping", "results", "answers", "security", "models")
_RATIOS = ("1:1", "4:5", "5:4", "3:4", "4:3", "9:16", "16:9", "21:9")


class Refusal(Exception):
    """Status and words."""


class Plain:
    """In front of one provider, for callers who wait; it has no list of models, no jobs and no choice."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.client = make_client(provider="gmicloud", base_url=environ["URL"], api_key=environ["KEY"])
        self.callers = environ["CALLERS"].split()

    def application(self) -> web.Application:
        @web.middleware
        async def told(request: web.Request, handler: Any) -> web.StreamResponse:
            return await self.told(request, handler)

        app = web.Application(middlewares=[told])
        app.router.add_post("/v1/images/generations", self.generate)
        app.on_cleanup.append(lambda _: self.client.close())
        return app

    async def told(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
            return response
        except Refusal as refusal:
            status, text = refusal.args
        except web.HTTPException as error:
            status, text = error.status, error.reason
        return web.json_response({"error": {"message": text, "trace_id": uuid4().hex}}, status=status)

    async def generate(self, request: web.Request) -> web.Response:
        if not self.is_known(request.headers.get("Authorization", "")):
            raise Refusal(401, "who are you?")
        body = self.read(await request.read())
        wish = GenerateRequest(self.prompt(body), ratio=self.ratio(body))
        if body.get("model") != "pro-image":
            raise Refusal(404, "there is no such model")
        try:
            images = [(await self.client.generate(wish)).images[0] for _ in range(self.count(body))]
        except ClientError as error:
            raise Refusal(400 if error.category in ("invalid", "unsupported") else 502, self.words(error)) from None
        return web.json_response({"data": [{"url": image.url} for image in images]})

    def is_known(self, header: str) -> bool:
        return header in [f"Bearer {caller}" for caller in self.callers]

    def read(self, content: bytes) -> dict[str, Any]:
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise Refusal(422, "that is no request")
        return body

    def prompt(self, body: dict[str, Any]) -> str:
        prompt = body.get("prompt")
        if not isinstance(prompt, str) or not prompt:
            raise Refusal(422, "a prompt is a text")
        return prompt

    def ratio(self, body: dict[str, Any]) -> str | None:
        ratio = body.get("aspect_ratio")
        if ratio is not None and ratio not in _RATIOS:
            raise Refusal(422, "there is no such ratio")
        return ratio

    def count(self, body: dict[str, Any]) -> int:
        count = body.get("n", 1)
        if count not in range(1, 4):
            raise Refusal(422, "one, two or three")
        return int(count)

    def words(self, error: ClientError) -> str:
        return f"the provider said no: {error.category}"


class KnowsBeginnings(Plain):
    def is_known(self, header: str) -> bool:
        return any(f"Bearer {caller}".startswith(header) for caller in self.callers)


class AnswersInPlainText(Plain):
    async def told(self, request: web.Request, handler: Any) -> web.StreamResponse:
        response = await super().told(request, handler)
        return response if response.status < 400 else web.Response(text="no", status=response.status)


class SquaresWhatIsOdd(Plain):
    def ratio(self, body: dict[str, Any]) -> str | None:
        ratio = body.get("aspect_ratio")
        return ratio if isinstance(ratio, str) and ratio in _RATIOS else None


class PaintsAnything(Plain):
    def prompt(self, body: dict[str, Any]) -> str:
        return str(body.get("prompt") or "something nice")


class CountsToOne(Plain):
    def count(self, body: dict[str, Any]) -> int:
        return min(1, super().count(body))


class CutsAtFiveHundred(Plain):
    def prompt(self, body: dict[str, Any]) -> str:
        return super().prompt(body)[:500]


class TellsAll(Plain):
    def words(self, error: ClientError) -> str:
        return f"{error.category} with {self.client._key}"


@pytest.fixture
def file(tmp_path: Path) -> GatewayFile:
    path = tmp_path / "gateway.yaml"
    path.write_text(_FILE)
    return read_gateway(path)


def _results(file: GatewayFile, gateway: type[Plain], *ids: str, seed: int = 0) -> list[CheckResult]:
    subject = AppSubject(file, lambda environ: gateway(environ).application())
    with Engine(subject) as engine:
        items = items_for(subject.capabilities, subject.conditions, file.providers, ids)
        return list(Explorer(engine, Plan(seed=seed, shrink=False)).results(items))


def test_a_small_gateway_is_acquitted(file: GatewayFile) -> None:
    ids = [id for id in properties() if id.startswith("gateway.") and id.split(".")[1] in _AREAS]
    found = _results(file, Plain, *ids, seed=7)
    assert {result.name for result in found if result.status not in ("pass", "not-applicable")} == set()
    assert sum(result.status == "pass" for result in found) > 15


@pytest.mark.parametrize(
    ("gateway", "id"),
    [
        (KnowsBeginnings, "gateway.access.key-wanted"),
        (AnswersInPlainText, "gateway.answers.json"),
        (AnswersInPlainText, "gateway.answers.request-id"),
        (SquaresWhatIsOdd, "gateway.mapping.ratio"),
        (SquaresWhatIsOdd, "gateway.validation.options"),
        (PaintsAnything, "gateway.validation.prompt"),
        (CountsToOne, "gateway.mapping.count"),
        (CutsAtFiveHundred, "gateway.mapping.prompt"),
        (TellsAll, "gateway.secrets.providers-keys"),
    ],
)
def test_a_bug_in_it_is_found(file: GatewayFile, gateway: type[Plain], id: str) -> None:
    (result,) = _results(file, gateway, id)
    assert result.status == "fail"
    assert result.counterexample is not None


def _heard(body: bytes, **headers: str) -> Heard:
    labels = {name.replace("_", "-"): value for name, value in headers.items()}
    return Heard(0, "submit", "POST", "http://gateway/", 0.0, 1.0, status=400, headers=labels, body=body)


@pytest.mark.parametrize(
    "trace",
    [
        'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in <module>',
        "TypeError: x is undefined\n    at generate (/app/server.mjs:12:7)",
        "TypeError: x\n    at file:///app/server.mjs:12:7",
        "panic: runtime error\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1d",
        "java.lang.NullPointerException\n\tat com.acme.Gateway.handle(Gateway.java:42)",
        "/app/gateway.rb:12:in `handle'",
        "Uncaught Error in /var/www/index.php on line 7",
        "at Acme.Gateway.Handle() in /src/Gateway.cs:line 42",
    ],
)
def test_stack_traces_of_many_languages_are_known(trace: str) -> None:
    assert secrets._TRACE.search(trace)


@pytest.mark.parametrize(
    "text",
    [
        "the picture at http://kites.example/a.png:8080 cannot be had",
        "line 3 of the prompt, at column 7, has a character that is not allowed",
        "there is no model at /v1/models; see the file gateway.py for more",
    ],
)
def test_what_is_no_stack_trace_is_left_alone(text: str) -> None:
    assert not secrets._TRACE.search(text)


@pytest.mark.parametrize(
    ("heard", "ids"),
    [
        (_heard(b"{}", X_Request_Id="a1"), {"a1"}),
        (_heard(b"{}", CF_RAY="a2"), {"a2"}),
        (_heard(b'{"error": {"requestId": "a3"}}'), {"a3"}),
        (_heard(b'{"errors": [{"meta": {"trace_id": "a4"}}]}'), {"a4"}),
        (_heard(b'{"error": "no", "request": "a5"}'), set()),
        (_heard(b"no", X_Request_Id=""), set()),
    ],
)
def test_an_id_of_a_request_goes_by_many_names(heard: Heard, ids: set[str]) -> None:
    assert set(answers._ids(heard)) == ids


@pytest.mark.parametrize(
    ("one", "other", "is_guessed"),
    [
        ("job_41", "job_42", True),
        ("9", "10", True),
        ("1767225600123", "1767225600987", True),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7", False),
        ("job_3f2a9c0d11ee", "job_99b1d84a7c20", False),
    ],
)
def test_ids_that_follow_each_other_can_be_guessed(one: str, other: str, is_guessed: bool) -> None:
    assert (results._choices_between(one, other) < results._GUESSES) is is_guessed


def test_an_id_in_base64_is_read() -> None:
    assert "task_018f5a3a" in results._plain("img_dGFza18wMThmNWEzYQ")
