"""Clients of 1min.ai that lose what was answered, or do not wait for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from ..client import Category, ClientError, GenerateRequest, Image, Result
from ..reference.failures import Complaint
from ..reference.job import Job
from ..reference.json_values import at, rows_at
from ..reference.onemin import OneMinClient
from ..reference.transport import Answer, NoAnswer
from .record import mutant

BUCKET = "https://s3.us-east-1.amazonaws.com/asset.1min.ai"


# ---- waiting -------------------------------------------------------------------------------------------------------


@mutant("onemin.submit.patience")
class OneMinute(OneMinClient):
    """After a minute without an answer the client hangs up."""

    submit_patience = 60.0


@mutant("onemin.submit.patience")
class GatewayTimeout(OneMinClient):
    """A call may take a hundred seconds."""

    default_deadline = 100.0


@mutant("onemin.submit.ordered-once")
class TriesAgain(OneMinClient):
    """A request that was not answered in two minutes is made again."""

    submit_patience = 125.0

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(str(lost), "server", passing=True)


# ---- records -------------------------------------------------------------------------------------------------------


@mutant("onemin.record.uuid-opaque")
class ValidUuid(OneMinClient):
    """The uuid has to be a UUID."""

    def judge(self, body: Any, job: Job) -> None:
        super().judge(body, job)
        job.id = str(UUID(job.id))


@mutant("onemin.record.uuid-opaque")
class UuidChecked(OneMinClient):
    """A record whose uuid has other letters than a UUID is no record."""

    def judge(self, body: Any, job: Job) -> None:
        super().judge(body, job)
        if set(job.id) - set("0123456789abcdef-"):
            raise self.error("the record has no valid uuid", "protocol", job=job)


@mutant("onemin.record.failure-told")
class StatusOverlooked(OneMinClient):
    """A record is a success, since HTTP says so."""

    def judge(self, body: Any, job: Job) -> None:
        job.id = at(body, "aiRecord", "uuid") or ""

    def without_images(self, body: Any, job: Job) -> ClientError:
        raise IndexError("list index out of range")


@mutant("onemin.record.failure-told")
class OnlyFailedFails(OneMinClient):
    """Only FAILED is a failure; a record with any other status is a result."""

    def judge(self, body: Any, job: Job) -> None:
        if self.status_of(body) == "FAILED":
            raise self.failure(self.complaint(body), job)

    def result(self, body: Any, job: Job) -> Result:
        return Result(images=tuple(self.images_of(body)))


@mutant("onemin.record.incomplete-told")
class SuccessWithoutImage(OneMinClient):
    """A record without an address is a result without images."""

    def result(self, body: Any, job: Job) -> Result:
        return super().result(body, job) if self.images_of(body) else Result(images=(), task_id=job.id)


@mutant("onemin.record.incomplete-told")
class RecordTakenForGranted(OneMinClient):
    """Every answer is taken to have a record with an address."""

    def judge(self, body: Any, job: Job) -> None:
        super().judge(body["aiRecord"] and body, job)

    def images_of(self, body: Any) -> Sequence[Image]:
        return [Image(url=body["aiRecord"]["temporaryUrl"])]


@mutant("onemin.record.incomplete-told")
class AnythingGoes(OneMinClient):
    """What is no JSON is an empty object, and that is a result without images."""

    def readable(self, answer: Answer) -> Any:
        return answer.json if isinstance(answer.json, dict) else {}

    def judge(self, body: Any, job: Job) -> None:
        """No record is no failure."""

    def result(self, body: Any, job: Job) -> Result:
        return Result(images=tuple(self.images_of(body)))


# ---- addresses -----------------------------------------------------------------------------------------------------


@mutant("onemin.media.address")
class StorageKeys(OneMinClient):
    """The storage keys are handed over, after the host that they are thought to have."""

    def images_of(self, body: Any) -> Sequence[Image]:
        keys = rows_at(body, "aiRecord", "aiRecordDetail", "resultObject")
        return [Image(url=f"{BUCKET}/{key}") for key in keys]


@mutant("onemin.media.address")
class KeysAsWell(OneMinClient):
    """Storage keys beyond the first are handed over beside the address."""

    def images_of(self, body: Any) -> Sequence[Image]:
        keys = rows_at(body, "aiRecord", "aiRecordDetail", "resultObject")
        return [*super().images_of(body), *(Image(url=f"{BUCKET}/{key}") for key in keys[1:])]


@mutant("onemin.media.signed-url-kept")
class QueryCutOff(OneMinClient):
    """The query is cut off the URL, since it looks like tracking."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [Image(url=(image.url or "").partition("?")[0]) for image in super().images_of(body)]


@mutant("onemin.media.signed-url-kept")
class UnquotedUrl(OneMinClient):
    """The URL is made readable."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [Image(url=unquote(image.url or "")) for image in super().images_of(body)]


@mutant("onemin.media.signed-url-kept")
class QuotedTwice(OneMinClient):
    """The URL is quoted although it is already."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [Image(url=quote(image.url or "", safe=":/?&=")) for image in super().images_of(body)]


class _Fetching(OneMinClient):
    """A client that fetches its images."""

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        result = await super().work(request, job)
        images = [Image(data=await self.fetched(image.url or "")) for image in result.images]
        return replace(result, images=tuple(images))

    async def fetched(self, url: str) -> bytes:
        return (await self.transport.send("GET", url, headers={})).content


@mutant("onemin.media.signed-query", "onemin.media.address")
class FetchedUnsigned(_Fetching):
    """Images are fetched without their query, and the store's refusal is kept as the image."""

    async def fetched(self, url: str) -> bytes:
        return await super().fetched(url.partition("?")[0])


@mutant("onemin.media.signed-query")
class CacheBuster(_Fetching):
    """Something is added to the query, so that no cache answers."""

    async def fetched(self, url: str) -> bytes:
        return await super().fetched(f"{url}&t={self.now():.0f}")


@mutant("onemin.media.temporary-url")
class KeyFetchedFromApi(_Fetching):
    """The image is fetched from the host of the API, by its storage key."""

    def images_of(self, body: Any) -> Sequence[Image]:
        keys = rows_at(body, "aiRecord", "aiRecordDetail", "resultObject")
        return [Image(url=f"{self._base_url}/{key}") for key in keys[:1]]


# ---- errors --------------------------------------------------------------------------------------------------------


@mutant("onemin.error.category")
class CategoryFromWords(OneMinClient):
    """What kind of error it is is told by the words at the top of its body."""

    def complaint(self, body: Any) -> Complaint:
        return Complaint(message=at(body, "message") or "")

    def category(self, status: int, complaint: Complaint) -> Category:
        kinds: dict[str, Category] = {"key": "auth", "credits": "credits", "many": "rate_limited", "invalid": "invalid"}
        return next((kind for word, kind in kinds.items() if word in complaint.message.lower()), "server")


@mutant("onemin.error.category")
class EmptyAccountIsWrongRequest(OneMinClient):
    """402 is one of many 4xx."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "invalid" if status == 402 else super().category(status, complaint)


@mutant("onemin.error.category")
class FaultIsWrongRequest(OneMinClient):
    """Whatever is no success was a wrong request."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "invalid"
