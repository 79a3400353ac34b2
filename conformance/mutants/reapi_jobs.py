"""Clients of reAPI that lose a job, or what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

from ..client import Category, ClientError, GenerateRequest, Image, Result
from ..reference.failures import Complaint
from ..reference.job import Job
from ..reference.reapi import ReapiClient
from ..reference.transport import Answer, NoAnswer
from .record import mutant

# ---- polls ---------------------------------------------------------------------------------------------------------


@mutant("reapi.poll.id-of-answer")
class TaskIdField(ReapiClient):
    """The id is looked for under the name that the text gives it."""

    id_field = "task_id"


@mutant("reapi.poll.id")
class BareId(ReapiClient):
    """The prefix of the id is cut off."""

    def poll_path(self, id: str) -> str:
        return super().poll_path(id.removeprefix("task_"))


@mutant("reapi.poll.endpoint")
class SingularPath(ReapiClient):
    """Polls go to a path of which one letter is missing."""

    def poll_path(self, id: str) -> str:
        return f"/api/v1/task/{id}"


@mutant("reapi.poll.first-wait")
class Impatient(ReapiClient):
    """The first poll comes after two seconds."""

    first_wait = 2.0


@mutant("reapi.poll.middle-band")
class EverySecond(ReapiClient):
    """Polls are a second apart."""

    rhythm = ((180.0, 1.0), (inf, 10.0))


@mutant("reapi.poll.middle-band")
class EveryHalfMinute(ReapiClient):
    """Polls are half a minute apart from the first."""

    rhythm = ((180.0, 30.0), (inf, 30.0))


@mutant("reapi.poll.late-band")
class SameRhythm(ReapiClient):
    """Polls stay four seconds apart, however long it takes."""

    rhythm = ((180.0, 4.0), (inf, 4.0))


@mutant("reapi.poll.late-band")
class DoublingWait(ReapiClient):
    """Each wait is twice as long as the one before, without a limit."""

    def next_wait(self, age: float) -> float:
        return 4.0 if age < 180 else age / 3


@mutant("reapi.poll.end-believed")
class WaitsThenFetches(ReapiClient):
    """One loop waits for the end and throws the answer away, so that the result has to be asked for again."""

    async def poll(self, job: Job) -> Any:
        body = await super().poll(job)
        return await super().poll(job) if self.is_over(body) else body


@mutant("reapi.poll.not-once-more", "reapi.poll.end-believed")
class OneRoundMore(ReapiClient):
    """The status is looked at before the poll and not after it, so that there is one poll too many."""

    async def poll(self, job: Job) -> Any:
        body = await super().poll(job)
        if self.is_over(body):
            await self.pause(self.next_wait(job.age))
            return await super().poll(job)
        return body


@mutant("reapi.poll.stop-at-end", "reapi.poll.failed-error")
class FailedIsNoEnd(ReapiClient):
    """Only success ends the wait."""

    failed: frozenset[str] = frozenset()


@mutant("reapi.poll.null-while-processing")
class OutputIsTheEnd(ReapiClient):
    """A task with the key `output` is taken to be done."""

    def is_over(self, body: Any) -> bool:
        return "output" in body or super().is_over(body)


@mutant("reapi.poll.null-while-processing")
class ErrorKeyIsAnError(ReapiClient):
    """A task with the key `error` is taken to have failed, null or not."""

    def is_over(self, body: Any) -> bool:
        if "error" in body and body.get("status") == "processing":
            raise self.error("the task failed", "failed")
        return super().is_over(body)


@mutant("reapi.poll.unknown-status")
class ThreeWords(ReapiClient):
    """A status that is not in the table ends the call."""

    def is_over(self, body: Any) -> bool:
        if self.status_of(body) not in ("processing", "completed", "failed"):
            raise self.error(f"unknown status {self.status_of(body)}", "protocol")
        return super().is_over(body)


# ---- endings -------------------------------------------------------------------------------------------------------


@mutant("reapi.result.all-urls")
class FirstImage(ReapiClient):
    """One image is handed over, however many there are."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[:1]


