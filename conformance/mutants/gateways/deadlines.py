"""Gateways that answer too late, too early, never, or only one caller at a time."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from ...client import GenerateRequest, Result
from ...reference import ReferenceClient
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import Gateway
from ...reference_gateway.jobs import Job
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant
from .errors import Restated
from .money import Watching

_FOREVER: Final = 10 * 365 * 86_400.0


class Limited(Gateway):
    """A gateway with another limit than the one it promises."""

    limit = 900.0

    def start(self, tenant: str, wish: Wish, request_id: str, *, key: str | None = None, caller: Any = None) -> Job:
        job = super().start(tenant, wish, request_id, key=key, caller=caller)
        job.limit = asyncio.get_running_loop().time() + self.limit
        return job

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        client.deadline = self.limit
        return client


@gateway_mutant("gateway.deadlines.in-time", "gateway.deadlines.answered", "gateway.tasks.ends-by-itself")
class WaitsForEver(Limited):
    """A job is waited for as long as it takes."""

    limit = _FOREVER


@gateway_mutant("gateway.deadlines.answered", "gateway.deadlines.in-time", provider="tokaify")
class WaitsForSilence(Limited):
    """A connection on which nothing comes is kept for ever."""

    limit = _FOREVER


@gateway_mutant("gateway.deadlines.in-time", provider="threedai")
class QuarterOfAnHourLate(Limited):
    """The deadline that is promised is half of the one that is kept."""

    limit = 1_800.0


@gateway_mutant("gateway.deadlines.told")
class TimeOutIsABadRequest(Restated):
    """A caller whose time is up is told that the request was wrong."""

    statuses = {"timeout": 400}


@gateway_mutant("gateway.deadlines.told", provider="onemin")
class TimeOutIsAnInternalError(Restated):
    """A time-out upstream becomes a 500."""

    statuses = {"timeout": 500, "ambiguous_submit": 500}


@gateway_mutant("gateway.deadlines.told-in-json")
class LeavesTimeOutToFramework(Gateway):
    """Nobody catches a time-out, of which the framework makes a status without a body."""

    def error_response(self, error: GatewayError) -> web.Response:
        return web.Response(status=504) if error.code == "timeout" else super().error_response(error)


@gateway_mutant("gateway.deadlines.slow-jobs")
class CutsAtAMinute(Limited):
    """Every job is given up on after a minute."""

    limit = 60.0


@gateway_mutant("gateway.deadlines.slow-jobs", provider="onemin")
class CutsSilenceAtAHundredSeconds(Gateway):
    """A provider that answers with the images is hung up on after a hundred seconds."""

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        client.submit_patience = 100.0
        return client


@gateway_mutant("gateway.concurrency.not-held-up")
class OneAtATime(Gateway):
    """Providers are asked one request at a time."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        lock: asyncio.Lock = self.__dict__.setdefault("lock", asyncio.Lock())
        async with lock:
            return await super().ask(job, provider, request)


@gateway_mutant("gateway.concurrency.own-or-nothing")
class LatestWishForAll(Gateway):
    """The request that is sent is kept where the next one overwrites it."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        self.__dict__["request"] = await super().converted(job, provider)
        await asyncio.sleep(0.05)
        request: GenerateRequest = self.__dict__["request"]
        return request


@gateway_mutant("gateway.concurrency.own-or-nothing", provider="gmicloud")
class OneFailureForAll(Gateway):
    """When one job fails, all that are under way are ended with it."""

    def fail(self, job: Job, error: GatewayError) -> None:
        super().fail(job, error)
        for other in self.store.jobs.values():
            if other.task is not None and not other.over:
                other.task.cancel()


@gateway_mutant("gateway.concurrency.others-stay")
class LeaverTakesAll(Watching):
    """When one caller hangs up, everything is ended."""

    async def left(self, request: web.Request) -> None:
        await self.stop()
