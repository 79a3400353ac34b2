"""Clients of any provider that are right in an odd way stay green under our own rules."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import Any

import PIL.Image
import pytest

from safelight.conformance.client import ClientError, GenerateRequest, Image, Result, Url
from safelight.conformance.engine.engine import Engine
from safelight.conformance.properties.catalogue import properties
from safelight.conformance.reference import CLASSES, factory_of
from safelight.conformance.reference.client import ReferenceClient
from safelight.conformance.reference.failures import NOTHING_SAID, Complaint
from safelight.conformance.reference.job import Job
from safelight.conformance.reference.transport import Answer, NoAnswer
from safelight.conformance.subjects.python import FactorySubject
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.runner import Explorer, Plan

HOUSE = [id for id in properties() if id.startswith("house.")]
EVERYBODY = tuple(CLASSES)
ASYNCHRONOUS = ("reapi", "threedai", "gmicloud")


class NeverTwice(ReferenceClient):
    """Leaves every retry to its caller, who gets a typed error with what is known."""

    most_submits = 1
    most_lost_polls = 0


class LostIsServerError(ReferenceClient):
    """Calls a lost submit what it looks like, a failure of the server, and claims nothing about the job."""

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"no answer: {lost}", "server", job=job)


class IdsInWords(ReferenceClient):
    """Tells the id of a job in the text of an error and nowhere else."""

    def error(
        self, text: str, category: Any, complaint: Complaint = NOTHING_SAID, job: Job | None = None, **rest: Any
    ) -> ClientError:
        told = f"{text} (job {job.id})" if job and job.id else text
        return super().error(told, category, complaint, None, **rest)


class OnceAtOnce(ReferenceClient):
    """Tries once more without a pause, as HTTP libraries do, and then takes its time."""

    def pause_before_resubmit(self, problem: ClientError, attempt: int) -> float:
        if problem.retry_after is not None:
            return problem.retry_after
        return 0.0 if attempt == 1 else 20.0


class FullJitter(ReferenceClient):
    """Pauses for a random share of what it might."""

    def backoff(self, failures: int) -> float:
        return random.uniform(0.0, min(30.0, 2.0 * 2.0**failures))


class LooksAtTheClockBetweenRequests(ReferenceClient):
    """Ends at its deadline or a little later: when the pause that it is in, or the request, is over."""

    poll_patience = 10.0

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        self.ends = asyncio.get_running_loop().time() + self.deadline
        self.submit_patience = self.deadline
        return await work

    async def pause(self, seconds: float) -> None:
        left = self.ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise self.error("time is up", "timeout", job=next(iter(self._known.values()), None))
        await super().pause(min(seconds, left + 20.0))


class OwnDefaults(ReferenceClient):
    """Always says how large a picture is to be, also where nobody asked for a size."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, resolution=request.resolution or "2K"))


class HandsOverBytes(ReferenceClient):
    """Fetches the images, asks again where that goes wrong, and gives up with a typed error."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        return replace(result, images=tuple([await self.fetched(image) for image in result.images]))

    async def fetched(self, image: Image) -> Image:
        if image.url is None:
            return image
        for _ in range(3):
            with suppress(NoAnswer):
                answer = await self.transport.send("GET", image.url, headers={}, patience=20.0, redirects=True)
                if answer.ok and answer.content:
                    return Image(data=answer.content, mime=answer.headers.get("Content-Type"))
            await self.pause(2.0)
        raise self.error("an image cannot be fetched", "server")


class HintsAtItsKey(ReferenceClient):
    """Logs which key it uses, by its beginning and its end."""

    def submit_headers(self) -> dict[str, str]:
        print(f"submitting with {self._key[:9]}…{self._key[-4:]}")
        return super().submit_headers()


class FollowsRedirectsWithoutKey(ReferenceClient):
    """Goes where it is sent, without anything of its own."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        answer = await super().send(method, path, headers, content, patience)
        if answer.status in (301, 302, 303, 307, 308) and "{" not in answer.headers["Location"]:
            return await self.transport.send("GET", answer.headers["Location"], headers={}, patience=patience)
        return answer


class KnowsItsHost(ReferenceClient):
    """Looks up the name of the machine that it runs on, for its User-Agent."""

    async def generate(self, request: GenerateRequest) -> Result:
        with suppress(OSError):
            await asyncio.get_running_loop().getaddrinfo(socket.gethostname(), None)
        return await super().generate(request)


