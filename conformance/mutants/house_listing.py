"""Clients that list jobs badly, or lose a wish beside others."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..client import Category, ClientError, GenerateRequest, Image, Result, Url
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.dialect import MODEL
from ..reference.failures import Complaint
from ..reference.gmicloud import QUEUE
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer
from .record import mutant
from .shared import each_of


@mutant("house.errors.listing")
class EmptyListForErrors(GmiCloudClient):
    """A list that does not come is an empty one."""

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        try:
            return await super().list(model)
        except ClientError:
            return []


@mutant("house.errors.listing")
class TrustsLists(GmiCloudClient):
    """What comes for a list is taken for one, whatever it is."""

    def rows_of(self, answer: Answer) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = answer.json["requests"]
        return rows[:]


@mutant("house.results.list-whole")
class ListsSuccesses(GmiCloudClient):
    """Jobs that have failed are left out of the list."""

    def rows_of(self, answer: Answer) -> Sequence[Mapping[str, Any]]:
        return [row for row in super().rows_of(answer) if row.get("status") == "success"]


@mutant("house.results.list-whole")
class ListsOne(GmiCloudClient):
    """The list is the latest job."""

    def rows_of(self, answer: Answer) -> Sequence[Mapping[str, Any]]:
        return super().rows_of(answer)[:1]


@each_of(ReapiClient, GmiCloudClient, kills=("house.moderation.not-claimed",))
class SeesModerationEverywhere(ReferenceClient):
    """Every job that failed was moderated."""

    def is_moderated(self, complaint: Complaint) -> bool:
        return True


@mutant("house.errors.by-status")
class BlamesTheCaller(ThreeDaiClient):
    """Whatever the provider answers, the request was wrong."""

    def category(self, status: int, complaint: Complaint) -> Category:
        category = super().category(status, complaint)
        return "invalid" if category in ("server", "auth") else category


@mutant("tokaify.block.empty-answer-error")
class TrustsBase64(TokaifyClient):
    """What is no base64 is an exception of the decoder's."""

    def decoded(self, part: Any) -> Image:
        return Image(data=b64decode(part["inlineData"]["data"]), mime="image/png")


@mutant("tokaify.answer.usage-told")
class AddsUpUsage(TokaifyClient):
    """The counts of all calls so far are told."""

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        self.sums: dict[str, int] = getattr(self, "sums", {})
        for name, number in super().usage_of(body).items():
            self.sums[name] = self.sums.get(name, 0) + number
        return dict(self.sums)


@each_of(ThreeDaiClient, kills=("house.poll.ends-when-refused",))
class PollsThroughRefusals(PolledClient):
    """Polls that are refused are repeated like those that are lost."""

    passing_polls = frozenset({"rate_limited", "server", "protocol", "invalid"})


@mutant("house.errors.listing-refused")
class ReadsRefusedLists(GmiCloudClient):
    """Whatever comes back is taken for a list."""

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        try:
            answer = await self.send("GET", f"{QUEUE}?model_id={MODEL}", self.poll_headers(), None, 20.0)
        except NoAnswer as lost:
            raise self.error(f"the list did not come: {lost}", "server") from None
        return self.rows_of(answer)


@mutant("tokaify.contents.references-as-given")
class TenReferences(TokaifyClient):
    """Of many references only ten are sent."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return replace(super().normalised(request), images=request.images[:10])


@each_of(TokaifyClient, kills=("tokaify.config.size-as-asked",))
@each_of(GmiCloudClient, kills=("gmicloud.submit.size-as-asked",))
class NoSizeForEdits(ReferenceClient):
    """The size is left out beside references."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, resolution=None) if request.images else request)


@each_of(ThreeDaiClient, kills=("threedai.submit.resolution-as-asked",))
@each_of(ReapiClient, kills=("reapi.submit.resolution-as-asked",))
class SmallWhenMany(ReferenceClient):
    """Several images at 4K come at 2K."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        too_much = request.resolution == "4K" and (request.count or 1) > 1
        return super().normalised(replace(request, resolution="2K") if too_much else request)


@mutant("gmicloud.submit.references-as-given")
class UnsignsReferences(GmiCloudClient):
    """The query, which may hold a signature, is cut off the URLs of references."""

    def instruction(self, request: GenerateRequest) -> dict[str, Any]:
        images = tuple(Url(each.url.partition("?")[0]) if isinstance(each, Url) else each for each in request.images)
        return super().instruction(replace(request, images=images))


@each_of(OneMinClient, GmiCloudClient, kills=("house.results.signature-end",))
class PromisesAWeek(ReferenceClient):
    """Every URL is said to hold for a week."""

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        return self.now() + 7 * 86_400.0


@mutant("house.results.true-type")
class AllArePngs(ThreeDaiClient):
    """Every image is called a PNG."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [replace(image, mime="image/png") for image in super().images_of(body)]


@each_of(OneMinClient, GmiCloudClient, kills=("house.calls.loop-free",))
class SleepsBeforeTryingAgain(ReferenceClient):
    """The wait before another try stops the whole event loop."""

    def backoff(self, failures: int) -> float:
        time.sleep(super().backoff(failures))
        return 0.0


@each_of(ThreeDaiClient, kills=("house.secrets.not-told",))
class TellsItsHeaders(ReferenceClient):
    """The headers of the request are handed out with the result."""

    async def generate(self, request: GenerateRequest) -> Result:
        return replace(await super().generate(request), usage={"request": str(self.auth_headers())})
