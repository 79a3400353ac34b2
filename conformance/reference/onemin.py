"""1min.ai (004_f6cf891aa6c661aa.txt): one feature call, whose image lies behind a signed URL."""

from collections.abc import Sequence
from typing import Any

from ..client import GenerateRequest, Image
from .dialect import MODEL
from .direct import DirectClient
from .expiry import signed_until
from .failures import Complaint
from .job import Job
from .json_values import at, text_at
from .wishes import Offer


class OneMinClient(DirectClient):
    """A client of 1min.ai."""

    provider = "onemin"
    offer = Offer(temperatures=(0.0, 2.0), top_ps=(0.0, 1.0))
    default_size = "1K"
    done = frozenset({"SUCCESS"})

    def auth_headers(self) -> dict[str, str]:
        """A header of the provider's own."""
        return {"API-KEY": self._key}

    def submit_path(self, request: GenerateRequest) -> str:
        """Where a request is sent."""
        return "/api/features"

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        """The size is required, although it has a default."""
        wanted: dict[str, Any] = {"prompt": request.prompt, "imageSize": request.resolution or self.default_size}
        if request.temperature is not None:
            wanted["temperature"] = request.temperature
        if request.top_p is not None:
            wanted["topP"] = request.top_p
        return {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": wanted}

    def complaint(self, body: Any) -> Complaint:
        """The message stands at the top or inside `error`: no body is documented."""
        return Complaint(message=text_at(body, "message") or text_at(body, "error", "message") or "")

    def status_of(self, body: Any) -> str:
        """The word for what became of the request."""
        return text_at(body, "aiRecord", "status") or ""

    def judge(self, body: Any, job: Job) -> None:
        """A record that is no success comes with HTTP status 200, too. Raises ClientError."""
        if not isinstance(at(body, "aiRecord"), dict):
            raise self.error("the answer has no record", "protocol", self.complaint(body), job)
        job.id = text_at(body, "aiRecord", "uuid") or ""
        if self.status_of(body) not in self.done:
            raise self.failure(self.complaint(body), job)

    def images_of(self, body: Any) -> Sequence[Image]:
        """The one URL; the result beside it is a storage key."""
        url = text_at(body, "aiRecord", "temporaryUrl")
        return [Image(url=url)] if url else []

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        """When the signature lapses."""
        return signed_until(images[0].url or "")
