"""Clients of providers that answer a submit with the id of a job, which is polled until it ends."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from math import inf
from typing import Any
from urllib.parse import quote

from ..client import ClientError, GenerateRequest, Result
from .client import ReferenceClient
from .failures import Complaint, Passing
from .job import Job
from .json_values import text_at
from .transport import Answer, NoAnswer


class PolledClient(ReferenceClient):
    """Waits for a job.

    `first_wait` is from the submit to the first poll, `rhythm` how long to wait after a poll: until the job is so old,
    so long. `poll_patience` is how long a poll may stay without a byte of an answer. So many as `most_lost_polls` in a
    row are taken before the call ends; the job may be resumed then.
    """

    id_field: str
    status_field = "status"
    done: frozenset[str]
    failed: frozenset[str]
    cancelled: frozenset[str] = frozenset()
    poll_patience: float | None = 20.0
    first_wait = 5.0
    rhythm: tuple[tuple[float, float], ...] = ((180.0, 5.0), (inf, 10.0))
    most_lost_polls = 10
    passing_polls: frozenset[str] = frozenset({"rate_limited", "server", "protocol"})

    @abstractmethod
    def poll_path(self, id: str) -> str:
        """Where a job is polled; the id is quoted already."""

    @abstractmethod
    def reason_of(self, body: Any) -> Complaint:
        """Why a job failed."""

    async def resume(self, task_id: str) -> Result:
        """The images of a job that was submitted before. Raises ClientError."""
        job = replace(self._known.get(task_id, Job(task_id)), stopped=False, limit=None)
        return await self.within_deadline(job, self.follow(job))

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        """Submit, and wait for the end of the job. Raises ClientError."""
        answer = await self.submit(request, job)
        self.accept(answer, job)
        if self.is_over(answer.json):
            return self.outcome(answer.json, job)
        return await self.follow(job)

    def accept(self, answer: Answer, job: Job) -> None:
        """Take the id from the answer to a submit. Raises ClientError."""
        id = self.id_of(answer.json)
        if id is None:
            text = "the submit was accepted, so there may be a job that is paid, but the answer has no id"
            raise self.error(text, "ambiguous", self.complaint(answer.json), answer=answer)
        job.id = id
        job.submitted = asyncio.get_running_loop().time()
        job.unfinished = self.now()

    def id_of(self, body: Any) -> str | None:
        """The id in the answer to a submit."""
        return text_at(body, self.id_field)

    async def follow(self, job: Job) -> Result:
        """Poll until the end of the job. Raises ClientError."""
        self._known[job.id] = job
        await self.pause(self.pause_before_first_poll(job))
        lost = 0
        while True:
            try:
                body = await self.poll(job)
            except Passing as problem:
                lost += 1
                pause = self.pause_after_lost_poll(problem, lost, job)
                if lost > self.most_lost_polls or pause >= job.seconds_left:
                    raise
            else:
                if self.is_over(body):
                    return self.outcome(body, job)
                lost, job.unfinished = 0, self.now()
                pause = self.next_wait(job.age)
            await self.pause(pause)

    def pause_before_first_poll(self, job: Job) -> float:
        """Seconds until the first poll, which for a resumed job may be due."""
        return max(0.0, self.first_wait - job.age)

    def next_wait(self, age: float) -> float:
        """Seconds from one poll to the next for a job of this age."""
        return next(wait for until, wait in self.rhythm if age < until or until == inf)

    def pause_after_lost_poll(self, problem: ClientError, lost: int, job: Job) -> float:
        """Seconds to wait after so many polls in a row without an answer of use."""
        return max(self.next_wait(job.age), self.backoff(lost), problem.retry_after or 0.0)

    async def poll(self, job: Job) -> Any:
        """What the provider says of a job, as JSON. Raises Passing where a poll was lost, or another ClientError."""
        path = self.poll_path(quote(job.id, safe=""))
        try:
            answer = await self.send("GET", path, self.poll_headers(), None, self.poll_patience)
        except NoAnswer as lost:
            raise self.on_lost_poll(lost, job) from None
        if self.is_refusal(answer):
            raise self.refused_poll(answer, job)
        if not isinstance(answer.json, dict):
            raise self.unreadable_poll(answer, job)
        return answer.json

    def poll_headers(self) -> dict[str, str]:
        """The headers of a poll."""
        return {**self.auth_headers(), "Accept": "application/json"}

    def on_lost_poll(self, lost: NoAnswer, job: Job) -> ClientError:
        """The error of a poll that was not answered; the job goes on."""
        return self.error(f"a poll was lost: {lost}", "server", job=job, passing=True)

    def refused_poll(self, answer: Answer, job: Job) -> ClientError:
        """The error of a poll that was answered with an error."""
        complaint = self.complaint(answer.json)
        category = self.category(answer.status, complaint)
        return self.refusal(answer, complaint, category, job, passing=category in self.passing_polls)

    def unreadable_poll(self, answer: Answer, job: Job) -> ClientError:
        """The error of a poll whose answer makes no sense; the next may."""
        return self.error(
            "a poll was not answered with a JSON object", "protocol", job=job, answer=answer, passing=True
        )

    def status_of(self, body: Any) -> str:
        """The word for the state of the job; empty where there is none."""
        return text_at(body, self.status_field) or ""

    def is_done(self, status: str) -> bool:
        """Whether the images are ready."""
        return status in self.done

    def is_failed(self, status: str) -> bool:
        """Whether the job failed; a word that nobody has heard of is neither this nor any other end."""
        return status in self.failed

    def is_cancelled(self, status: str) -> bool:
        """Whether somebody cancelled the job."""
        return status in self.cancelled

    def is_over(self, body: Any) -> bool:
        """Whether no poll is needed any more."""
        status = self.status_of(body)
        return self.is_done(status) or self.is_failed(status) or self.is_cancelled(status)

    def outcome(self, body: Any, job: Job) -> Result:
        """The result of a job that is over. Raises ClientError."""
        self._known.pop(job.id, None)
        status = self.status_of(body)
        if self.is_cancelled(status):
            raise self.error("the job was cancelled", "cancelled", self.reason_of(body), job)
        if self.is_failed(status):
            raise self.failure(self.reason_of(body), job)
        return self.result(body, job)
