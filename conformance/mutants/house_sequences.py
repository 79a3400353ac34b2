"""Clients that serve one call well, and not several in a row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from ..client import ClientError, GenerateRequest, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.job import Job
from ..reference.polled import PolledClient
from .record import mutant
from .shared import each_of

_PLACES = 2


@each_of(ReapiClient, TokaifyClient, kills=("house.calls.own-job",))
class RemembersResults(ReferenceClient):
    """Whoever asks for what was asked for before gets the images of that time."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=deadline)
        self._results: dict[str, Result] = {}

    async def generate(self, request: GenerateRequest) -> Result:
        wanted = repr(request)
        if wanted not in self._results:
            self._results[wanted] = await super().generate(request)
        return self._results[wanted]


@each_of(ThreeDaiClient, OneMinClient, kills=("house.calls.failures-forgotten",))
class KeepsPlaces(ReferenceClient):
    """A call that fails does not give back its place among those that may run at once."""

    places: asyncio.Semaphore | None = None

    async def generate(self, request: GenerateRequest) -> Result:
        self.places = self.places or asyncio.Semaphore(_PLACES)
        await self.places.acquire()
        result = await super().generate(request)
        self.places.release()
        return result


@each_of(GmiCloudClient, TokaifyClient, kills=("house.calls.failures-forgotten",))
class GivesUpForGood(ReferenceClient):
    """After three failures, whoever's fault they were, nothing is sent any more."""

    failures = 0

    async def generate(self, request: GenerateRequest) -> Result:
        if self.failures == 3:
            raise self.error("too many failures", "server")
        try:
            return await super().generate(request)
        except ClientError:
            self.failures += 1
            raise


@each_of(ReapiClient, OneMinClient, kills=("house.calls.deadline-anew",))
class OneDeadlineForAll(ReferenceClient):
    """The deadline counts from the first call on."""

    began: float | None = None

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        now = asyncio.get_running_loop().time()
        self.began = self.began or now
        given, self.deadline = self.deadline, max(0.1, self.deadline - (now - self.began))
        try:
            return await super().within_deadline(job, work)
        finally:
            self.deadline = given


@mutant("house.calls.two-ways-on")
class WritesInTheHistory(TokaifyClient):
    """The new turn is put into the caller's own conversation."""

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        body = super().build_body(request)
        if request.previous is not None:
            request.previous[:] = body["contents"]
        return body


@each_of(ReapiClient, GmiCloudClient, kills=("house.calls.not-swapped",))
class NamesNoJob(ReferenceClient):
    """The id that comes with a result is the client's own."""

    async def generate(self, request: GenerateRequest) -> Result:
        return replace(await super().generate(request), task_id="7f3a")


@each_of(GmiCloudClient, ThreeDaiClient, kills=("house.calls.resumed-in-time",))
class ResumesForEver(PolledClient):
    """The deadline is for generating only."""

    async def resume(self, task_id: str) -> Result:
        return await self.follow(Job(task_id))


@each_of(TokaifyClient, GmiCloudClient, kills=("house.money.one-job",))
class OrdersAgainWhenEmpty(ReferenceClient):
    """A job without an image is ordered once more."""

    async def generate(self, request: GenerateRequest) -> Result:
        try:
            return await super().generate(request)
        except ClientError as error:
            if "no image" not in str(error):
                raise
            return await super().generate(request)


@each_of(ReapiClient, GmiCloudClient, kills=("house.money.one-job",))
class OrdersAgainWhenGone(ReferenceClient):
    """A job that a poll does not find is ordered once more."""

    async def generate(self, request: GenerateRequest) -> Result:
        try:
            return await super().generate(request)
        except ClientError as error:
            if error.status != 404:
                raise
            return await super().generate(request)


@each_of(ReapiClient, kills=("house.money.one-job",))
class OrdersFour(ReapiClient):
    """Without a number of images four are ordered, for the caller to choose from."""

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        return {"n": 4, **super().build_body(request)}
