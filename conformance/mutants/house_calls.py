"""Clients whose calls get into each other's way, or don't end, and such that tell their key."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, Final

from ..client import Category, ClientError, GenerateRequest, Image, Result, Url
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.failures import NOTHING_SAID, Complaint
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer, Transport
from .record import mutant
from .shared import each_of

_SWAPPED: Final = ("house.calls.not-swapped",)
_FORGOTTEN: Final = ("house.calls.failure-forgotten",)
_WISHES: Final = ("house.calls.wishes-forgotten",)
_LEFT_OPEN: Final[list[Transport]] = []  # or else their own destructors would warn of them, at any time
_REDIRECTED: Final = ("house.secrets.not-redirected",)


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


@each_of(ReapiClient, GmiCloudClient, kills=("house.calls.cancel-stops",))
class WorksBehindTheBack(ReferenceClient):
    """The work is done in a task of its own, which goes on when the call is cancelled."""

    async def generate(self, request: GenerateRequest) -> Result:
        return await asyncio.shield(asyncio.ensure_future(super().generate(request)))


@each_of(ThreeDaiClient, ReapiClient, kills=("house.calls.cancel-stops",))
class SwallowsCancellation(ReferenceClient):
    """Whatever ends a pause, the work goes on after it."""

    async def pause(self, seconds: float) -> None:
        with suppress(asyncio.CancelledError):
            await super().pause(seconds)


@each_of(ReapiClient, GmiCloudClient, kills=("house.calls.resumed",))
class ResumesBySubmitting(PolledClient):
    """To pick up a job is to ask for the same again."""

    async def generate(self, request: GenerateRequest) -> Result:
        self._asked = request
        return await super().generate(request)

    async def resume(self, task_id: str) -> Result:
        return await super().generate(self._asked)


@each_of(ThreeDaiClient, kills=("house.calls.resumed",))
class ResumesWhatItKnows(PolledClient):
    """Only jobs that the client still waits for can be picked up."""

    async def resume(self, task_id: str) -> Result:
        job = self._known.get(task_id)
        if job is None or job.limit is None:
            raise self.error(f"there is no job {task_id}", "invalid")
        return await super().resume(task_id)


@each_of(ReapiClient, OneMinClient, kills=("house.calls.closed",))
class ClosesNothing(ReferenceClient):
    """To close the client leaves its connections open."""

    async def close(self) -> None:
        _LEFT_OPEN.append(self.transport)


@each_of(GmiCloudClient, TokaifyClient, kills=("house.calls.closed",))
class ConnectionsForEachCall(ReferenceClient):
    """Every call opens connections of its own, and none of them is ever closed."""

    async def generate(self, request: GenerateRequest) -> Result:
        self.transport = Transport()
        try:
            return await super().generate(request)
        finally:
            _LEFT_OPEN.append(self.transport)
            self.transport = Transport()


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.calls.loop-free",))
class SleepsOnTheLoop(ReferenceClient):
    """A pause between two calls stops the event loop."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        time.sleep(0.2)
        return super().normalised(request)


@each_of(OneMinClient, ReapiClient, kills=("house.calls.loop-free",))
class BlockingRequests(ReferenceClient):
    """Requests are made with a blocking library in the middle of the event loop."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        return _ask(urllib.request.Request(f"{self._base_url}{path}", content, dict(headers), method=method))


def _ask(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except OSError as error:
        raise NoAnswer(str(error)) from None


@mutant("house.calls.base-url")
class PollsTheRealProvider(ReapiClient):
    """Polls go to the documented host, whatever the base URL is."""

    async def poll(self, job: Job) -> Any:
        self._base_url, kept = "https://reapi.ai", self._base_url
        try:
            return await super().poll(job)
        finally:
            self._base_url = kept


@mutant("house.calls.base-url")
class ListsAtTheExample(GmiCloudClient):
    """Lists are asked for at the host of an example."""

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        self._base_url, kept = "https://api.example.com", self._base_url
        try:
            return await super().list(model)
        finally:
            self._base_url = kept


@each_of(TokaifyClient, OneMinClient, kills=("house.calls.base-url",))
class Telemetry(ReferenceClient):
    """Every call is reported to somebody else."""

    async def generate(self, request: GenerateRequest) -> Result:
        with suppress(OSError):
            await asyncio.get_running_loop().getaddrinfo("telemetry.example.com", 443, type=socket.SOCK_STREAM)
        return await super().generate(request)


@each_of(ReapiClient, OneMinClient, kills=("house.secrets.not-told",))
class LogsHeaders(ReferenceClient):
    """The headers of every request are logged for debugging."""

    def submit_headers(self) -> dict[str, str]:
        headers = super().submit_headers()
        logging.getLogger(__name__).debug("POST with %s", headers)
        return headers


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.secrets.not-told",))
class NamesRefusedKey(ReferenceClient):
    """The error of a key that was refused names the key."""

    def error(
        self, text: str, category: Category, complaint: Complaint = NOTHING_SAID, *rest: Any, **named: Any
    ) -> Any:
        problem = super().error(text, category, complaint, *rest, **named)
        problem.args = (f"{problem.args[0]} (key {self._key})",) if category == "auth" else problem.args
        return problem


@each_of(GmiCloudClient, kills=("house.secrets.not-told",))
class PrintsFailedRequests(ReferenceClient):
    """A request that was lost is printed as a command line to try it by."""

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        print(f"curl -H 'Authorization: {self.auth_headers()['Authorization']}' {self._base_url}")
        return super().on_lost_submit(lost, job)


@mutant("house.secrets.not-redirected")
class FollowsWithApiKey(OneMinClient):
    """Redirects are followed by an HTTP library that knows nothing of a header named API-KEY."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        return await self.transport.send(
            method, f"{self._base_url}{path}", headers=headers, content=content, patience=patience, redirects=True
        )


@each_of(ReapiClient, TokaifyClient, kills=_REDIRECTED)
class FollowsByHand(ReferenceClient):
    """Redirects are followed with the headers of the first request."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        answer = await super().send(method, path, headers, content, patience)
        while answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
            url = answer.headers["Location"]
            answer = await self.transport.send(method, url, headers=headers, content=content, patience=patience)
        return answer


@each_of(ReapiClient, OneMinClient, kills=("house.secrets.not-to-media",))
class FetchesWithKey(ReferenceClient):
    """Images are fetched with the headers of the API."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        return replace(result, images=tuple([await self._fetched(image) for image in result.images]))

    async def _fetched(self, image: Image) -> Image:
        try:
            answer = await self.transport.send("GET", image.url or "", headers=self.auth_headers(), patience=30.0)
        except NoAnswer as lost:
            raise self.error(f"an image could not be fetched: {lost}", "server") from None
        if not answer.ok:
            raise self.error(f"an image was answered with {answer.status}", "server")
        return Image(data=answer.content, mime=answer.headers.get("Content-Type"))


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.secrets.not-to-references",))
class FetchesReferencesWithKey(ReferenceClient):
    """References are fetched with the headers of the API."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        for image in request.images:
            if isinstance(image, Url):
                await self.transport.send("GET", image.url, headers=self.auth_headers(), patience=30.0)
        return await super().prepare(request)


@each_of(ThreeDaiClient, OneMinClient, kills=("house.secrets.not-in-url",))
class KeyInQuery(ReferenceClient):
    """The key stands in the query of a submit as well."""

    def submit_path(self, request: GenerateRequest) -> str:
        return f"{super().submit_path(request)}?api_key={self._key}"  # type: ignore[safe-super]
