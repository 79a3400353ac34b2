"""Clients that cannot be cancelled, picked up, closed or shared an event loop with."""

from __future__ import annotations

import asyncio
import socket
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from ..client import GenerateRequest, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer, Transport
from .record import mutant
from .shared import each_of

_LEFT_OPEN: Final[list[Transport]] = []  # or else their own destructors would warn of them, at any time


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


@each_of(ReapiClient, ThreeDaiClient, GmiCloudClient, kills=("house.calls.resumed-when-done",))
class ForgetsWhatIsDone(PolledClient):
    """A job whose images were handed over once cannot be picked up again."""

    def outcome(self, body: Any, job: Job) -> Result:
        self._over = {*getattr(self, "_over", ()), job.id}
        return super().outcome(body, job)

    async def resume(self, task_id: str) -> Result:
        if task_id in getattr(self, "_over", ()):
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