class AsksForLess(ReferenceClient):
    """After a refusal asks once more for less, which is another request."""

    async def submit(self, request: GenerateRequest, job: Job) -> Answer:
        try:
            return await super().submit(request, job)
        except ClientError as error:
            if error.category != "invalid" or request.resolution == "1K":
                raise
            return await super().submit(replace(request, resolution="1K"), job)


class AsksForgiveness(ReferenceClient):
    """Passes on what it is asked for, and hands back what the provider says to it, at once."""

    def check(self, request: GenerateRequest) -> None:
        pass


class SpacesItsCalls(ReferenceClient):
    """Has one call at a time, and the others wait for their turn."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=deadline)
        self._turn = asyncio.Semaphore(1)

    async def generate(self, request: GenerateRequest) -> Result:
        async with self._turn:
            return await super().generate(request)


class TellsNoIdWithImages(ReferenceClient):
    """Tells the id of a job only where there is something to pick up."""

    def result(self, body: Any, job: Job) -> Result:
        return replace(super().result(body, job), task_id=None)


class TakesBytesAlone(ReferenceClient):
    """Leaves it to its caller to fetch references, where the provider takes bytes."""

    fetches_references = False

    def check(self, request: GenerateRequest) -> None:
        super().check(request)
        if any(isinstance(image, Url) for image in request.images):
            raise self.error("references are bytes here", "unsupported")


class ConvertsByItself(ReferenceClient):
    """Makes the format that was asked for out of what the provider gives, where the images are in the answer."""

    def check(self, request: GenerateRequest) -> None:
        super().check(replace(request, output_format=None))

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        if request.output_format is None:
            return result
        return replace(result, images=tuple(_converted(each, request.output_format) for each in result.images))


def _converted(image: Image, format: str) -> Image:
    kept = BytesIO()
    PIL.Image.open(BytesIO(image.data or b"")).save(kept, format)
    return Image(data=kept.getvalue(), mime=f"image/{format}")


CASES: list[tuple[type[ReferenceClient], tuple[str, ...], tuple[str, ...]]] = [
    (NeverTwice, EVERYBODY, ("errors.", "money", "poll.lost", "retry-after", "backs-off", "refused-once")),
    (LostIsServerError, EVERYBODY, ("money", "silence-told")),
    (IdsInWords, ASYNCHRONOUS, ("id-kept", "poll.lost", "resumed")),
    (OnceAtOnce, ("reapi", "onemin"), ("backs-off", "retry-after", "by-deadline")),
    (FullJitter, ("threedai", "tokaify"), ("backs-off", "retry-after", "poll.lost")),
    (LooksAtTheClockBetweenRequests, ASYNCHRONOUS, ("endings", "resumed")),
    (OwnDefaults, ("reapi", "onemin", "gmicloud"), ("wishes-forgotten", "failure-forgotten")),
    (HandsOverBytes, ("threedai", "onemin"), ("results", "not-swapped", "forgotten", "not-redirected")),
    (HintsAtItsKey, ("reapi", "onemin"), ("secrets",)),
    (FollowsRedirectsWithoutKey, ("reapi", "onemin"), ("not-redirected", "errors")),
    (KnowsItsHost, ("tokaify",), ("base-url", "loop-free")),
    (AsksForLess, ("gmicloud",), ("refused-once", "wishes-forgotten")),
    (AsksForgiveness, ("gmicloud", "onemin"), ("wishes-forgotten", "secrets")),
    (TellsNoIdWithImages, ASYNCHRONOUS, ("resumed",)),
    (TakesBytesAlone, ("threedai", "tokaify"), ("reference",)),
    (ConvertsByItself, ("tokaify",), ("format-not-dropped",)),
    (SpacesItsCalls, ("reapi", "tokaify"), ("not-swapped", "cancel-stops", "failure-forgotten")),
]


@pytest.mark.parametrize(("odd", "providers", "parts"), CASES, ids=[odd.__name__ for odd, _, _ in CASES])
def test_an_odd_client_is_not_accused(
    odd: type[ReferenceClient], providers: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    classes: Any = {name: type(odd.__name__, (odd, CLASSES[name]), {}) for name in providers}
    wanted = [id for id in HOUSE if any(part in id for part in parts)]
    with Engine(FactorySubject(factory_of(classes))) as engine:
        items = items_for(engine.subject.capabilities, engine.subject.conditions, providers, wanted)
        results = list(Explorer(engine, Plan(seed=3, each=8, shrink=False)).results(items))
    accused = {
        result.name: result.counterexample.sentence if result.counterexample else result.note
        for result in results
        if result.status not in ("pass", "not-applicable")
    }
    assert accused == {}
    assert any(result.status == "pass" and result.examples for result in results)
