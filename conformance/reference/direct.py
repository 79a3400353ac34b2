"""Clients of providers that answer a submit with the images."""

from typing import Any

from ..client import GenerateRequest, Result
from .client import ReferenceClient
from .job import Job
from .transport import Answer


class DirectClient(ReferenceClient):
    """Waits for one answer, for as long as the deadline allows: whoever gives up earlier has paid for nothing."""

    default_deadline = 600.0
    submit_patience: float | None = None

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        """Submit, and read the images. Raises ClientError."""
        answer = await self.submit(request, job)
        self.judge(self.readable(answer), job)
        return self.result(answer.json, job)

    def readable(self, answer: Answer) -> Any:
        """The JSON object of an answer. Raises ClientError."""
        if not isinstance(answer.json, dict):
            text = "the submit was accepted and may be paid, but the answer is no JSON object"
            raise self.error(text, "ambiguous", answer=answer)
        return answer.json

    def judge(self, body: Any, job: Job) -> None:
        """Find failure in an answer that was accepted. Raises ClientError."""
