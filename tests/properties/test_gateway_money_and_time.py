"""The checks of gateways about errors, money, failover, jobs and time acquit gateways that are right in other ways."""

import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from safelight.conformance.client import ClientError, GenerateRequest
from safelight.conformance.engine.engine import Engine
from safelight.conformance.gateway.app import AppSubject, Make
from safelight.conformance.gateway.file import read_gateway
from safelight.conformance.properties.catalogue import properties
from safelight.conformance.reference import make as client_of
from safelight.conformance.reference.job import Job
from safelight.conformance.reference.polled import PolledClient
from safelight.conformance.reference_gateway import Gateway, app_of
from safelight.conformance.reference_gateway.errors import GatewayError
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.runner import Explorer, Plan

AREAS = ("errors", "money", "idempotency", "failover", "tasks", "polling", "deadlines", "concurrency")
IDS = [id for id in properties() if id.startswith("gateway.") and id.split(".")[1] in AREAS]
STATUSES = {"invalid": 400, "unsupported": 400, "blocked": 400, "rate_limited": 429, "credits": 503, "timeout": 504}
REFERENCE = Path(__file__).parents[2] / "conformance" / "reference_gateway" / "gateway.yaml"
ON_DEMAND = {
    "app": "none:none",
    "env": {"URL": "{threedai.base_url}", "KEY": "{threedai.api_key}"},
    "models": {"threedai": "any"},
    "flows": [
        {
            "path": "/jobs", "body": {"prompt": "{prompt}"}, "id": "id", "answer": {"images": "data", "url": "url"},
            "poll": {"path": "/jobs/{id}", "status": "state", "done": ["done"], "failed": ["failed"], "every": 5},
        }
    ],
}  # fmt: skip


class OnDemand:
    """A gateway without tasks of its own: a poll is passed on, at most as often as the provider recommends."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        client = client_of(provider="threedai", base_url=environ["URL"], api_key=environ["KEY"])
        assert isinstance(client, PolledClient)
        client.most_submits = 1
        self.client = client
        self.jobs: dict[str, Job] = {}
        self.asked: dict[str, float] = {}
        self.ends: dict[str, dict[str, Any]] = {}

    async def submit(self, request: web.Request) -> web.Response:
        wish, job = GenerateRequest((await request.json())["prompt"]), Job()
        try:
            self.client.accept(await self.client.submit(wish, job), job)
        except ClientError as error:
            headers = {} if error.retry_after is None else {"Retry-After": str(int(error.retry_after) + 1)}
            told = {"error": {"message": error.category}}
            return web.json_response(told, status=STATUSES.get(error.category, 502), headers=headers)
        id = secrets.token_hex(12)
        self.jobs[id], self.asked[id] = job, time.time()
        return web.json_response({"id": id, "state": "pending"})

    async def status(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if id not in self.ends and time.time() >= self.asked[id] + self.client.next_wait(self.jobs[id].age):
            self.asked[id] = time.time()
            await self.look(id)
        return web.json_response(self.ends.get(id, {"state": "pending"}))

    async def look(self, id: str) -> None:
        job = self.jobs[id]
        if job.age > 900.0:
            self.ends[id] = {"state": "failed", "why": "it took too long"}
            return
        try:
            body = await self.client.poll(job)
        except ClientError:
            return  # the next one may get through
        if not self.client.is_over(body):
            return
        try:
            images = self.client.outcome(body, job).images
        except ClientError as error:
            self.ends[id] = {"state": "failed", "why": str(error)}
        else:
            self.ends[id] = {"state": "done", "data": [{"url": image.url} for image in images]}


def on_demand(environ: Mapping[str, str]) -> web.Application:
    gateway = OnDemand(environ)
    app = web.Application()
    app.router.add_post("/jobs", gateway.submit)
    app.router.add_get("/jobs/{id}", gateway.status)

    async def end(app: web.Application) -> None:
        await gateway.client.close()

    app.on_cleanup.append(end)
    return app


class Meek(Gateway):
    """Does nothing on its own: no failover, and no second submit."""

    def may_fail_over(self, error: GatewayError) -> bool:
        return False

    def make_client(self, provider: str) -> Any:
        client = super().make_client(provider)
        client.most_submits = 1
        return client


def accusations(file: Path, make: Make, provider: str, ids: list[str], factor: float = 0.5) -> list[str]:
    subject = AppSubject(read_gateway(file), make)
    with Engine(subject) as engine:
        items = items_for(subject.capabilities, subject.conditions, [provider], ids)
        results = list(Explorer(engine, Plan(shrink=False, factor=factor)).results(items))
    assert any(result.status == "pass" for result in results)
    return [
        f"{result.id}: {result.counterexample.sentence if result.counterexample else result.note}"
        for result in results
        if result.status not in ("pass", "not-applicable")
    ]


def test_a_gateway_that_asks_only_when_it_is_asked_is_acquitted(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump(ON_DEMAND))
    assert accusations(file, on_demand, "threedai", IDS) == []


@pytest.mark.parametrize("provider", ["gmicloud", "onemin"])
def test_a_gateway_that_leaves_everything_to_its_callers_is_acquitted(provider: str, tmp_path: Path) -> None:
    document = yaml.safe_load(REFERENCE.read_text())
    del document["claims"]["failover"], document["openapi"]
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump(document))
    assert accusations(file, app_of(Meek), provider, IDS) == []


class Impatient(Gateway):
    """Takes a submit that is not answered within half a minute for lost, and orders again."""

    async def generate(self, client: Any, request: GenerateRequest) -> Any:
        client.submit_patience = 30.0
        try:
            return await super().generate(client, request)
        except ClientError as error:
            if error.category != "ambiguous":
                raise
        return await super().generate(client, request)


def test_a_gateway_that_orders_twice_is_told_where_and_when() -> None:
    found = accusations(
        REFERENCE, app_of(Impatient), "gmicloud", ["gateway.money.one-job", "gateway.errors.own-key"], 1.0
    )
    assert len(found) == 1, found
    assert found[0].startswith("gateway.money.one-job: ")
    assert "gmicloud at 0 s, gmicloud at" in found[0]
