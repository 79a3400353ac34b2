"""An innocent on `httpx`, asynchronous: every request has a connection of its own.

Where a provider has no number of images it makes that many calls at the same time, and hands over what comes of them.
"""

import mimetypes
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any, Final

from ..client import Bytes, Capabilities, GenerateRequest, Url
from .httpx_async_base import (
    QUIET,
    Innocent,
    NoImages,
    Picture,
    Pictures,
    Polling,
    Trail,
    Unheard,
    Why,
    dig,
    rows,
    texts,
)  # fmt: skip

MODEL: Final = "gemini-3-pro-image-preview"
QUEUE: Final = "/api/v1/ie/requestqueue/apikey/requests"
LIFE: Final = timedelta(hours=24)


class ThreeDai(Polling):
    """Fetches references itself, and takes the addresses in the second field."""

    first, over = 7.0, ("FINISHED", "FAILED", "ERROR")
    offers = {
        "ratio": ("auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"),
        "resolution": ("1K", "2K", "4K"),
        "count": (1, 2, 3, 4),
        "output_format": ("png", "jpeg", "webp"),
        "images": (Bytes, Url),
    }

    async def _make(self, request: GenerateRequest, trail: Trail) -> Pictures:
        wishes = {
            "prompt": request.prompt,
            "images": [await self._encoded(image) for image in request.images] or None,
            "aspect_ratio": request.ratio,
            "resolution": request.resolution,
            "num_images": request.count,
            "output_format": request.output_format,
        }
        body = {name: value for name, value in wishes.items() if value is not None}
        path = f"/v1/images/gemini/3/pro/{'edit' if request.images else 'generate'}/"
        heard = await self._submit(path, body, trail)
        id = dig(heard.body, "task_id")
        if not isinstance(id, str):
            raise NoImages(Why.AMBIGUOUS, "the submit was taken, but no id came back")
        trail.ids.append(id)
        done = await self._follow(id)
        if done["status"] != "FINISHED":
            reason = texts(done.get("failure_reason"))
            raise NoImages(Why.BLOCKED if "blocked" in reason else Why.FAILED, reason, task_id=id)
        urls = [dig(row, "asset") or dig(row, "asset_url") for row in rows(done.get("results"))]
        if not urls or not all(isinstance(url, str) for url in urls):
            raise NoImages(Why.FAILED, "finished without images", task_id=id)
        return Pictures([Picture(url=url) for url in urls], id, _instant(dig(heard.body, "created_at")))

    def _place(self, id: str) -> str:
        return f"/v1/generation-request/{id}/status/"

    async def _encoded(self, image: Url | Bytes) -> str:
        given = image if isinstance(image, Bytes) else await self._given(image.url)
        return f"data:{given.mime};base64,{b64encode(given.data).decode()}"

    async def _given(self, url: str) -> Bytes:
        try:
            answer = await self._fetch("GET", url, {"connection": "close"}, None, QUIET)
        except Unheard as lost:
            raise NoImages(Why.INVALID, f"the reference {url} cannot be fetched: {lost}") from None
        mime = answer.headers.get("content-type", "")
        if answer.status_code != 200 or not mime.startswith("image/"):
            raise NoImages(Why.INVALID, f"the reference {url} is no image")
        return Bytes(answer.content, mime)


class GmiCloud(Polling):
    """As many requests as images."""

    first, over = 4.0, ("success", "failed", "cancelled")
    longest_prompt = 2000
    offers = {
        "ratio": ("1:1", "4:5", "5:4", "3:4", "4:3", "9:16", "16:9", "21:9"),
        "resolution": ("1K", "2K", "4K"),
        "count": (1, 2, 3, 4),
        "output_format": ("png", "jpeg"),
        "images": (Url,),
        "previous": (),
    }

    async def _make(self, request: GenerateRequest, trail: Trail) -> Pictures:
        urls = [image.url for image in request.images if isinstance(image, Url)]
        payload: dict[str, Any] = {"prompt": request.prompt, "image": urls} if urls else {"prompt": request.prompt}
        if request.previous:
            files = [{"fileData": {"fileUri": url, "mimeType": _guess(url)}} for url in urls]
            turn = {**request.previous[-1], "parts": [*files, {"text": request.prompt}]}
            payload = {"contents": [*request.previous[:-1], turn]}
        wishes = {
            "image_size": request.resolution,
            "aspect_ratio": request.ratio,
            "image_output_format": request.output_format,
        }
        payload |= {name: value for name, value in wishes.items() if value is not None}
        body = {"model": MODEL, "payload": payload}
        return await self._all([self._one(body, trail) for _ in range(request.count or 1)])

    async def _one(self, body: Any, trail: Trail) -> Pictures:
        heard = await self._submit(QUEUE, body, trail)
        id = dig(heard.body, "request_id")
        if not isinstance(id, str):
            raise NoImages(Why.AMBIGUOUS, "the submit was taken, but no id came back")
        trail.ids.append(id)
        done = await self._follow(id)
        outcome = done.get("outcome")
        if done["status"] == "cancelled":
            raise NoImages(Why.CANCELLED, "cancelled by somebody else", task_id=id)
        if done["status"] == "failed":
            text = texts(dig(outcome, "error", "message"), done.get("error"))
            moderated = "rejected" in text or "policy" in text
            code = dig(outcome, "error", "code")
            raise NoImages(Why.BLOCKED if moderated else Why.FAILED, text, task_id=id, code=code)
        urls = [dig(row, "url") for row in rows(dig(outcome, "media_urls"))]
        if not urls or not all(isinstance(url, str) for url in urls):
            raise NoImages(Why.FAILED, "a success without images", task_id=id)
        return Pictures([Picture(url=url) for url in urls], id, conversation=dig(outcome, "next_turn_contents"))

    def _place(self, id: str) -> str:
        return f"{QUEUE}/{id}"


