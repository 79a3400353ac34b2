"""Clients of 3D AI Studio that lose a job, or what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..client import Category, ClientError, Image, Result
from ..reference.failures import Complaint
from ..reference.job import Job
from ..reference.json_values import at
from ..reference.threedai import ThreeDaiClient
from ..reference.transport import Answer
from .record import mutant


class Counting(ThreeDaiClient):
    """Not wrong in itself: says of each submit how often it has been sent before, as some SDKs do."""

    sent = 0

    def submit_headers(self) -> dict[str, str]:
        self.sent += 1
        return super().submit_headers() | {"X-Retry-Count": str(self.sent - 1)}


# ---- polls ---------------------------------------------------------------------------------------------------------


@mutant("threedai.poll.endpoint")
class PluralPath(ThreeDaiClient):
    """Polls go to a path with one letter too many."""

    def poll_path(self, id: str) -> str:
        return f"/v1/generation-requests/{id}/status/"


@mutant("threedai.poll.endpoint")
class NoStatusInPath(ThreeDaiClient):
    """Polls go to the task instead of to its status."""

    def poll_path(self, id: str) -> str:
        return f"/v1/generation-request/{id}/"


@mutant("threedai.poll.task-id")
class NoHyphens(ThreeDaiClient):
    """The hyphens of the id are cut out."""

    def poll_path(self, id: str) -> str:
        return super().poll_path(id.replace("-", ""))


@mutant("threedai.poll.id-of-answer")
class IdField(ThreeDaiClient):
    """The id is looked for under the name that it has elsewhere."""

    id_field = "id"


@mutant("threedai.poll.stop-at-finished", "threedai.result.image-per-entry")
class FinishedIsNoEnd(ThreeDaiClient):
    """The word for success is expected in another tense."""

    done = frozenset({"COMPLETED"})


@mutant("threedai.poll.not-once-more")
class OneRoundMore(ThreeDaiClient):
    """The status is looked at before the poll and not after it, so that there is one poll too many."""

    async def poll(self, job: Job) -> Any:
        body = await super().poll(job)
        if self.is_over(body):
            await self.pause(self.next_wait(job.age))
            return await super().poll(job)
        return body


@mutant("threedai.poll.full-progress")
class FullProgressIsTheEnd(ThreeDaiClient):
    """A task is taken to be done at a progress of 100."""

    def is_over(self, body: Any) -> bool:
        return at(body, "progress") == 100 or super().is_over(body)


@mutant("threedai.poll.full-progress")
class ResultsCounted(ThreeDaiClient):
    """The results are counted at each poll, also where there is no list of them."""

    def is_over(self, body: Any) -> bool:
        if "progress" in body and not isinstance(body.get("results"), list):
            raise self.error("the answer has no results", "protocol")
        return super().is_over(body)


@mutant("threedai.poll.early-results")
class AnyResultIsTheEnd(ThreeDaiClient):
    """A task is taken to be done as soon as there is a result."""

    def is_over(self, body: Any) -> bool:
        return bool(at(body, "results")) or super().is_over(body)


@mutant("threedai.poll.unknown-status")
class KnownWordsOnly(ThreeDaiClient):
    """A status that nobody has heard of ends the call."""

    def is_over(self, body: Any) -> bool:
        if self.status_of(body) not in ("", "PENDING", "IN_PROGRESS", "FINISHED", "FAILED", "ERROR"):
            raise self.error(f"unknown status {self.status_of(body)}", "protocol")
        return super().is_over(body)


@mutant("threedai.poll.failure-ends-wait", "threedai.poll.failure-reason")
class OnlyFinishedEnds(ThreeDaiClient):
    """Only success ends the wait, since no other end is documented."""

    failed: frozenset[str] = frozenset()


@mutant("threedai.poll.failure-reason")
class ReasonLost(ThreeDaiClient):
    """A job that failed is reported without its reason."""

    def reason_of(self, body: Any) -> Complaint:
        return Complaint()


@mutant("threedai.poll.failure-reason")
class FailureTimesOut(ThreeDaiClient):
    """A job that failed is reported as one that took too long."""

    def failure(self, complaint: Complaint, job: Job) -> ClientError:
        return self.error(f"not done: {complaint.message}", "timeout", job=job)


@mutant("threedai.poll.default-deadline")
class TwoMinutes(ThreeDaiClient):
    """The call ends after two minutes where nobody says otherwise, however many images there are."""

    default_deadline = 120.0


# ---- results -------------------------------------------------------------------------------------------------------


@mutant("threedai.result.image-per-entry")
class FirstImage(ThreeDaiClient):
    """One image is handed over, however many there are."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[:1]


