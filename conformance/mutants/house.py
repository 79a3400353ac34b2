"""Clients that pay twice, or say what they don't know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ..client import ClientError, GenerateRequest, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.direct import DirectClient
from ..reference.failures import Complaint
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer
from .shared import each_of

_ONE_JOB = ("house.money.one-job",)
_DOUBT = ("house.money.doubt-told",)


@each_of(ReapiClient, OneMinClient, kills=_ONE_JOB)
class SubmitsAgainWhenLost(ReferenceClient):
    """A submit whose connection broke is sent again."""

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"the submit was lost: {lost}", "server", job=job, passing=True)


@each_of(TokaifyClient, OneMinClient, kills=_ONE_JOB)
class ImpatientAndStubborn(DirectClient):
    """After half a minute without an answer the call is made again."""

    submit_patience = 30.0

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"the submit was lost: {lost}", "timeout", job=job, passing=True)


@each_of(ThreeDaiClient, GmiCloudClient, kills=_ONE_JOB)
class RetriesBadGateways(ReferenceClient):
    """A submit is sent again after a page of the network edge, whatever has become of it behind."""

    passing_submits = frozenset({"rate_limited", "ambiguous"})


@each_of(ReapiClient, ThreeDaiClient, kills=_ONE_JOB)
class SubmitsAgainWhenUnreadable(PolledClient):
    """A submit whose answer cannot be read is sent again."""

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        try:
            return await super().work(request, job)
        except ClientError as error:
            if error.category != "ambiguous" or job.in_flight:
                raise
            return await super().work(request, job)


@each_of(GmiCloudClient, TokaifyClient, kills=_ONE_JOB)
class HedgesSlowSubmits(ReferenceClient):
    """A submit that is slow gets company, and the first answer counts."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        requests = [asyncio.ensure_future(super().send(method, path, headers, content, patience))]
        if method == "POST":
            await asyncio.wait(requests, timeout=15.0)
            if not requests[0].done():
                requests.append(asyncio.ensure_future(super().send(method, path, headers, content, patience)))
        done, rest = await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
        for request in rest:
            request.cancel()
        return await done.pop()


@each_of(ReapiClient, TokaifyClient, kills=("house.submit.paid-once", *_ONE_JOB))
class TrustsIdempotencyKeys(ReferenceClient):
    """Lost submits are sent again under the same idempotency key, which no document promises to mean anything."""

    def submit_headers(self) -> dict[str, str]:
        return {**super().submit_headers(), "Idempotency-Key": "7d1f0c1e-0b5d-4d5c-9a53-6f2c1f9f3a10"}

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"the submit was lost: {lost}", "server", job=job, passing=True)


@each_of(ThreeDaiClient, TokaifyClient, kills=_DOUBT)
class LostMeansFailed(ReferenceClient):
    """A submit whose answer did not come is reported as a job that failed."""

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"the generation failed: {lost}", "failed", job=job)


@each_of(GmiCloudClient, OneMinClient, kills=_DOUBT)
class AnyErrorIsInvalid(ReferenceClient):
    """Whatever goes wrong with a submit is reported as a request that the provider refused."""

    async def submit(self, request: GenerateRequest, job: Job) -> Answer:
        try:
            return await super().submit(request, job)
        except ClientError as error:
            raise self.error(str(error), "invalid", Complaint(error.code), job) from None


@each_of(ReapiClient, kills=_DOUBT)
class UnreadableMeansFailed(PolledClient):
    """A submit whose answer cannot be read is reported as a job that failed."""

    def accept(self, answer: Answer, job: Job) -> None:
        try:
            super().accept(answer, job)
        except ClientError as error:
            raise self.error(str(error), "failed") from None


@each_of(ThreeDaiClient, OneMinClient, kills=("house.moderation.blocked",))
class ModerationIsFailure(ReferenceClient):
    """Moderation is reported as any other failure."""

    def is_moderated(self, complaint: Complaint) -> bool:
        return False


@each_of(ReapiClient, TokaifyClient, kills=("house.moderation.blocked",))
class TriesModeratedPromptsAgain(ReferenceClient):
    """A prompt that moderation refused is submitted once more, in the hope of better luck."""

    async def generate(self, request: GenerateRequest) -> Result:
        try:
            return await super().generate(request)
        except ClientError as error:
            if error.category != "blocked":
                raise
            return await super().generate(request)


@each_of(GmiCloudClient, OneMinClient, kills=("house.results.not-empty",))
class EmptySuccess(ReferenceClient):
    """A success without images is a result without images."""

    def result(self, body: Any, job: Job) -> Result:
        return super().result(body, job) if self.images_of(body) else Result((), task_id=job.id)


@each_of(ReapiClient, ThreeDaiClient, kills=("house.results.not-empty",))
class IndexesFirstImage(ReferenceClient):
    """The first image is taken without a look whether there is one."""

    def result(self, body: Any, job: Job) -> Result:
        return Result((self.images_of(body)[0], *self.images_of(body)[1:]), task_id=job.id)