@mutant("reapi.result.all-urls")
class LastImageFirst(ReapiClient):
    """The images are collected at the wrong end of a list."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[::-1]


@mutant("reapi.result.all-urls")
class InOrderOfArrival(ReapiClient):
    """The images are fetched all at once and handed over as they come in."""

    async def follow(self, job: Job) -> Result:
        result = await super().follow(job)
        fetched = [await self.transport.send("GET", image.url or "", headers={}) for image in result.images[::-1]]
        return replace(result, images=tuple(Image(data=answer.content) for answer in fetched))


@mutant("reapi.poll.failed-error")
class FailedWithoutCode(ReapiClient):
    """A failed task raises an error that says so and no more."""

    def failure(self, complaint: Complaint, job: Job) -> ClientError:
        return self.error("the task failed", "failed", job=job)


@mutant("reapi.poll.failed-message")
class CodeAlone(ReapiClient):
    """A failed task raises an error with its code and without its message."""

    def failure(self, complaint: Complaint, job: Job) -> ClientError:
        return super().failure(complaint._replace(message=""), job)


@mutant("reapi.poll.failed-error", "reapi.failure.distinct")
class AnyFailureIsOne(ReapiClient):
    """Every failed task has the code of the last row of the table."""

    def reason_of(self, body: Any) -> Complaint:
        return super().reason_of(body)._replace(code=80003, message="generation failed")


@mutant("reapi.failure.moderated")
class ModeratedAgain(ReapiClient):
    """A job that failed is submitted once more, whatever it failed for."""

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        try:
            return await super().work(request, job)
        except ClientError:
            return await super().work(request, job)


@mutant("reapi.failure.moderated")
class ModeratedIsTheServer(ReapiClient):
    """A moderated task is reported as trouble of the server, as if it might pass the next time."""

    def failure(self, complaint: Complaint, job: Job) -> ClientError:
        return self.error("internal error, try again later", "server", job=job)


@mutant("reapi.error.category")
class StatusDecides(ReapiClient):
    """The kind of an error is told by the HTTP status alone."""

    categories: dict[str, Category] = {}


@mutant("reapi.error.category")
class EverythingIsInvalid(ReapiClient):
    """Every refusal is a bad request."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "invalid"


@mutant("reapi.error.category")
class CodeWasText(ReapiClient):
    """The code is compared with a string, so that no code is ever known."""

    def category(self, status: int, complaint: Complaint) -> Category:
        known: dict[str | int | None, Category] = {"10003": "auth", "20003": "invalid", "30001": "credits"}
        return known.get(complaint.code, "server")


@mutant("reapi.error.request-id")
class NoRequestId(ReapiClient):
    """The request_id of a refusal is not kept."""

    def complaint(self, body: Any) -> Complaint:
        return super().complaint(body)._replace(request_id=None)


@mutant("reapi.poll.survives-internal-error")
class OneLostPoll(ReapiClient):
    """A server error on a poll ends the call, and nobody learns which job it was."""

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        return self.refusal(answer, self.complaint(answer.json), "server")


@mutant("reapi.poll.survives-internal-error")
class LostPollIsTheEnd(ReapiClient):
    """A server error on a poll is reported as a failed job."""

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        return self.failure(self.complaint(answer.json), job)


@mutant("reapi.submit.no-blind-repeat")
class SubmitsAgain(ReapiClient):
    """A submit whose answer was lost is sent again."""

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"no answer: {lost}", "server", passing=True)


@mutant("reapi.poll.default-deadline")
class NinetySeconds(ReapiClient):
    """The call ends after ninety seconds where nobody says otherwise."""

    default_deadline = 90.0


@mutant("reapi.result.expiry")
class OneDayOnly(ReapiClient):
    """The URLs of another provider live for a day."""

    url_life = 86_400.0


@mutant("reapi.result.expiry")
class ExpiryInMilliseconds(ReapiClient):
    """The time at which URLs lapse is told in milliseconds."""

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        told = super().expires_at(images, job)
        return told and told * 1_000