@mutant("threedai.result.image-per-entry")
class BothAddresses(ThreeDaiClient):
    """Each of the two addresses of an image is handed over as an image."""

    def images_of(self, body: Any) -> Sequence[Image]:
        assets = [Image(url=row["asset"]) for row in body["results"]]
        return [*super().images_of(body), *assets]


@mutant("threedai.result.image-per-entry")
class LastImageFirst(ThreeDaiClient):
    """The images are collected at the wrong end of a list."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[::-1]


@mutant("threedai.result.not-thumbnail")
class Thumbnails(ThreeDaiClient):
    """The thumbnail is handed over as the image."""

    image_fields = ("thumbnail",)


@mutant("threedai.result.not-thumbnail")
class ThumbnailBytes(ThreeDaiClient):
    """The thumbnail is fetched and handed over as the image."""

    async def follow(self, job: Job) -> Result:
        result = await super().follow(job)
        urls = [(image.url or "").replace("/images/", "/thumbnails/") for image in result.images]
        answers = [await self.transport.send("GET", url, headers={}) for url in urls]
        return replace(result, images=tuple(Image(data=answer.content) for answer in answers))


@mutant("threedai.result.expiry")
class OneWeek(ThreeDaiClient):
    """The URLs of another provider live for a week."""

    url_life = 7 * 86_400.0


@mutant("threedai.result.expiry")
class NoExpiry(ThreeDaiClient):
    """The caller is not told that URLs lapse."""

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        return None


# ---- refusals ------------------------------------------------------------------------------------------------------


@mutant("threedai.error.credits")
class NoCreditsIsInvalid(ThreeDaiClient):
    """An empty wallet is reported as a bad request."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "invalid" if 400 <= status < 429 else super().category(status, complaint)


@mutant("threedai.error.credits")
class CodeInOnePlace(ThreeDaiClient):
    """The code decides, and is looked for in one place of the three where it may be."""

    def complaint(self, body: Any) -> Complaint:
        error = at(body, "error")
        return Complaint(error if isinstance(error, str) else None)

    def category(self, status: int, complaint: Complaint) -> Category:
        return "credits" if complaint.code == "insufficient_credits" else "server" if status == 402 else "invalid"


@mutant("threedai.submit.credits-not-retried", "threedai.error.credits")
class CreditsRetried(Counting):
    """A submit that the wallet cannot pay is sent again."""

    passing_submits = frozenset({"rate_limited", "credits"})


@mutant("threedai.error.invalid")
class InvalidIsTheServer(ThreeDaiClient):
    """Every refusal is reported as trouble of the server."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "server"


@mutant("threedai.submit.invalid-not-retried", "threedai.error.invalid")
class InvalidRetried(Counting):
    """A submit that was refused as invalid is sent again."""

    passing_submits = frozenset({"rate_limited", "invalid"})


@mutant("threedai.error.rate-limit")
class LimitedSubmitAtOnce(ThreeDaiClient):
    """A submit that came too soon is sent again at once."""

    def pause_before_resubmit(self, problem: ClientError, attempt: int) -> float:
        return 0.0


@mutant("threedai.poll.rate-limit-wait", "threedai.error.rate-limit")
class LimitedPollAtOnce(ThreeDaiClient):
    """A poll that came too soon is repeated at once."""

    def pause_after_lost_poll(self, problem: ClientError, lost: int, job: Job) -> float:
        return 0.0


@mutant("threedai.error.rate-limit")
class LimitedIsFailed(ThreeDaiClient):
    """A poll that came too soon is reported as a failed job."""

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        return self.failure(self.complaint(answer.json), job)
