"""Clients whose calls get into each other's way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from ..client import ClientError, GenerateRequest, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer
from .record import mutant
from .shared import each_of

_SWAPPED: Final = ("house.calls.not-swapped",)
_FORGOTTEN: Final = ("house.calls.failure-forgotten",)
_WISHES: Final = ("house.calls.wishes-forgotten",)


@each_of(ReapiClient, GmiCloudClient, kills=_SWAPPED)
class OneCurrentJob(PolledClient):
    """The job is kept on the client, where the next call puts its own."""

    latest = ""

    def accept(self, answer: Answer, job: Job) -> None:
        super().accept(answer, job)
        self.latest = job.id or ""

    async def poll(self, job: Job) -> Any:
        return await super().poll(replace(job, id=self.latest))


@each_of(TokaifyClient, OneMinClient, kills=_SWAPPED)
class OneCurrentRequest(ReferenceClient):
    """The request is kept on the client while the references are fetched, where the next call puts its own."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        self.current = await super().prepare(request)
        await asyncio.sleep(1.0)
        return self.current


@each_of(TokaifyClient, ThreeDaiClient, kills=("house.calls.not-swapped", "house.calls.failure-forgotten"))
class CachesBySize(ReferenceClient):
    """Results are kept for calls that ask for the same, and the prompt is no part of that."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=deadline)
        self._kept: dict[Any, asyncio.Future[Result]] = {}

    async def generate(self, request: GenerateRequest) -> Result:
        wanted = (request.ratio, request.resolution, request.count, request.images)
        if wanted not in self._kept:
            self._kept[wanted] = asyncio.ensure_future(super().generate(request))
        return await asyncio.shield(self._kept[wanted])


@each_of(ReapiClient, OneMinClient, kills=_FORGOTTEN)
class StaysBroken(ReferenceClient):
    """After one error every further call ends with it."""

    trouble: ClientError | None = None

    async def generate(self, request: GenerateRequest) -> Result:
        if self.trouble is not None:
            raise self.trouble
        try:
            return await super().generate(request)
        except ClientError as error:
            self.trouble = error
            raise


@mutant(*_FORGOTTEN)
class TalksOn(TokaifyClient):
    """What was said in one call is said again in the next."""

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        self.said = [*getattr(self, "said", ()), *super().contents(request)]
        return self.said


@each_of(ThreeDaiClient, GmiCloudClient, kills=_FORGOTTEN)
class NeverUnlocks(ReferenceClient):
    """A call that fails keeps the lock that the next one waits for."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=deadline)
        self._lock = asyncio.Lock()

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        await self._lock.acquire()
        result = await super().work(request, job)  # type: ignore[safe-super]
        self._lock.release()
        return result


@each_of(ReapiClient, OneMinClient, kills=_WISHES)
class OneBodyForAll(ReferenceClient):
    """The body of a submit is filled into one object that all calls share."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=deadline)
        self._shared: dict[str, Any] = {}

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        _merge(self._shared, super().build_body(request))  # type: ignore[safe-super]
        return self._shared


def _merge(old: dict[str, Any], new: Mapping[str, Any]) -> None:
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(name), dict):
            _merge(old[name], value)
        else:
            old[name] = value


@each_of(ThreeDaiClient, GmiCloudClient, kills=_WISHES)
class RemembersPictures(ReferenceClient):
    """The references of one call are added to those of the calls before it."""

    pictures: ClassVar[tuple[Any, ...]] = ()

    async def generate(self, request: GenerateRequest) -> Result:
        self.pictures = (*self.pictures, *request.images)  # type: ignore[misc]
        return await super().generate(replace(request, images=self.pictures))


@mutant(*_WISHES)
class KeepsLastSize(TokaifyClient):
    """A call without a size has that of the call before it."""

    kept: str | None = None

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        self.kept = request.resolution or self.kept
        return super().build_body(replace(request, resolution=self.kept))
