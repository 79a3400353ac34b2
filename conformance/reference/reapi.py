"""reAPI (000_689184e2825e36ff.txt): submit, wait for half a minute, poll."""

from collections.abc import Sequence
from math import inf
from typing import Any

from ..client import Category, GenerateRequest, Image, Url
from .dialect import MODEL
from .failures import Complaint
from .json_values import at, rows_at
from .polled import PolledClient
from .transport import Answer
from .wishes import RATIOS, Offer

MODERATED = 80006  # the provider's own client knows it, the document does not


class ReapiClient(PolledClient):
    """A client of reAPI."""

    provider = "reapi"
    offer = Offer(ratios=RATIOS, counts=range(1, 5), channels=("default", "official"), images=(Url,), most_images=14)
    id_field = "id"
    done = frozenset({"completed"})
    failed = frozenset({"failed"})
    first_wait = 30.0
    rhythm = ((180.0, 4.0), (inf, 10.0))
    url_life = 7 * 86_400.0
    models = {"default": MODEL, "official": f"{MODEL}-official"}
    categories: dict[str, Category] = {"1": "auth", "2": "invalid", "3": "credits", "5": "rate_limited", "6": "server"}

    def submit_path(self, request: GenerateRequest) -> str:
        """Where a request is sent."""
        return "/api/v1/images/generations"

    def poll_path(self, id: str) -> str:
        """Where a job is polled."""
        return f"/api/v1/tasks/{id}"

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        """Without `size` a result with references has the shape of the first of them."""
        body: dict[str, Any] = {"model": self.models[request.channel or "default"], "prompt": request.prompt}
        if request.ratio is not None:
            body["size"] = request.ratio
        if request.resolution is not None:
            body["resolution"] = request.resolution
        if request.count is not None:
            body["n"] = request.count
        if request.images:
            body["image_urls"] = [image.url for image in request.images if isinstance(image, Url)]
        return body

    def reason_of(self, body: Any) -> Complaint:
        """A failed job has the error of a refused request."""
        return self.complaint(body)

    def is_refusal(self, answer: Answer) -> bool:
        """An error may come with status 200; a failed task has an error, too, but it has an id."""
        return super().is_refusal(answer) or (self.id_of(answer.json) is None and bool(at(answer.json, "error")))

    def category(self, status: int, complaint: Complaint) -> Category:
        """The first digit of the code tells it; where there is no code, the status."""
        return self.categories.get(str(complaint.code)[:1]) or super().category(status, complaint)

    def is_moderated(self, complaint: Complaint) -> bool:
        """Moderation has a code of its own."""
        return complaint.code == MODERATED or super().is_moderated(complaint)

    def images_of(self, body: Any) -> Sequence[Image]:
        """The URLs in order."""
        return [Image(url=url) for url in rows_at(body, "output", "image_urls") if isinstance(url, str)]
