"""A simulator on a manual clock behind real sockets, and somebody who submits, polls and fetches as it is told."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wire_client import Line, send, settle

from safelight.mockserver.faults import Armed
from safelight.mockserver.jobs import Job
from safelight.mockserver.journal import Exchange
from safelight.mockserver.ledger import Entry
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.tenants import Tenant
from safelight.mockserver.world import WorldSettings
from safelight.specs import provider_names

NAMES = provider_names()
ASYNCHRONOUS = ("reapi", "threedai", "gmicloud")
WITH_MEDIA = (*ASYNCHRONOUS, "onemin")
READY = "the tenant's ready key"
PATIENCE = 700.0  # virtual seconds for which a client waits for one answer
STEP = 5.0
GLANCE = 0.01  # real seconds between looks while an image is in the making

_MODEL = "gemini-3-pro-image-preview"
_GMI = "/api/v1/ie/requestqueue/apikey/requests"

SUBMITS: Mapping[str, tuple[str, Any]] = {
    "reapi": ("/api/v1/images/generations", lambda text: {"model": _MODEL, "prompt": text, "n": 2}),
    "threedai": ("/v1/images/gemini/3/pro/generate/", lambda text: {"prompt": text, "num_images": 2}),
    "gmicloud": (_GMI, lambda text: {"model": _MODEL, "payload": {"prompt": text}}),
    "tokaify": (
        f"/v1beta/models/{_MODEL}:generateContent",
        lambda text: {"contents": [{"parts": [{"text": text}]}], "generationConfig": {"candidateCount": 2}},
    ),
    "onemin": (
        "/api/features",
        lambda text: {
            "type": "IMAGE_GENERATOR",
            "model": _MODEL,
            "promptObject": {"prompt": text, "imageSize": "1K"},
        },
    ),
}
POLLS = {
    "reapi": "/api/v1/tasks/{}",
    "threedai": "/v1/generation-request/{}/status/",
    "gmicloud": _GMI + "/{}",
}
IDS = {"reapi": "id", "threedai": "task_id", "gmicloud": "request_id"}


@dataclass(frozen=True)
class Answer:
    """What came of a request: `ended` is open, closed, reset or left; `took` is in virtual seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool
    ended: str
    took: float
    pieces: tuple[tuple[float, bytes], ...]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_json(self) -> bool:
        try:
            json.loads(self.body)
        except ValueError:
            return False
        return True


class Rig:
    """The simulator; a context manager."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.simulator = Simulator(ServerSettings(world=WorldSettings(rate=0)))
        self.world = self.simulator.world

    def __enter__(self) -> "Rig":
        self.runner.run(self.simulator.start())
        return self

    def __exit__(self, *exc: object) -> None:
        self.runner.run(self.simulator.stop())
        self.runner.close()

    def client(self, provider: str, tenant: Tenant | None = None, key: str = READY) -> "Client":
        """Somebody with a tenant of its own and a clock of its own."""
        return Client(self, provider, tenant or self.world.create_tenant(), key)


class Client:
    """Requests of one tenant to one provider."""

    def __init__(self, rig: Rig, provider: str, tenant: Tenant, key: str) -> None:
        self.rig, self.provider, self.tenant = rig, provider, tenant
        self.key = rig.world.ready_key(tenant, provider) if key is READY else key
        self.base = rig.world.api_url(tenant, provider)

    @property
    def now(self) -> float:
        return self.tenant.clock.now()

    @property
    def jobs(self) -> list[Job]:
        return list(self.tenant.jobs)

    @property
    def journal(self) -> list[Exchange]:
        return list(self.tenant.journal)

    @property
    def charges(self) -> list[Entry]:
        return [entry for entry in self.tenant.ledger(self.provider) if entry.reason == "charge"]

    def arm(self, kind: str, **how: Any) -> Armed:
        """Arm a fault for the provider of this client."""
        return self.rig.world.arm(self.tenant, {"kind": kind, "provider": self.provider, **how})

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""

        async def passing() -> None:
            self.tenant.clock.advance(seconds)
            await settle()

        self.rig.runner.run(passing())

    def submit(self, prompt: str = "a lamp", **how: Any) -> Answer:
        """The answer to a submit; where it is held open, time passes."""
        path, body = SUBMITS[self.provider]
        return self.request("POST", path, json.dumps(body(prompt)).encode(), **how)

    def poll(self, job: Job | None = None, **how: Any) -> Answer:
        """The answer to a poll for a job, the newest if none is given."""
        public_id = self.rig.world.providers[self.provider].public_id((job or self.jobs[-1]).hex)
        return self.request("GET", POLLS[self.provider].format(public_id), **how)

    def finish(self) -> None:
        """Let time pass until the newest job has ended."""
        self.advance(max(0.0, self.jobs[-1].end()[0] - self.now))

    def result(self, prompt: str = "a lamp", **how: Any) -> Answer:
        """The answer from which the result is learnt: a poll of the only job, or a submit."""
        if self.provider not in ASYNCHRONOUS:
            return self.submit(prompt, **how)
        if not self.jobs:
            assert self.submit(prompt).status == 200
        return self.poll(**how)

    def urls(self, answer: Answer) -> list[str]:
        """The URLs of the images in the answer to the last poll or submit."""
        row = answer.json
        match self.provider:
            case "reapi":
                return list(row["output"]["image_urls"])
            case "threedai":
                return [each["asset_url"] for each in row["results"]]
            case "gmicloud":
                return [each["url"] for each in row["outcome"]["media_urls"]]
            case _:
                return [row["aiRecord"]["temporaryUrl"]]

    def deliver(self) -> list[str]:
        """The URLs of the images of a new job."""
        if self.provider in ASYNCHRONOUS:
            assert self.submit().status == 200
            self.finish()
        return self.urls(self.result())

    def fetch(self, url: str, **how: Any) -> Answer:
        """The answer of the store to a GET of a result."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._exchange(parts.port or 0, "GET", target, {}, b"", **how)

    def request(self, method: str, path: str, body: bytes = b"", **how: Any) -> Answer:
        """The answer to a request of the API."""
        parts = urlsplit(self.base)
        headers = {"API-KEY": self.key} if self.provider == "onemin" else {"Authorization": f"Bearer {self.key}"}
        if body:
            headers["Content-Type"] = "application/json"
        return self._exchange(parts.port or 0, method, parts.path + path, headers, body, **how)

    def _exchange(
        self,
        port: int,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        patience: float = PATIENCE,
        step: float = STEP,
    ) -> Answer:
        return self.rig.runner.run(self._wait_for(port, method, target, headers, body, patience, step))

    async def _wait_for(
        self,
        port: int,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        patience: float,
        step: float,
    ) -> Answer:
        line, start = Line(self.tenant.clock), self.now
        transport = await send(line, "127.0.0.1", port, method, target, headers, body)
        while not line.over:
            if self._waits_for_time() and self.now - start < patience:
                self.tenant.clock.advance(step)
                await settle()
            elif self.now - start >= patience:
                line.ended = "left"
            else:  # an image is in the making, in a thread
                line.changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(line.changed.wait(), GLANCE)
        ended = line.ended
        transport.abort()
        await settle()
        at = tuple((instant - start, piece) for instant, piece in line.pieces)
        return Answer(
            line.status, line.headers if line.status else {}, line.body, line.complete, ended, self.now - start, at
        )

    def _waits_for_time(self) -> bool:
        """Whether somebody in the simulator waits for this client's clock."""
        return bool(self.tenant.clock._waiters)
