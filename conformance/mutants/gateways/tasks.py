"""Gateways whose jobs go back and forth, never end or are gone too soon, and that poll too much."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from ...client import ClientError, GenerateRequest, Result
from ...reference import CLASSES, GmiCloudClient, ReferenceClient, ThreeDaiClient
from ...reference.job import Job as UpstreamJob
from ...reference.polled import PolledClient
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import Gateway
from ...reference_gateway.jobs import File, Job
from ..record import gateway_mutant


@gateway_mutant("gateway.tasks.forward-only")
class QueuedAgain(Gateway):
    """A job shows as queued again whenever the gateway sleeps between two polls."""

    def job_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        body = super().job_body(request, job)
        waits = job.status == "running" and int(time.time() - job.created) % 20 < 10
        return body | {"status": "queued"} if waits else body


@gateway_mutant("gateway.tasks.forward-only")
class FailedForNow(Gateway):
    """A job that takes longer than twenty seconds shows as failed until it is done."""

    def job_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        body = super().job_body(request, job)
        late = job.status == "running" and time.time() > job.created + 20.0
        return body | {"status": "failed", "error": {"message": "it takes too long"}} if late else body


@gateway_mutant("gateway.tasks.forward-only")
class ToldOnce(Gateway):
    """A job is forgotten once somebody has seen its end."""

    async def get_job(self, request: web.Request) -> web.Response:
        answer = await super().get_job(request)
        job = self.store.jobs[request.match_info["id"]]
        if job.over:
            self.store.drop(job)
        return answer


class Other(Gateway):
    """A gateway with another client for a provider."""

    other_classes: Mapping[str, type[ReferenceClient]] = {}

    @property
    def client_classes(self) -> Mapping[str, type[ReferenceClient]]:  # type: ignore[override]
        return {**CLASSES, **self.other_classes}


class _KnowsNoCancelling(GmiCloudClient):
    cancelled = frozenset()


class _KnowsNoFailing(ThreeDaiClient):
    def is_failed(self, status: str) -> bool:
        return False


@gateway_mutant("gateway.tasks.every-end", provider="gmicloud")
class KnowsNoCancelling(Other):
    """A job that was cancelled is waited for like one that is drawn."""

    other_classes = {"gmicloud": _KnowsNoCancelling}


@gateway_mutant("gateway.tasks.every-end", provider="threedai")
class KnowsNoFailing(Other):
    """A job that failed is waited for until the deadline."""

    other_classes = {"threedai": _KnowsNoFailing}


@gateway_mutant("gateway.tasks.every-end", provider="tokaify")
class SucceedsWithoutImages(Gateway):
    """A provider that made no image is answered with a success that holds none."""

    def error_response(self, error: GatewayError) -> web.Response:
        if error.code in ("content_policy_violation", "upstream_failed"):
            return web.json_response({"created": 0, "data": [], "usage": {"images": 0}})
        return super().error_response(error)


@gateway_mutant("gateway.tasks.polls-lost")
class GivesUpWithOnePoll(Gateway):
    """A poll that is lost is the end of the job."""

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        if isinstance(client, PolledClient):
            client.most_lost_polls = 0
        return client

    async def generate(self, client: ReferenceClient, request: GenerateRequest) -> Result:
        return await client.generate(request)


@gateway_mutant("gateway.tasks.accepted-at-once", provider="tokaify")
class AcceptsWhenDone(Gateway):
    """The id of a job is told when the job is done."""

    async def create_job(self, request: web.Request) -> web.Response:
        answer = await super().create_job(request)
        await asyncio.wait([job.task for job in self.store.jobs.values() if job.task])
        return answer


@gateway_mutant("gateway.tasks.kept")
class KeepsJobsForAnHour(Gateway):
    """Jobs are gone after an hour, without a word about that."""

    async def get_job(self, request: web.Request) -> web.Response:
        job = self.store.jobs.get(request.match_info["id"])
        if job is not None and job.created < time.time() - 3_600.0:
            self.store.drop(job)
        return await super().get_job(request)

    def images_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        return {name: value for name, value in super().images_body(request, job).items() if name != "expires_at"}


@gateway_mutant("gateway.tasks.end-is-true", provider="threedai")
class AWeekForEverybody(Gateway):
    """Every URL is said to hold for seven days."""

    def expiry(self, job: Job, results: Sequence[Result], files: Sequence[File]) -> float | None:
        return job.created + 7 * 86_400.0


class Remembering(Gateway):
    """A gateway that remembers every job of its providers'."""

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        if isinstance(client, PolledClient):
            accept = client.accept

            def remember(answer: Any, job: UpstreamJob) -> None:
                accept(answer, job)
                self.upstream_jobs.append((client, job))

            client.accept = remember  # type: ignore[method-assign]
        return client

    @property
    def upstream_jobs(self) -> list[tuple[PolledClient, UpstreamJob]]:
        """The jobs, with their clients."""
        jobs: list[tuple[PolledClient, UpstreamJob]] = self.__dict__.setdefault("_upstream_jobs", [])
        return jobs

    async def look(self) -> None:
        """Ask the provider after its latest job."""
        for client, job in self.upstream_jobs[:1]:
            try:
                await client.poll(job)
            except ClientError:
                continue


@gateway_mutant("gateway.polling.in-band", "gateway.polling.late-band", "gateway.polling.not-multiplied")
class PassesPollsOn(Remembering):
    """Each question after a job is asked of the provider as well."""

    async def get_job(self, request: web.Request) -> web.Response:
        if not self.store.find(request.match_info["id"], self.tenant_of(request)).over:
            await self.look()
        return await super().get_job(request)

    def tenant_of(self, request: web.Request) -> str:
        """Who asks."""
        return self.authenticate(request)


@gateway_mutant("gateway.polling.asks-no-more")
class AsksAfterTheEnd(Remembering):
    """The provider is asked about jobs that are over, whenever somebody asks the gateway."""

    async def get_job(self, request: web.Request) -> web.Response:
        await self.look()
        return await super().get_job(request)


@gateway_mutant("gateway.polling.late-band")
class ImpatientWithSlowJobs(Gateway):
    """Jobs that take minutes are polled as often as others, by one task per image and another to be sure."""

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        if isinstance(client, PolledClient):
            client.rhythm = ((float("inf"), 4.0),)
        return client
