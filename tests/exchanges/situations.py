"""The situations that documented exchanges are given: who calls, with what, and what has happened before."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import orjson
from aiohttp import ClientSession
from PIL import Image

from safelight.fixtures.reading import Exchange, Request, find_exchange
from safelight.mockserver.jobs import Job
from safelight.mockserver.server import Simulator

KEY_HEADERS = ("Authorization", "API-KEY")

INSTANTS: dict[str, Callable[[Job], float]] = {
    "queued": lambda job: job.submitted,
    "running": lambda job: job.submitted + job.plan.queued,
    "succeeded": lambda job: job.end()[0],
    "failed": lambda job: job.end()[0],
    "cancelled": lambda job: job.submitted,
}


class Caller:
    """A client of one provider with a tenant of its own, in the situation that an exchange is given.

    The clock is manual: it moves only to bring a job to the state that the situation asks for, or to the end
    of a job whose request is held open.
    """

    def __init__(self, simulator: Simulator, session: ClientSession, exchange: Exchange) -> None:
        self.world = simulator.world
        self.session = session
        self.exchange = exchange
        self.provider = exchange.provider
        self.tenant = self.world.create_tenant()
        self.key = self.world.ready_key(self.tenant, self.provider)
        self.job_id = ""

    async def send(self) -> tuple[int, bytes]:
        """Arrange the situation, send the request and give back status and body of the answer."""
        for name, value in self.exchange.given.items():
            await SITUATIONS[name](self, value)
        return await self._send(self.exchange.request)

    async def open(self, url: str) -> tuple[int, str]:
        """Status and content type of what lies at a URL."""
        async with self.session.get(url) as response:
            await response.read()
            return response.status, response.content_type

    async def _send(self, documented: Request) -> tuple[int, bytes]:
        answering = asyncio.ensure_future(self._exchange(documented))
        while self._is_held_open and not answering.done():
            for job in self.tenant.jobs:
                self.tenant.clock.advance(max(0.0, job.end()[0] - self.tenant.clock.now()))
            await asyncio.sleep(0)
        return await answering

    @property
    def _is_held_open(self) -> bool:
        """Whether a submit is answered when its job has ended: there is nothing to poll."""
        return all(operation.role != "poll" for operation in self.world.specs[self.provider].operations)

    async def _exchange(self, documented: Request) -> tuple[int, bytes]:
        image = _sample_image()
        request = documented.filled(
            key=self.key, job_id=self.job_id, base64_png=image, data_uri=f"data:image/png;base64,{image}"
        )
        headers = {name: text for name, text in request.headers.items() if self.key or name not in KEY_HEADERS}
        body = orjson.dumps(request.body) if request.body is not None else request.text
        url = self.world.api_url(self.tenant, self.provider) + request.path
        async with self.session.request(request.method, url, data=body, headers=headers) as response:
            return response.status, await response.read()

    async def _choose(self, readings: dict[str, str]) -> None:
        for name, value in readings.items():
            self.tenant.choose(f"{self.provider}.{name}", value)

    async def _take_key(self, kind: str) -> None:
        if kind == "revoked":
            self.tenant.keys[self.provider, self.key].revoked = True
        else:
            self.key = {"unknown": f"{self.key}-not", "missing": ""}[kind]

    async def _set_credits(self, credits: float) -> None:
        self.tenant.wallets[self.provider].set_balance(credits, self.tenant.clock.now())

    async def _go_wrong(self, kind: str) -> None:
        self._arm(self.exchange.operation, kind)

    async def _bring_job(self, state: str) -> None:
        submit = find_exchange(self.provider, self.exchange.given["submitted_by"])
        if state == "failed":
            self._arm(submit.operation, "failed")
        await self._send(submit.request)
        (job,) = self.tenant.jobs
        self.tenant.clock.advance(INSTANTS[state](job) - job.submitted)
        if state == "cancelled":
            self.tenant.end_job(job)
        self.job_id = self.world.providers[self.provider].public_id(job.hex)

    async def _submitted_by(self, exchange_id: str) -> None:
        assert "job" in self.exchange.given, exchange_id

    def _arm(self, operation: str, kind: str) -> None:
        self.world.arm(self.tenant, {"kind": kind, "provider": self.provider, "operation": operation})


SITUATIONS: dict[str, Callable[[Caller, Any], Awaitable[None]]] = {
    "readings": Caller._choose,
    "key": Caller._take_key,
    "credits": Caller._set_credits,
    "problem": Caller._go_wrong,
    "outcome": Caller._go_wrong,
    "job": Caller._bring_job,
    "submitted_by": Caller._submitted_by,
}


def _sample_image() -> str:
    file = BytesIO()
    Image.new("RGB", (3, 2), "teal").save(file, "PNG")
    return b64encode(file.getvalue()).decode()
