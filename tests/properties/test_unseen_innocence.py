"""Small clients that owe nothing to the reference client, follow a document in their own way, and stay green."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
import pytest

from safelight.conformance.client import GenerateRequest, Url
from safelight.conformance.engine.engine import Engine
from safelight.conformance.subjects.python import FactorySubject
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.results import CheckResult
from safelight.conformance.suite.runner import Explorer, Plan

_BY_CODE = {10003: "auth", 20003: "invalid", 30001: "credits", 50001: "rate_limited", 60099: "server"}
_MODEL = "gemini-3-pro-image-preview"
_PATIENCE = 300.0  # seconds
_TLS = ssl.create_default_context()  # takes long to make


class Trouble(Exception):
    """An error of a client that has never heard of anybody's interface."""


def tell(error: BaseException) -> Mapping[str, Any]:
    """The kind is the first thing an error was made with."""
    return {"category": error.args[0], "status": next(iter(error.args[2:]), None)}


class PassesOn:
    """A script around reAPI: whatever it is given goes out as it is, and what comes back is told in words."""

    def __init__(self, base_url: str, api_key: str, deadline: float | None) -> None:
        self.base_url, self.deadline = base_url, deadline or _PATIENCE
        self.headers = {"Authorization": f"Bearer {api_key}"}

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        try:
            async with httpx.AsyncClient(base_url=self.base_url, headers=self.headers, timeout=30, verify=_TLS) as http:
                answer = await http.request(method, path, **body)
            said = answer.json()
            error = said.get("error")
        except (httpx.HTTPError, ValueError, AttributeError) as problem:
            raise Trouble("server", f"{method} {path}: {type(problem).__name__}") from None
        if answer.is_error:
            known = error if isinstance(error, dict) else {}
            raise Trouble(_BY_CODE.get(known.get("code", 0), "server"), f"{method} {path}: {said}")
        return said

    async def generate(self, request: GenerateRequest) -> Any:
        if request.channel or any(not isinstance(image, Url) for image in request.images):
            raise Trouble("unsupported", "addresses and the usual channel, nothing else")
        wish = {
            "size": request.ratio,
            "resolution": request.resolution,
            "n": request.count,
            "image_urls": [image.url for image in request.images if isinstance(image, Url)] or None,
        }
        given = {name: value for name, value in wish.items() if value is not None}
        job = await self.ask(
            "POST", "/api/v1/images/generations", json={"model": _MODEL, "prompt": request.prompt, **given}
        )
        return await self.followed(job["id"], time.monotonic() + self.deadline)

    async def followed(self, id: str, ends: float) -> Any:
        wait, begun = 30.0, time.monotonic()
        while time.monotonic() + wait < ends:
            await asyncio.sleep(wait)
            wait = 5.0 if time.monotonic() < begun + 180 else 30.0
            job = await self.looked_at(id)
            if job.get("status") == "failed":
                raise Trouble("failed", f"{id}: {job['error']}")
            if job.get("status") == "completed":
                week = datetime.now(UTC) + timedelta(days=6)  # a day less than promised, to be safe
                images = [SimpleNamespace(url=url) for url in job["output"]["image_urls"]]
                return SimpleNamespace(images=images, expires_at=week.isoformat())
        raise Trouble("timeout", f"{id} is still not done")

    async def looked_at(self, id: str) -> Any:
        return await self.ask("GET", f"/api/v1/tasks/{id}")


class PollsThroughAnything(PassesOn):
    """What a poll is answered with does not matter, as long as there is time: the document says poll until the end."""

    async def looked_at(self, id: str) -> Any:
        try:
            return await super().looked_at(id)
        except Trouble:
            return {}


class Downloads(PassesOn):
    """Hands over bytes, fetched by a library that writes the query of a signed URL in its own way."""

    async def generate(self, request: GenerateRequest) -> Any:
        if request != GenerateRequest(request.prompt):
            raise Trouble("unsupported", "a prompt, nothing else")
        queue = "/api/v1/ie/requestqueue/apikey/requests"
        job = await self.ask("POST", queue, json={"model": _MODEL, "payload": {"prompt": request.prompt}})
        while job["status"] in ("queued", "processing"):
            await asyncio.sleep(5)
            job = await self.ask("GET", f"{queue}/{job['request_id']}")
        async with aiohttp.ClientSession() as http:
            found = [await http.get(media["url"]) for media in job["outcome"]["media_urls"]]
            return SimpleNamespace(images=[SimpleNamespace(data=await each.read()) for each in found])


