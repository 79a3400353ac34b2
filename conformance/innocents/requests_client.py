"""An innocent on `requests`: it never tries anything twice, and hands over the images themselves.

Whatever goes wrong ends the call, with an exception of its own that carries the id of the job, which can be resumed.
It asks forgiveness rather than permission: what it is asked for goes to the provider, whose refusal it hands on, and
an answer of the wrong shape is found out by the exception it leads to.
"""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ..client import Bytes, Capabilities, GenerateRequest, Result, Url
from .requests_base import LONGEST, SHAPES, Client, Polled, Trouble, filled, id_of, refuse

MODEL = "gemini-3-pro-image-preview"


class Reapi(Polled):
    """Sends every default."""

    rhythm = (30.0, 5.0, 30.0)
    kinds: Mapping[int, str] = {1: "auth", 2: "invalid", 3: "credits", 5: "rate_limited", 6: "server"}

    def generate(self, request: GenerateRequest) -> Result:
        """Whatever is wrong with a ratio or a number, the provider says. Raises Trouble."""
        refuse(request, "output_format", "temperature", "top_p", "previous")
        if any(isinstance(image, Bytes) or image.url.startswith("data:") for image in request.images):
            raise Trouble("unsupported", "references lie on the web")
        model = f"{MODEL}-{request.channel}" if request.channel else MODEL
        body: dict[str, Any] = {"model": model, "prompt": request.prompt, "resolution": request.resolution or "1K"}
        body["n"] = 1 if request.count is None else request.count
        if request.images:
            body["image_urls"] = [image.url for image in request.images if isinstance(image, Url)]
        if request.ratio or not request.images:
            body["size"] = request.ratio or "1:1"
        ends = time.monotonic() + LONGEST
        id = id_of(self._submit("/api/v1/images/generations", body, ends), "id")
        return self._follow(id, ends, self.rhythm[0])

    def _place(self, id: str) -> str:
        return f"/api/v1/tasks/{quote(id, safe='')}"

    def _urls(self, body: Any, id: str) -> list[str] | None:
        if body["status"] == "failed":
            facts = self._told(body)
            facts.pop("kind")
            text = facts.pop("text")
            kind = "blocked" if "policy" in text else "failed"
            raise Trouble(kind, text, **{**facts, "task_id": id})
        return filled(list(map(str, body["output"]["image_urls"])), id) if body["status"] == "completed" else None

    def _told(self, body: Any) -> dict[str, Any]:
        error = body["error"]
        told = {"code": int(error["code"]), "text": str(error["message"]), "request_id": error.get("request_id")}
        return {**told, "kind": self.kinds.get(told["code"] // 10_000)}


class ThreeDai(Polled):
    """Sends every default; takes the second of two addresses."""

    def generate(self, request: GenerateRequest) -> Result:
        """Images are to be given as bytes. Raises Trouble."""
        refuse(request, "temperature", "top_p", "channel", "previous")
        if any(isinstance(image, Url) for image in request.images):
            raise Trouble("unsupported", "references are bytes")
        body: dict[str, Any] = {
            "prompt": request.prompt,
            "output_format": request.output_format or "png",
            "aspect_ratio": request.ratio or "auto",
            "resolution": request.resolution or "1K",
            "num_images": 1 if request.count is None else request.count,
        }
        given = [image for image in request.images if isinstance(image, Bytes)]
        if given:
            body["images"] = [f"data:{image.mime};base64,{b64encode(image.data).decode()}" for image in given]
        ends = time.monotonic() + LONGEST
        done = self._submit(f"/v1/images/gemini/3/pro/{'edit' if given else 'generate'}/", body, ends)
        return self._follow(id_of(done, "task_id"), ends, self.rhythm[0])

    def _place(self, id: str) -> str:
        return f"/v1/generation-request/{quote(id, safe='')}/status/"

    def _urls(self, body: Any, id: str) -> list[str] | None:
        if body["status"] in ("FAILED", "ERROR"):
            reason = str(body.get("failure_reason") or "no reason was given")
            raise Trouble("blocked" if "policy" in reason else "failed", reason, task_id=id)
        if body["status"] != "FINISHED":
            return None
        return filled([str(row.get("asset") or row["asset_url"]) for row in body["results"]], id)

    def _told(self, body: Any) -> dict[str, Any]:
        error = body.get("error") or body
        if isinstance(error, str):
            return {"code": error, "text": str(body.get("message"))}
        return {"code": error["code"], "text": str(error.get("message") or error.get("detail"))}


class OneMin(Client):
    """Sends every default; never looks before it fetches, since the signature is for GET alone."""

    secret = "api-key"
    patience = 600.0

    def generate(self, request: GenerateRequest) -> Result:
        """One call and one download. Raises Trouble."""
        refuse(request, "ratio", "images", "output_format", "channel", "previous")
        if request.count not in (None, 1):
            raise Trouble("unsupported", "there is one image")
        wanted = {
            "topP": 0.95 if request.top_p is None else request.top_p,
            "temperature": 1.0 if request.temperature is None else request.temperature,
            "imageSize": request.resolution or "1K",
            "prompt": request.prompt,
        }
        ends = time.monotonic() + LONGEST
        body = self._submit("/api/features", {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": wanted}, ends)
        try:
            record = body["aiRecord"]
            id, status, url = str(record["uuid"]), record["status"], record.get("temporaryUrl")
            text = str(body.get("message") or f"its status is {status}")
        except SHAPES:
            raise Trouble("protocol", "there is no record in the answer") from None
        if status != "SUCCESS" or not isinstance(url, str):
            raise Trouble("blocked" if "policy" in text else "failed", text, task_id=id)
        return Result((self._image(url, ends, task_id=id),), id)

    def _told(self, body: Any) -> dict[str, Any]:
        return {"text": str((body.get("error") or body)["message"])}

    def _look(self, url: str, ends: float) -> None:
        """A signature holds for one method."""


class Make:
    """Makes clients of three providers."""

    clients: Mapping[str, type[Client]] = {"reapi": Reapi, "threedai": ThreeDai, "onemin": OneMin}
    capabilities = Capabilities(
        "innocent-requests", "1", tuple(clients),
        frozenset({
            "ratio", "resolution", "count", "url-images", "bytes-images", "output-format", "temperature", "top-p",
            "channel", "resume", "close",
        }),
    )  # fmt: skip
    errors: Mapping[type[Exception], Callable[[Any], Mapping[str, Any]]] = {
        Trouble: lambda trouble: {"category": trouble.kind, **trouble.facts}
    }

    def __call__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> Client:
        """A client; it has a deadline of its own."""
        return self.clients[provider](base_url, api_key)


make = Make()
