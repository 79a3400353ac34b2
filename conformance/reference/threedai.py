"""3D AI Studio (001_a1a057ab71129629.txt): text to one path, images to another, every path with its slash."""

from base64 import b64encode
from collections.abc import Sequence
from math import inf
from typing import Any

from ..client import Bytes, GenerateRequest, Image, Url
from .failures import Complaint
from .json_values import at, rows_at, text_at
from .polled import PolledClient
from .wishes import RATIOS, Offer


class ThreeDaiClient(PolledClient):
    """A client of 3D AI Studio."""

    provider = "threedai"
    offer = Offer(
        ratios=RATIOS | {"auto"},
        counts=range(1, 5),
        formats=("png", "jpeg", "webp"),
        images=(Url, Bytes),
        most_images=14,
    )
    fetches_references = True
    id_field = "task_id"
    done = frozenset({"FINISHED"})
    failed = frozenset({"FAIL", "ERROR"})
    first_wait = 10.0
    rhythm = ((180.0, 5.0), (inf, 10.0))
    url_life = 86_400.0
    image_fields: tuple[str, ...] = ("asset_url", "asset")

    def submit_path(self, request: GenerateRequest) -> str:
        """Edits have a path of their own."""
        return f"/v1/images/gemini/3/pro/{'edit' if request.images else 'generate'}/"

    def poll_path(self, id: str) -> str:
        """Where a job is polled."""
        return f"/v1/generation-request/{id}/status/"

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        """The fields of generate, with the images for an edit."""
        body: dict[str, Any] = {"prompt": request.prompt}
        if request.images:
            body["images"] = [self.data_uri(image) for image in request.images if isinstance(image, Bytes)]
        if request.ratio is not None:
            body["aspect_ratio"] = request.ratio
        if request.resolution is not None:
            body["resolution"] = request.resolution
        if request.count is not None:
            body["num_images"] = request.count
        if request.output_format is not None:
            body["output_format"] = request.output_format
        return body

    def data_uri(self, image: Bytes) -> str:
        """An image as text."""
        return f"data:{image.mime};base64,{b64encode(image.data).decode()}"

    def complaint(self, body: Any) -> Complaint:
        """The code stands in `error`, in `code` or in an object under `error`: no body is documented."""
        error = at(body, "error")
        code = text_at(error, "code") or text_at(body, "error") or text_at(body, "code")
        message = text_at(error, "message") or text_at(body, "message") or text_at(body, "detail")
        return Complaint(code, message or "")

    def is_failed(self, status: str) -> bool:
        """No word for failure is documented, so any that names it counts."""
        return any(word in status.upper() for word in self.failed)

    def reason_of(self, body: Any) -> Complaint:
        """The reason, if there is one."""
        return Complaint(message=text_at(body, "failure_reason") or "")

    def images_of(self, body: Any) -> Sequence[Image]:
        """One for each result, by either of its two addresses."""
        urls = [self.url_of(row) for row in rows_at(body, "results")]
        return [Image(url=url) for url in urls if url]

    def url_of(self, row: Any) -> str | None:
        """The address of one image."""
        return next((url for field in self.image_fields if (url := text_at(row, field))), None)
