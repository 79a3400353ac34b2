"""Gateways that pay for what nobody asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from aiohttp import web

from ...client import ClientError, GenerateRequest, Result
from ...reference import ReferenceClient
from ...reference_gateway.gateway import Gateway
from ...reference_gateway.jobs import Job
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant
from .errors import Again


@gateway_mutant("gateway.money.one-job", "gateway.concurrency.paid-as-asked")
class SubmitsLostOnesAgain(Again):
    """A submit whose answer was lost is sent again."""

    repeated = ("ambiguous",)


@gateway_mutant("gateway.money.one-job", provider="onemin")
class TriesThreeTimes(Again):
    """Whatever the provider fails at is tried three times."""

    repeated = ("ambiguous", "server", "protocol", "timeout")
    times = 3


@gateway_mutant("gateway.money.one-job", provider="gmicloud")
class OrdersAnewWhatItCannotPoll(Gateway):
    """A job whose polls are refused is ordered once more."""

    async def generate(self, client: ReferenceClient, request: GenerateRequest) -> Result:
        try:
            return await client.generate(request)
        except ClientError as error:
            if error.task_id is None or error.category in ("failed", "blocked", "cancelled"):
                raise
        return await client.generate(request)


@gateway_mutant("gateway.money.one-job")
class CountsTwice(Gateway):
    """Several images are asked for as often as there are to be, each time all of them."""

    def shares(self, provider: str, request: GenerateRequest, n: int) -> list[GenerateRequest]:
        return [replace(request, count=n)] * n if n > 1 else super().shares(provider, request, n)


@gateway_mutant("gateway.money.one-job", provider="tokaify")
class OrdersASpareOne(Gateway):
    """One image more than was asked for is ordered, in case that one fails."""

    def shares(self, provider: str, request: GenerateRequest, n: int) -> list[GenerateRequest]:
        shares = super().shares(provider, request, n)
        return [*shares, shares[0]] if len(shares) > 1 else shares


@gateway_mutant("gateway.money.hung-up")
class NeverLooksUp(Gateway):
    """Submits are tried again whether or not anybody still waits for the images."""

    def start(
        self, tenant: str, wish: Wish, request_id: str, *, key: str | None = None, caller: web.Request | None = None
    ) -> Job:
        job = super().start(tenant, wish, request_id, key=key, caller=caller)
        job.detached = True
        return job


@gateway_mutant("gateway.money.hung-up", provider="tokaify")
class OneImageAfterTheOther(NeverLooksUp):
    """Several images are ordered one after the other, also when the caller has left after the first."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Any:
        locks: dict[str, asyncio.Lock] = self.__dict__.setdefault("locks", {})
        async with locks.setdefault(job.id, asyncio.Lock()):
            return await super().ask(job, provider, request)


class Watching(Gateway):
    """A gateway that notices when the caller of a job leaves."""

    async def generate_images(self, request: web.Request) -> web.Response:
        watch = asyncio.create_task(self.watch(request))
        try:
            return await super().generate_images(request)
        finally:
            watch.cancel()

    async def watch(self, request: web.Request) -> None:
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 (no event tells)
            await asyncio.sleep(0.5)
        await self.left(request)

    async def left(self, request: web.Request) -> None:
        """The caller is gone."""

    def jobs_of(self, request: web.Request) -> list[Job]:
        """The jobs that a caller waits for."""
        return [job for job in self.store.jobs.values() if any(caller is request for caller in job.callers)]


@gateway_mutant("gateway.money.hung-up-once")
class FinishesItInTheBackground(Watching):
    """For a caller who hangs up a new job is started, so that the image is there when they come back."""

    async def left(self, request: web.Request) -> None:
        for job in self.jobs_of(request):
            self.start(job.tenant, job.wish, job.request_id)


@gateway_mutant("gateway.money.submits-bounded")
class Stubborn(Again):
    """A provider that fails is asked forty times."""

    repeated = ("server", "ambiguous", "rate_limited", "failed")
    times = 8
    pause = 0.0


@gateway_mutant("gateway.money.failed-usage")
class BillsFailures(Gateway):
    """The usage of a job that failed tells as many images as were asked for."""

    def job_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        return super().job_body(request, job) | {"usage": {"images": job.wish.n}}


@gateway_mutant("gateway.money.shortage-told", provider="tokaify")
class SaysNothingOfShortage(Gateway):
    """Where some of the images failed the others are handed over without a word."""

    def images_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        body = super().images_body(request, job)
        return {name: value for name, value in body.items() if name not in ("partial", "errors")}
