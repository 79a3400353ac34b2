"""From a wish to a result or a typed error: one submit, within a deadline."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..client import Bytes, ClientError, GenerateRequest, Result
from .dialect import Dialect
from .failures import NOTHING_SAID, Passing
from .job import Job
from .references import fetch_reference
from .transport import Answer, NoAnswer, NotSent, Transport


class ReferenceClient(Dialect):
    """A client of one provider. Times are in seconds.

    `deadline` is for one call; `submit_patience` is how long a submit may stay without a byte of an answer.
    """

    default_deadline = 900.0
    submit_patience: float | None = 60.0
    most_submits = 5
    first_backoff, longest_backoff = 5.0, 30.0
    fetches_references = False
    follows_redirects = False
    passing_submits: frozenset[str] = frozenset({"rate_limited"})

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = api_key
        self.deadline = self.default_deadline if deadline is None else deadline
        self.transport = Transport()
        self._known: dict[str, Job] = {}

    async def generate(self, request: GenerateRequest) -> Result:
        """Images for a request. Raises ClientError."""
        request = self.normalised(request)
        self.check(request)
        job = Job()
        return await self.within_deadline(job, self.work(request, job))

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Jobs of the account. Raises ClientError."""
        raise self.error("jobs can't be listed", "unsupported")

    async def resume(self, task_id: str) -> Result:
        """The images of a job that was submitted before. Raises ClientError."""
        raise self.error("there are no jobs to come back to", "unsupported")

    async def cancel(self, task_id: str) -> None:
        """End the call that waits for a job. No document tells how to stop the job itself, so nothing is sent."""
        job = self._known.get(task_id)
        if job is not None and job.limit is not None:
            job.stopped = True
            job.limit.reschedule(asyncio.get_running_loop().time())

    async def close(self) -> None:
        """Close the connections."""
        await self.transport.close()

    @abstractmethod
    async def work(self, request: GenerateRequest, job: Job) -> Result:
        """What there is to do within the deadline. Raises ClientError."""

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        """The work on a job, ended by the deadline whatever it waits for. Raises ClientError."""
        try:
            async with asyncio.timeout(self.deadline) as job.limit:
                return await work
        except TimeoutError:
            raise self.given_up(job) from None
        finally:
            job.limit = None

    def given_up(self, job: Job) -> ClientError:
        """The error of a call that has been ended before its job."""
        if job.stopped:
            return self.error("the call was cancelled", "cancelled", job=job)
        if job.in_flight:
            return self.on_lost_submit(NoAnswer(f"no answer in {self.deadline:g} s"), job)
        return self.error(f"not done in {self.deadline:g} s", "timeout", job=job)

    async def submit(self, request: GenerateRequest, job: Job) -> Answer:
        """The answer to an accepted submit, sent again only where surely no job came of it. Raises ClientError."""
        request = await self.prepare(request)
        job.body = self.build_body(request)
        path, content = self.submit_path(request), self.encode(job.body)
        attempt = 1
        while True:
            try:
                return await self.submit_once(path, content, job)
            except Passing as problem:
                pause = self.pause_before_resubmit(problem, attempt)
                if attempt >= self.most_submits or pause >= job.seconds_left:
                    raise
            await self.pause(pause)
            attempt += 1

    async def submit_once(self, path: str, content: bytes, job: Job) -> Answer:
        """One try. Raises Passing where the submit may be repeated, or another ClientError."""
        job.in_flight = True
        try:
            answer = await self.send("POST", path, self.submit_headers(), content, self.submit_patience)
        except NotSent as problem:
            job.in_flight = False
            raise self.on_unsent_submit(problem) from None
        except NoAnswer as lost:
            raise self.on_lost_submit(lost, job) from None
        job.in_flight = False
        if self.is_refusal(answer):
            raise self.refused_submit(answer, job)
        return answer

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        """The request with reference images as the provider takes them. Raises ClientError."""
        if not self.fetches_references:
            return request
        images = [
            image if isinstance(image, Bytes) else await fetch_reference(self.transport, image.url)
            for image in request.images
        ]
        return replace(request, images=tuple(images))

    def on_unsent_submit(self, problem: NotSent) -> ClientError:
        """The error of a submit that nobody was there to take."""
        return self.error(f"the submit was not sent: {problem}", "server", passing=True)

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        """The error of a submit that may have been taken; to send it again might mean to pay twice."""
        return self.error(f"the submit may have created a job that is paid, but {lost}", "ambiguous", job=job)

    def refused_submit(self, answer: Answer, job: Job) -> ClientError:
        """The error of a submit that was answered with an error."""
        complaint = self.complaint(answer.json)
        category = self.category(answer.status, complaint)
        if category in ("server", "protocol") and complaint == NOTHING_SAID:
            # Not the provider speaks but somebody in between, who does not know what came of the submit behind it.
            category = "ambiguous"
        return self.refusal(answer, complaint, category, job, passing=category in self.passing_submits)

    def pause_before_resubmit(self, problem: ClientError, attempt: int) -> float:
        """Seconds to wait after a submit that was not taken."""
        return self.backoff(attempt) if problem.retry_after is None else problem.retry_after

    def result(self, body: Any, job: Job) -> Result:
        """What is handed over of a success. Raises ClientError where there is no image."""
        images = self.images_of(body)
        if not images:
            raise self.without_images(body, job)
        return Result(
            images=tuple(images),
            task_id=job.id or None,
            expires_at=self.expires_at(images, job),
            usage=self.usage_of(body),
            conversation=self.conversation_of(body, job),
        )

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        """One request to the provider. Raises NoAnswer."""
        return await self.transport.send(
            method,
            f"{self._base_url}{path}",
            headers=headers,
            content=content,
            patience=patience,
            redirects=self.follows_redirects,
        )

    async def pause(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def backoff(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        return min(self.longest_backoff, self.first_backoff * 2.0 ** (failures - 1))

    def now(self) -> float:
        """Unix time."""
        return time.time()