class Tokaify(ThreeDai):
    """As many calls as images; the prompt comes last, and what is default is sent."""

    patience = None
    offers = {
        "ratio": ("1:1", "3:2", "2:3", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
        "resolution": ("1K", "2K", "4K"),
        "count": (1, 2, 3, 4),
        "images": (Bytes, Url),
        "previous": (),
    }

    async def _make(self, request: GenerateRequest, trail: Trail) -> Pictures:
        given = [image if isinstance(image, Bytes) else await self._given(image.url) for image in request.images]
        inline = [{"mime_type": image.mime, "data": b64encode(image.data).decode()} for image in given]
        parts = [*({"inline_data": each} for each in inline), {"text": request.prompt}]
        contents = [*(request.previous or ()), {"role": "user", "parts": parts}]
        body = {
            "contents": contents,
            "safetySettings": [],
            "generationConfig": {
                "candidateCount": 1,
                "responseModalities": ["IMAGE"],
                "imageConfig": {"imageSize": request.resolution or "1K", "aspectRatio": request.ratio or "1:1"},
            },
        }
        return await self._all([self._one(body, trail) for _ in range(request.count or 1)])

    async def _one(self, body: Any, trail: Trail) -> Pictures:
        heard = await self._submit(f"/v1beta/models/{MODEL}:generateContent", body, trail)
        if heard.body is None:
            raise NoImages(Why.AMBIGUOUS, "the call was taken, but the answer is no JSON")
        candidates = rows(heard.body.get("candidates"))
        parts = [part for each in candidates for part in rows(dig(each, "content", "parts"))]
        try:
            images = [
                Picture(data=b64decode(dig(part, "inlineData", "data")), mime=dig(part, "inlineData", "mimeType"))
                for part in parts
                if isinstance(dig(part, "inlineData", "data"), str) and dig(part, "thought") is not True
            ]
        except ValueError:
            raise NoImages(Why.PROTOCOL, "an image is garbled") from None
        if not images:
            raise self._nothing(heard.body, candidates)
        counts = dig(heard.body, "usageMetadata")
        counted = counts.items() if isinstance(counts, dict) else ()
        usage = {name: number for name, number in counted if isinstance(number, int)}
        answer = {"role": "model", "parts": rows(dig(candidates[0], "content", "parts"))}
        return Pictures(images, usage=usage, conversation=[*body["contents"], answer])

    def _nothing(self, body: Any, candidates: list[Any]) -> NoImages:
        reasons = [dig(body, "promptFeedback", "blockReason"), *(dig(each, "finishReason") for each in candidates)]
        reason = next((each for each in reasons if each and each != "STOP"), None)
        if reason is None and candidates:
            return NoImages(Why.FAILED, "there is no image among the parts")
        return NoImages(Why.BLOCKED, f"no image came: {reason}", code=reason)


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) + LIFE
    except ValueError:
        return None


def _guess(url: str) -> str:
    return mimetypes.guess_type(url.partition("?")[0])[0] or "image/png"


def make(*, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> Innocent:
    """A client of one of three providers."""
    kinds = {"threedai": ThreeDai, "gmicloud": GmiCloud, "tokaify": Tokaify}
    return kinds[provider](base_url, api_key, 800.0 if deadline is None else deadline)


setattr(make, "capabilities", Capabilities(  # noqa: B010
    "innocent-httpx-async", "1", ("threedai", "gmicloud", "tokaify"),
    frozenset({
        "ratio", "resolution", "count", "url-images", "bytes-images", "output-format", "follow-up", "deadline",
        "parallel", "usage", "expiry",
    }),
))  # fmt: skip
