"""Clients that try again too soon, too often, or not at all."""

from __future__ import annotations

from typing import Final

from ..client import ClientError, GenerateRequest, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer
from .shared import each_of

_RETRY_AFTER: Final = ("house.submit.retry-after",)
_LOST: Final = ("house.poll.lost-resumed",)


@each_of(ReapiClient, TokaifyClient, kills=_RETRY_AFTER)
class IgnoresRetryAfter(ReferenceClient):
    """A submit is sent again after the client's own pause, however long the provider wants to be left alone."""

    def pause_before_resubmit(self, problem: ClientError, attempt: int) -> float:
        return self.backoff(attempt)


@each_of(ReapiClient, ThreeDaiClient, GmiCloudClient, kills=("house.poll.lost-for-good",))
class LosesTheIdInTheEnd(PolledClient):
    """When too many polls were lost the error names no job."""

    most_lost_polls = 6

    def on_lost_poll(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"a poll was lost: {lost}", "server", passing=True)

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        error = super().refused_poll(answer, job)
        error.task_id = None
        return error


@each_of(GmiCloudClient, OneMinClient, kills=_RETRY_AFTER)
class RetryAfterInSecondsOnly(ReferenceClient):
    """A Retry-After that is a date is taken for none."""

    first_backoff = 1.0

    def retry_after_of(self, answer: Answer) -> float | None:
        told = answer.headers.get("Retry-After", "")
        return float(told) if told.isdigit() else None


@each_of(ThreeDaiClient, OneMinClient, kills=_RETRY_AFTER)
class CapsRetryAfter(ReferenceClient):
    """No pause is longer than five seconds."""

    async def pause(self, seconds: float) -> None:
        await super().pause(min(5.0, seconds))


@each_of(TokaifyClient, kills=_RETRY_AFTER)
class RetryAfterInMilliseconds(ReferenceClient):
    """Retry-After is taken for milliseconds."""

    def retry_after_of(self, answer: Answer) -> float | None:
        seconds = super().retry_after_of(answer)
        return None if seconds is None else seconds / 1_000.0


@each_of(OneMinClient, GmiCloudClient, kills=("house.submit.refused-once",))
class RetriesEveryError(ReferenceClient):
    """A submit is sent again whatever the provider says against it."""

    passing_submits = frozenset({"rate_limited", "invalid", "auth", "credits", "server"})


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.submit.refused-once",))
class RetriesForbidden(ReferenceClient):
    """A submit is sent again after its key was refused."""

    passing_submits = frozenset({"rate_limited", "auth"})


@each_of(ReapiClient, GmiCloudClient, kills=("house.retry.not-refused", "house.submit.refused-once"))
class CountsItsRetries(ReferenceClient):
    """A submit is sent again after any refusal, with a header that says so."""

    passing_submits = frozenset({"rate_limited", "invalid", "auth", "credits", "server"})
    tries = 0

    def submit_headers(self) -> dict[str, str]:
        self.tries += 1
        return {**super().submit_headers(), "X-Stainless-Retry-Count": str(self.tries - 1)}


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.submit.backs-off",))
class SubmitsAgainAtOnce(ReferenceClient):
    """A submit that was refused for now is sent again without a pause."""

    def pause_before_resubmit(self, problem: ClientError, attempt: int) -> float:
        return 0.0 if problem.retry_after is None else problem.retry_after


@each_of(ReapiClient, kills=("house.submit.backs-off",))
class PausesInMilliseconds(ReferenceClient):
    """The pauses between tries are a thousand times too short."""

    first_backoff, longest_backoff = 0.005, 0.03


@each_of(ReapiClient, GmiCloudClient, kills=_LOST)
class GivesUpLostPolls(PolledClient):
    """One poll that is lost ends the call, and the id of the job with it."""

    def on_lost_poll(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(f"a poll was lost: {lost}", "server")

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        problem = super().refused_poll(answer, job)
        return self.error(str(problem), problem.category, answer=answer)


@each_of(ThreeDaiClient, ReapiClient, kills=_LOST)
class SubmitsAnewWhenPollsFail(PolledClient):
    """A job whose poll was refused is given up, and another is submitted."""

    passing_polls = frozenset({"rate_limited"})

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        try:
            return await super().work(request, job)
        except ClientError as error:
            if error.category != "server" or not job.id:
                raise
            return await super().work(request, Job(limit=job.limit))


@each_of(GmiCloudClient, ThreeDaiClient, kills=_LOST)
class LimitedMeansFailed(PolledClient):
    """A poll that comes too often is taken for the failure of the job."""

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        if answer.status == 429:
            return self.error("the job failed", "failed")
        return super().refused_poll(answer, job)


@each_of(ReapiClient, GmiCloudClient, kills=("house.poll.ends-when-refused",))
class PollsWithRevokedKeys(PolledClient):
    """Polls go on after the key was refused."""

    passing_polls = frozenset({"rate_limited", "server", "auth"})


@each_of(ThreeDaiClient, GmiCloudClient, kills=("house.poll.retry-after",))
class PollsDespiteRetryAfter(PolledClient):
    """Polls keep their own rhythm, however long the provider wants to be left alone."""

    def pause_after_lost_poll(self, problem: ClientError, lost: int, job: Job) -> float:
        return self.next_wait(job.age)


@each_of(ReapiClient, ThreeDaiClient, kills=("house.poll.backs-off",))
class PollsAgainAtOnce(PolledClient):
    """A poll that was lost is repeated without a pause."""

    def pause_after_lost_poll(self, problem: ClientError, lost: int, job: Job) -> float:
        return 0.0 if problem.retry_after is None else problem.retry_after
