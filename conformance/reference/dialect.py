"""What is said to a provider and what it says: the part of a client in which providers differ."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from ..client import Category, ClientError, GenerateRequest, Image
from .failures import NOTHING_SAID, Complaint, Passing
from .job import Job
from .json_values import at, code_at, text_at
from .transport import Answer
from .wishes import Offer, objections

MODEL: Final = "gemini-3-pro-image-preview"


class Dialect(ABC):
    """One provider's words, in methods without side effects. `url_life` is in seconds, None where it has no end."""

    provider: ClassVar[str]
    offer: ClassVar[Offer]
    url_life: float | None = None
    _key: str

    # ---- what is said ------------------------------------------------------------------------------------------

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        """The request in the documents' spelling: `2k` is `2K`."""
        return replace(request, resolution=request.resolution and request.resolution.upper())

    def check(self, request: GenerateRequest) -> None:
        """Refuse what the provider does not offer, so that nothing is sent. Raises ClientError."""
        for objection in objections(request, self.offer):
            raise self.error(objection.text, objection.category)

    @abstractmethod
    def submit_path(self, request: GenerateRequest) -> str:
        """Where a request is sent."""

    @abstractmethod
    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        """The JSON body of a submit; what was not asked for is not in it."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        """A body as it goes over the wire."""
        return json.dumps(body).encode()

    def auth_headers(self) -> dict[str, str]:
        """The key, where the provider wants it."""
        return {"Authorization": f"Bearer {self._key}"}

    def submit_headers(self) -> dict[str, str]:
        """The headers of a submit."""
        return {**self.auth_headers(), "Content-Type": "application/json", "Accept": "application/json"}

    # ---- what is heard -----------------------------------------------------------------------------------------

    @abstractmethod
    def images_of(self, body: Any) -> Sequence[Image]:
        """The images in the JSON of a success, in order."""

    def complaint(self, body: Any) -> Complaint:
        """What an error's body says, if anything."""
        error = at(body, "error")
        return Complaint(code_at(error, "code"), text_at(error, "message") or "", text_at(error, "request_id"))

    def retry_after_of(self, answer: Answer) -> float | None:
        """Seconds for which the provider wants to be left alone."""
        return answer.retry_after

    def is_refusal(self, answer: Answer) -> bool:
        """Whether a request was not accepted."""
        return not answer.ok

    def category(self, status: int, complaint: Complaint) -> Category:
        """What kind of failure an HTTP status tells of."""
        named: dict[int, Category] = {401: "auth", 402: "credits", 403: "auth", 429: "rate_limited"}
        if status in named:
            return named[status]
        if 400 <= status < 500:
            return "invalid"
        return "server" if status >= 500 else "protocol"

    def is_moderated(self, complaint: Complaint) -> bool:
        """Whether a job failed because of what it shows."""
        words = f"{complaint.code} {complaint.message}".lower()
        return any(word in words for word in ("content policy", "moderat", "safety", "prohibited", "rejected"))

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        """When the URLs of a result lapse at the earliest (unix seconds)."""
        return None if self.url_life is None or job.unfinished is None else job.unfinished + self.url_life

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        """The provider's counts."""
        return {}

    def conversation_of(self, body: Any, job: Job) -> Any:
        """What a follow-up starts from."""
        return None

    # ---- what the caller is told -------------------------------------------------------------------------------

    def without_images(self, body: Any, job: Job) -> ClientError:
        """The error of a success that has no image in it."""
        return self.error("the job is done, but there is no image", "failed", job=job)

    def failure(self, complaint: Complaint, job: Job) -> ClientError:
        """The error of a job that failed."""
        category: Category = "blocked" if self.is_moderated(complaint) else "failed"
        return self.error(complaint.message or "the job failed without a reason", category, complaint, job)

    def refusal(
        self, answer: Answer, complaint: Complaint, category: Category, job: Job | None = None, *, passing: bool = False
    ) -> ClientError:
        """The error of a request that was answered with an error."""
        text = f"HTTP {answer.status}: {complaint.message or 'no reason given'}"
        return self.error(text, category, complaint, job, passing=passing, answer=answer)

    def error(
        self,
        text: str,
        category: Category,
        complaint: Complaint = NOTHING_SAID,
        job: Job | None = None,
        *,
        passing: bool = False,
        answer: Answer | None = None,
    ) -> ClientError:
        """Any error, without the key in case that the provider repeated it."""
        return (Passing if passing else ClientError)(
            self.without_key(f"{self.provider}: {text}"),
            category=category,
            code=complaint.code,
            request_id=complaint.request_id,
            task_id=(job.id or None) if job else None,
            retry_after=self.retry_after_of(answer) if answer else None,
            status=answer.status if answer else None,
        )

    def without_key(self, text: str) -> str:
        """A text with stars in the place of the key."""
        return text.replace(self._key, "***") if self._key else text
