"""Tokaify (003_3d92b7b05b46e1d1.txt): Gemini's `generateContent`, with the images inside request and answer."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..client import Bytes, Category, ClientError, GenerateRequest, Image, Url
from .dialect import MODEL
from .direct import DirectClient
from .failures import Complaint
from .job import Job
from .json_values import at, rows_at, text_at
from .wishes import RATIOS, Offer

_REQUEST_ID = re.compile(r"\(request id: ([^)]+)\)")


class TokaifyClient(DirectClient):
    """A client of Tokaify. A conversation is the list of its turns."""

    provider = "tokaify"
    offer = Offer(
        ratios=RATIOS, temperatures=(0.0, 2.0), top_ps=(0.0, 1.0), images=(Url, Bytes), follow_up=True
    )  # fmt: skip
    fetches_references = True
    modalities: tuple[str, ...] = ("TEXT", "IMAGE")
    credit_codes = frozenset({"insufficient_user_quota", "pre_consume_token_quota_failed"})
    moderation_codes = frozenset({"sensitive_words_detected"})

    def submit_path(self, request: GenerateRequest) -> str:
        """The model is in the path."""
        return f"/v1beta/models/{MODEL}:generateContent"

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        """The conversation with the new turn, and the settings."""
        image = {"aspectRatio": request.ratio, "imageSize": request.resolution}
        image = {name: value for name, value in image.items() if value is not None}
        config: dict[str, Any] = {"responseModalities": [*self.modalities]}
        if image:
            config["imageConfig"] = image
        if request.temperature is not None:
            config["temperature"] = request.temperature
        if request.top_p is not None:
            config["topP"] = request.top_p
        return {"contents": self.contents(request), "generationConfig": config}

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        """What was said so far, and what is said now."""
        images = [self.reference(image) for image in request.images if isinstance(image, Bytes)]
        return [*(request.previous or ()), {"role": "user", "parts": [{"text": request.prompt}, *images]}]

    def reference(self, image: Bytes) -> Mapping[str, Any]:
        """A reference image; the names are in snake case in requests and in camel case in answers."""
        return {"inline_data": {"mime_type": image.mime, "data": b64encode(image.data).decode()}}

    def complaint(self, body: Any) -> Complaint:
        """The relay's errors have a code in words, the model's a number beside one."""
        error = at(body, "error")
        message = text_at(error, "message") or ""
        named = _REQUEST_ID.search(message)
        return Complaint(text_at(error, "code") or text_at(error, "status"), message, named[1] if named else None)

    def category(self, status: int, complaint: Complaint) -> Category:
        """An empty account is told by the code."""
        if complaint.code in self.credit_codes:
            return "credits"
        if complaint.code in self.moderation_codes:
            return "blocked"
        return super().category(status, complaint)

    def candidates(self, body: Any) -> Sequence[Any]:
        """The candidates, if there are any."""
        return rows_at(body, "candidates")

    def images_of(self, body: Any) -> Sequence[Image]:
        """Every image of every candidate in order."""
        return [self.decoded(part) for part in self.image_parts(body)]

    def image_parts(self, body: Any) -> Iterator[Any]:
        """The parts with an image that is no draft."""
        for candidate in self.candidates(body):
            for part in rows_at(candidate, "content", "parts"):
                if text_at(part, "inlineData", "data") is not None and at(part, "thought") is not True:
                    yield part

    def decoded(self, part: Any) -> Image:
        """An image of an answer. Raises ClientError."""
        try:
            data = b64decode(text_at(part, "inlineData", "data") or "", validate=True)
        except ValueError:
            raise self.error("an image is not valid base64", "protocol") from None
        return Image(data=data, mime=text_at(part, "inlineData", "mimeType"))

    def without_images(self, body: Any, job: Job) -> ClientError:
        """Moderation tells its reason for the prompt or for a candidate; an answer without either is its doing, too."""
        reason = self.block_reason(body)
        if reason:
            return self.error(f"no image came: {reason}", "blocked", Complaint(reason), job)
        if self.candidates(body):
            return self.error("no image came, only words", "failed", job=job)
        return self.error("no image came, and no reason was given", "blocked", job=job)

    def block_reason(self, body: Any) -> str | None:
        """Why the prompt was refused, or why a candidate has no image."""
        reasons = [text_at(candidate, "finishReason") for candidate in self.candidates(body)]
        found = [text_at(body, "promptFeedback", "blockReason"), *reasons]
        return next((reason for reason in found if reason and reason != "STOP"), None)

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        """The counts of tokens, where there are some."""
        usage = at(body, "usageMetadata")
        counts = usage.items() if isinstance(usage, dict) else ()
        return {name: number for name, number in counts if type(number) is int}

    def conversation_of(self, body: Any, job: Job) -> Any:
        """What was said, and the model's turn as it came."""
        content = at(self.candidates(body)[0], "content")
        return [*job.body["contents"], {"role": "model", **content}]