class PromptOnly:
    """Takes a prompt and turns everything else away; nobody told it to declare that."""

    def __init__(self, base_url: str, api_key: str, deadline: float | None) -> None:
        self.inner = PassesOn(base_url, api_key, deadline)

    def generate(self, request: GenerateRequest) -> Awaitable[Any]:
        if request != GenerateRequest(request.prompt):
            raise Trouble("unsupported", "a prompt, nothing else")
        return self.inner.generate(request)


class TellsStatus:
    """A blocking client of Tokaify whose errors have the HTTP status beside them, not in their words."""

    def __init__(self, base_url: str, api_key: str, deadline: float | None) -> None:
        headers, patience = {"x-goog-api-key": api_key}, deadline or _PATIENCE
        self.http = httpx.Client(base_url=base_url, headers=headers, timeout=patience, verify=_TLS)

    def generate(self, request: GenerateRequest) -> Any:
        if request != GenerateRequest(request.prompt):
            raise Trouble("unsupported", "a prompt, nothing else")
        turn = {"parts": [{"text": request.prompt}]}
        answer = self.http.post(f"/v1beta/models/{_MODEL}:generateContent", json={"contents": [turn]})
        if answer.is_error:
            raise Trouble("server", "the model cannot be had", answer.status_code)
        parts = answer.json()["candidates"][0]["content"]["parts"]
        return SimpleNamespace(images=[SimpleNamespace(url=_uri(part)) for part in parts if "inlineData" in part])

    def close(self) -> None:
        self.http.close()


def _uri(part: Mapping[str, Any]) -> str:
    return f"data:{part['inlineData']['mimeType']};base64,{part['inlineData']['data']}"


def judged(
    client: Callable[..., Any],
    provider: str,
    ids: Sequence[str],
    features: Sequence[str] | None = None,
    providers: Sequence[str] = (),
) -> Mapping[str, CheckResult]:
    """What these checks say of clients that are made so."""

    def make(*, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> Any:
        return client(base_url, api_key, deadline)

    make.errors = {Trouble: tell}  # type: ignore[attr-defined]
    if features is not None:
        make.capabilities = {"features": features, "providers": providers}  # type: ignore[attr-defined]
    with Engine(FactorySubject(make)) as engine:
        items = items_for(engine.subject.capabilities, engine.subject.conditions, [provider], ids)
        return {result.id: result for result in Explorer(engine, Plan(seed=5, each=6, shrink=False)).results(items)}


_PASSED_ON = (
    "reapi.submit.references-no-data-urls",
    "reapi.submit.references-limit",
    "reapi.submit.ratio-not-replaced",
    "reapi.submit.count-not-replaced",
    "reapi.submit.size-inherited",
    "reapi.poll.failed-error",
    "reapi.poll.failed-message",
)
_ASKED_FOR = (
    "reapi.submit.ratio-as-asked",
    "reapi.submit.resolution-case",
    "reapi.submit.official-channel",
    "reapi.submit.references-as-given",
)


@pytest.mark.parametrize(
    ("client", "provider", "ids", "features"),
    [
        (PassesOn, "reapi", _PASSED_ON, None),
        (PassesOn, "reapi", ("reapi.result.expiry",), ("expiry",)),
        (PollsThroughAnything, "reapi", ("reapi.error.category", "reapi.poll.survives-internal-error"), None),
        (Downloads, "gmicloud", ("gmicloud.result.all-urls", "gmicloud.result.next-turn-optional"), None),
        (TellsStatus, "tokaify", ("tokaify.model.unavailable-told", "tokaify.answer.true-bytes"), ()),
    ],
)
def test_a_client_of_its_own_kind_is_not_accused(
    client: Callable[..., Any], provider: str, ids: Sequence[str], features: Sequence[str] | None
) -> None:
    results = judged(client, provider, ids, features)

    assert {id: result.status for id, result in results.items()} == dict.fromkeys(ids, "pass")


def test_what_an_undeclared_client_turns_away_is_not_held_against_it() -> None:
    results = judged(PromptOnly, "reapi", _ASKED_FOR)

    assert {result.status for result in results.values()} == {"not-applicable"}


def test_what_a_client_declares_and_turns_away_is_held_against_it() -> None:
    results = judged(PromptOnly, "reapi", _ASKED_FOR[:1], ("ratio",), ("reapi",))

    assert [result.status for result in results.values()] == ["not-exercised"]


def test_what_a_client_of_several_providers_declares_may_be_for_another() -> None:
    results = judged(PromptOnly, "reapi", _ASKED_FOR[:1], ("ratio",), ("reapi", "tokaify"))

    assert [result.status for result in results.values()] == ["not-applicable"]
