"""Clients of GMI Cloud that lose a request, or what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..client import Category, Image, Result
from ..reference.failures import Complaint
from ..reference.gmicloud import GmiCloudClient
from ..reference.job import Job
from ..reference.json_values import text_at
from .record import mutant

# ---- polls ---------------------------------------------------------------------------------------------------------


@mutant("gmicloud.poll.endpoint")
class StatusPath(GmiCloudClient):
    """Polls go to a path with `/status` at its end, as they do elsewhere."""

    def poll_path(self, id: str) -> str:
        return f"{super().poll_path(id)}/status"


@mutant("gmicloud.auth.bearer")
class KeylessPolls(GmiCloudClient):
    """The key is sent with the submit only."""

    def poll_headers(self) -> dict[str, str]:
        return {"Accept": "application/json"}


@mutant("gmicloud.poll.id")
class BareHexId(GmiCloudClient):
    """The id is taken for a UUID and written without its hyphens."""

    def poll_path(self, id: str) -> str:
        return super().poll_path(id.replace("-", ""))


@mutant("gmicloud.poll.follows-answer")
class IdField(GmiCloudClient):
    """The id is looked for in `id`."""

    id_field = "id"


@mutant("gmicloud.poll.follows-answer")
class ModelForId(GmiCloudClient):
    """The model is taken for the name of the request."""

    id_field = "model"


@mutant("gmicloud.poll.stop-at-end", "gmicloud.poll.waits-for-end", "gmicloud.result.all-urls")
class CompletedAwaited(GmiCloudClient):
    """The word for a success is that of another provider, so that polls never end."""

    done = frozenset({"completed"})


@mutant("gmicloud.poll.not-once-more")
class OnceMore(GmiCloudClient):
    """The record is fetched again after its end, to be sure."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=deadline)
        self.sure = False

    def is_over(self, body: Any) -> bool:
        over = super().is_over(body)
        was, self.sure = self.sure, over
        return over and was


@mutant("gmicloud.poll.waits-for-end")
class QueuedForEver(GmiCloudClient):
    """Only `queued` is waited out; `processing` is taken for something bad."""

    def is_failed(self, status: str) -> bool:
        return status not in ("queued", "success", "cancelled")


@mutant("gmicloud.poll.waits-for-end")
class OutcomeIsEnd(GmiCloudClient):
    """Whether a request is done is told by whether its record has an outcome."""

    def is_over(self, body: Any) -> bool:
        return "outcome" in body or super().is_over(body)


@mutant("gmicloud.poll.waits-for-end")
class OnePoll(GmiCloudClient):
    """The first poll is expected to bring the image."""

    def is_over(self, body: Any) -> bool:
        return self.status_of(body) != "queued" or "payload" in body


@mutant("gmicloud.poll.cancelled-told")
class CancelledIsFailed(GmiCloudClient):
    """What was cancelled is reported as failed."""

    failed = frozenset({"failed", "cancelled"})
    cancelled = frozenset()


@mutant("gmicloud.poll.cancelled-told")
class CancelledUnknown(GmiCloudClient):
    """`cancelled` is not known, and waited out."""

    cancelled = frozenset()


@mutant("gmicloud.poll.cancelled-told")
class AmericanSpelling(GmiCloudClient):
    """`cancelled` is looked for with one l."""

    cancelled = frozenset({"canceled"})


@mutant("gmicloud.poll.failed-told", "gmicloud.poll.stop-at-end")
class FailedUnknown(GmiCloudClient):
    """The word for a failure is that of another provider, so that the end is waited for in vain."""

    failed = frozenset({"error", "failure"})


@mutant("gmicloud.poll.failed-told")
class FailedIsEmpty(GmiCloudClient):
    """A failure is a success without images."""

    def outcome(self, body: Any, job: Job) -> Result:
        if self.is_failed(self.status_of(body)):
            return Result(images=(), task_id=job.id)
        return super().outcome(body, job)


@mutant("gmicloud.failure.reason-told")
class ReasonAtTheTop(GmiCloudClient):
    """The reason of a failure is looked for at the top of the record only."""

    def reason_of(self, body: Any) -> Complaint:
        return Complaint(message=text_at(body, "error") or "")


@mutant("gmicloud.failure.reason-told")
class ReasonInOutcome(GmiCloudClient):
    """The reason of a failure is looked for in the outcome only."""

    def reason_of(self, body: Any) -> Complaint:
        return Complaint(message=text_at(body, "outcome", "error", "message") or "")


# ---- results -------------------------------------------------------------------------------------------------------


@mutant("gmicloud.result.all-urls")
class FirstUrl(GmiCloudClient):
    """Only the first image is handed over."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[:1]


@mutant("gmicloud.result.all-urls")
class NewestFirst(GmiCloudClient):
    """The images are handed over the other way round."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[::-1]


@mutant("gmicloud.result.all-urls")
class NumberedFromOne(GmiCloudClient):
    """The images are picked by their ids, from one on."""

    def images_of(self, body: Any) -> Sequence[Image]:
        by_id = {row["id"]: row["url"] for row in body["outcome"]["media_urls"]}
        return [Image(url=by_id[str(number)]) for number in range(1, len(by_id) + 1) if str(number) in by_id]


@mutant("gmicloud.result.all-urls")
class UnsignedUrl(GmiCloudClient):
    """The query is cut off the URL, to make a file name of it."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [Image(url=(image.url or "").partition("?")[0]) for image in super().images_of(body)]


@mutant("gmicloud.result.next-turn-optional")
class TurnsRequired(GmiCloudClient):
    """Every record is taken to have turns to go on from."""

    def conversation_of(self, body: Any, job: Job) -> Any:
        return body["outcome"]["next_turn_contents"]


@mutant("gmicloud.result.true-type")
class TypeFromUrl(GmiCloudClient):
    """The type of an image is read off the end of its URL."""

    def images_of(self, body: Any) -> Sequence[Image]:
        images = super().images_of(body)
        return [replace(image, mime="image/jpeg" if ".jpg" in (image.url or "") else "image/png") for image in images]


@mutant("gmicloud.result.true-type")
class AlwaysPng(GmiCloudClient):
    """Every image is called a PNG."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [replace(image, mime="image/png") for image in super().images_of(body)]


# ---- errors --------------------------------------------------------------------------------------------------------


@mutant("gmicloud.error.category")
class CategoryFromWords(GmiCloudClient):
    """What kind of error it is is told by the words of its body, where there are some."""

    def category(self, status: int, complaint: Complaint) -> Category:
        words = complaint.message.lower()
        kinds: dict[str, Category] = {"key": "auth", "credits": "credits", "rate limit": "rate_limited"}
        return next((kind for word, kind in kinds.items() if word in words), "server" if status >= 500 else "invalid")


@mutant("gmicloud.error.category")
class EmptyAccountIsWrongRequest(GmiCloudClient):
    """402 is one of many 4xx."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "invalid" if status == 402 else super().category(status, complaint)


@mutant("gmicloud.error.category")
class EverythingIsFailure(GmiCloudClient):
    """Whatever was refused has failed."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "failed"
