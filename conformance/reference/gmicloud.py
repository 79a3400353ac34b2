"""GMI Cloud (002_163dfc06de8826c1.txt): a request queue, a list, and conversations that go on from turn to turn."""

from collections.abc import Mapping, Sequence
from math import inf
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote, urlsplit

from ..client import Category, GenerateRequest, Image, Url
from .dialect import MODEL
from .expiry import signed_until
from .failures import Complaint
from .job import Job
from .json_values import at, code_at, rows_at, text_at
from .polled import PolledClient
from .transport import Answer, NoAnswer
from .wishes import RATIOS, Offer

QUEUE = "/api/v1/ie/requestqueue/apikey/requests"

Turn = Mapping[str, Any]


class GmiCloudClient(PolledClient):
    """A client of GMI Cloud. A conversation is the list of its turns."""

    provider = "gmicloud"
    offer = Offer(
        ratios=RATIOS - {"2:3", "3:2"}, formats=("png", "jpeg"), images=(Url,), most_images=14, longest_prompt=2000,
        follow_up=True,
    )  # fmt: skip
    default_deadline = 600.0
    id_field = "request_id"
    done = frozenset({"success"})
    failed = frozenset({"failed"})
    cancelled = frozenset({"cancelled"})
    first_wait = 3.0
    rhythm = ((60.0, 3.0), (180.0, 5.0), (inf, 10.0))

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        """The requests of the account with a model, as the provider tells them. Raises ClientError."""
        path = f"{QUEUE}?model_id={quote(model or MODEL, safe='')}"
        try:
            answer = await self.send("GET", path, self.poll_headers(), None, self.poll_patience)
        except NoAnswer as lost:
            raise self.error(f"the list did not come: {lost}", "server") from None
        if self.is_refusal(answer):
            complaint = self.complaint(answer.json)
            raise self.refusal(answer, complaint, self.category(answer.status, complaint))
        return self.rows_of(answer)

    def rows_of(self, answer: Answer) -> Sequence[Mapping[str, Any]]:
        """The requests in a list. Raises ClientError."""
        rows = at(answer.json, "requests") if isinstance(answer.json, dict) else answer.json
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            raise self.error("the list is no list", "protocol", answer=answer)
        return rows

    def submit_path(self, request: GenerateRequest) -> str:
        """Where a request is sent."""
        return QUEUE

    def poll_path(self, id: str) -> str:
        """Where a request is polled."""
        return f"{QUEUE}/{id}"

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        """All but the model is in the payload."""
        payload = self.instruction(request)
        if request.resolution is not None:
            payload["image_size"] = request.resolution
        if request.ratio is not None:
            payload["aspect_ratio"] = request.ratio
        if request.output_format is not None:
            payload["image_output_format"] = request.output_format
        return {"model": MODEL, "payload": payload}

    def instruction(self, request: GenerateRequest) -> dict[str, Any]:
        """Prompt and references, or the conversation that stands in their place."""
        if request.previous is not None:
            return {"contents": self.contents(request)}
        urls = [image.url for image in request.images if isinstance(image, Url)]
        return {"prompt": request.prompt, **({"image": urls} if urls else {})}

    def contents(self, request: GenerateRequest) -> Sequence[Turn]:
        """The turns so far as they came, the last of which is the user's to fill."""
        *before, last = request.previous
        turn = self.filled(last, request)
        return [*before, turn] if last.get("role") == "user" else [*before, last, turn]

    def filled(self, turn: Turn, request: GenerateRequest) -> Turn:
        """The user's turn with the new instruction and references."""
        files = [self.file(image.url) for image in request.images if isinstance(image, Url)]
        return {"role": "user", "parts": [{"text": request.prompt}, *files]}

    def file(self, url: str) -> Mapping[str, Any]:
        """A reference in a conversation."""
        mime = guess_type(urlsplit(url).path)[0] or "image/png"
        return {"fileData": {"mimeType": mime, "fileUri": url}}

    def complaint(self, body: Any) -> Complaint:
        """The message stands in `error`, inside it, or in `detail`: no body is documented."""
        error = at(body, "error")
        message = text_at(body, "error") or text_at(error, "details") or text_at(error, "message")
        return Complaint(code_at(error, "code"), message or text_at(body, "detail") or "", text_at(body, "request_id"))

    def category(self, status: int, complaint: Complaint) -> Category:
        """A prompt may be refused before it is a job; then the refusal has the id of a request all the same."""
        moderated = status == 400 and complaint.request_id is not None and self.is_moderated(complaint)
        return "blocked" if moderated else super().category(status, complaint)

    def reason_of(self, body: Any) -> Complaint:
        """The reason stands in `error` of the record or of its outcome."""
        inner = at(body, "outcome", "error")
        message = text_at(inner, "message") or text_at(body, "error") or text_at(body, "error", "message")
        return Complaint(code_at(inner, "code"), message or "", text_at(body, "request_id"))

    def images_of(self, body: Any) -> Sequence[Image]:
        """Every URL in order."""
        urls = [text_at(row, "url") for row in rows_at(body, "outcome", "media_urls")]
        return [Image(url=url) for url in urls if url]

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        """When a signature lapses; URLs without one have no end that is documented."""
        return min((end for image in images if (end := signed_until(image.url or ""))), default=None)

    def conversation_of(self, body: Any, job: Job) -> Any:
        """The turns to go on from, where the provider gives them."""
        return at(body, "outcome", "next_turn_contents")
