"""An innocent on nothing but the standard library: a function for each provider, a connection for each request.

It speaks UTF-8 as it is, leaves out what may be left out, takes its time between polls, fetches the image behind a
signed URL itself, and raises what Python has: ValueError, PermissionError, TimeoutError and their like.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from ..client import Bytes, GenerateRequest, Url
from .urllib_base import (
    Blocked,
    Broken,
    Failed,
    Line,
    Lost,
    NoCredits,
    NoKey,
    Nonsense,
    Refused,
    TooLate,
    TooMany,
    Unclear,
    Unsupported,
    array,
    look,
    parse,
    pause_of,
    refusal,
    submit,
    tell,
)  # fmt: skip

MODEL = "gemini-3-pro-image-preview"
GAP = 10.0  # seconds between polls


def named(**values: Any) -> dict[str, Any]:
    """Those that there are."""
    return {name: value for name, value in values.items() if value is not None}


def reject(request: GenerateRequest, *fields: str) -> None:
    """Refuse wishes for which the provider has no words."""
    for name in fields:
        if getattr(request, name) not in (None, ()):
            raise Unsupported(f"nothing can be said about {name} here")


def reapi(line: Line, request: GenerateRequest) -> Any:
    """A number or a ratio that is none is for the provider to refuse; sizes are sent in small letters."""
    if not all(isinstance(each, Url) and each.url.startswith("http") for each in request.images):
        raise Unsupported("references are to lie on the web")
    reject(request, "output_format", "temperature", "top_p", "previous")
    if request.channel not in (None, "official"):
        raise Unsupported("there are two channels, and that is neither")
    body: dict[str, Any] = {"model": f"{MODEL}-official" if request.channel else MODEL, "prompt": request.prompt}
    if request.ratio:
        body["size"] = request.ratio
    if request.resolution:
        body["resolution"] = request.resolution.lower()
    if request.count is not None:
        body["n"] = request.count
    if request.images:
        body["image_urls"] = [each.url for each in request.images if isinstance(each, Url)]
    taken = submit(line, "/api/v1/images/generations", body, 50.0)
    job = look(taken, "id")
    if not isinstance(job, str) or not job:
        raise Unclear("the submit was taken, but its answer has no id")
    line.wait(30.0, job)
    done = followed(line, job)
    if done["status"] == "failed":
        code, text = look(done, "error", "code"), str(look(done, "error", "message"))
        kind = Blocked if "policy" in text else Failed
        raise tell(kind(text), code=code, task_id=job, request_id=look(done, "error", "request_id"))
    urls = look(done, "output", "image_urls")
    if not isinstance(urls, list) or not urls:
        raise tell(Failed("completed, but there is nothing to see"), task_id=job)
    images = [SimpleNamespace(url=str(url), data=None, mime=None) for url in urls]
    return SimpleNamespace(images=images, task_id=job)


def followed(line: Line, job: str) -> Any:
    """The task when it is over. Up to five polls in a row may be lost."""
    lost: list[Exception] = []
    while len(lost) < 6:
        try:
            answer = line.ask("GET", f"/api/v1/tasks/{quote(job, safe='')}", quiet=25.0)
        except Lost as error:
            lost.append(tell(Broken(f"polls are lost: {error}"), task_id=job))
            line.wait(GAP * len(lost), job)
            continue
        body = parse(answer.content)
        if answer.status == 200 and body is not None:
            lost.clear()
            if body.get("status") in ("completed", "failed"):
                return body
        else:
            lost.append(refusal(answer, job))
            if 300 <= answer.status < 500 and answer.status != 429:
                break
        line.wait(max(GAP * max(1, len(lost)), pause_of(answer) or 0.0), job)
    raise lost[-1]


def tokaify(line: Line, request: GenerateRequest) -> Any:
    """Turns without a role are the user's."""
    reject(request, "output_format", "channel", "previous")
    if request.count not in (None, 1):
        raise Unsupported("there is one image")
    if any(isinstance(image, Url) for image in request.images):
        raise Unsupported("references are to be at hand")
    given = [image for image in request.images if isinstance(image, Bytes)]
    inline = [{"mime_type": image.mime, "data": b64encode(image.data).decode()} for image in given]
    parts = [{"text": request.prompt}, *({"inline_data": each} for each in inline)]
    wishes = named(aspectRatio=request.ratio, imageSize=request.resolution and request.resolution.upper())
    config = named(temperature=request.temperature, topP=request.top_p)
    body: dict[str, Any] = {"contents": [{"parts": parts}]}
    if wishes:
        config["imageConfig"] = wishes
    if config:
        body["generationConfig"] = config
    answer = submit(line, f"/v1beta/models/{MODEL}:generateContent", body)
    images = drawn(answer)
    if not images:
        raise undrawn(answer)
    usage = answer.get("usageMetadata")
    return SimpleNamespace(images=images, task_id=None, usage=usage if isinstance(usage, dict) else {})


def drawn(answer: Any) -> list[Any]:
    """The images in an answer, without those that were only thought of."""
    images = []
    for candidate in array(answer.get("candidates")):
        for part in array(look(candidate, "content", "parts")):
            text = look(part, "inlineData", "data")
            if isinstance(text, str) and look(part, "thought") is not True:
                try:
                    data = b64decode(text, validate=True)
                except ValueError:
                    raise Nonsense("an image is no base64") from None
                images.append(SimpleNamespace(url=None, data=data, mime=look(part, "inlineData", "mimeType")))
    return images


def undrawn(answer: Any) -> Exception:
    """Why there is no image."""
    reason = look(answer, "promptFeedback", "blockReason") or look(answer, "candidates", 0, "finishReason")
    if reason == "STOP":
        return Failed("there are words, but no image")
    return tell(Blocked(f"there is no image: {reason or 'and no reason'}"), code=reason)


def onemin(line: Line, request: GenerateRequest) -> Any:
    """The image is fetched at once, by the URL as it came."""
    reject(request, "ratio", "images", "output_format", "channel", "previous")
    if request.count not in (None, 1):
        raise Unsupported("there is one image")
    wanted = {"prompt": request.prompt, "imageSize": (request.resolution or "1k").upper()}
    wanted |= named(temperature=request.temperature, topP=request.top_p)
    answer = submit(line, "/api/features", {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": wanted})
    record = answer.get("aiRecord")
    if not isinstance(record, dict):
        raise Nonsense("the call was taken, but its answer has no record")
    job, url = str(record.get("uuid")), record.get("temporaryUrl")
    if record.get("status") != "SUCCESS" or not isinstance(url, str) or "://" not in url:
        text = str(answer.get("message") or f"its status is {record.get('status')}")
        raise tell((Blocked if "policy" in text else Failed)(text), task_id=job)
    images = [SimpleNamespace(url=None, data=bytes_of(line, url, job), mime=None)]
    return SimpleNamespace(images=images, task_id=job)


def bytes_of(line: Line, url: str, job: str) -> bytes:
    """What lies behind a URL; a second look is taken if the first goes wrong."""
    trouble = "nothing"
    for pause in (3.0, 0.0):
        try:
            answer = line.fetch(url)
        except Lost as lost:
            trouble = str(lost)
        else:
            if answer.status == 200 and answer.content:
                content: bytes = answer.content
                return content
            trouble = f"an answer {answer.status}"
        line.wait(pause, job)
    raise tell(Broken(f"{url} cannot be fetched: {trouble}"), task_id=job)


class Standard:
    """A client; it has no connections that could be closed."""

    def __init__(self, talk: Callable[[Line, GenerateRequest], Any], line: Callable[[], Line]) -> None:
        self._talk = talk
        self._line = line

    def generate(self, request: GenerateRequest) -> Any:
        """Raises some exception or other; `errors` of the factory tells what it means."""
        if not request.prompt:
            raise Refused("nothing was asked for")
        return self._talk(self._line(), request)


CATEGORIES: Mapping[type[Exception], str] = {
    Unsupported: "unsupported", Refused: "invalid", NoKey: "auth", NoCredits: "credits", TooMany: "rate_limited",
    Broken: "server", Unclear: "ambiguous", Blocked: "blocked", Failed: "failed", TooLate: "timeout",
    Nonsense: "protocol",
}  # fmt: skip


def _meaning(category: str, error: Exception) -> Mapping[str, Any]:
    return {"category": category, **vars(error)}


class Factory:
    """Knows three providers."""

    talks: Mapping[str, Callable[[Line, GenerateRequest], Any]] = {"reapi": reapi, "tokaify": tokaify, "onemin": onemin}
    capabilities: Mapping[str, Any] = {
        "name": "innocent-urllib",
        "providers": ["reapi", "tokaify", "onemin"],
        "features": [
            "ratio", "resolution", "count", "url-images", "bytes-images", "temperature", "top-p", "channel", "deadline",
            "parallel",
        ],
    }  # fmt: skip

    errors: Mapping[type[Exception], Callable[[Any], Mapping[str, Any]]] = {
        kind: partial(_meaning, category) for kind, category in CATEGORIES.items()
    }

    def __call__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> Standard:
        """A client of one provider."""
        secret = {"API-KEY": api_key} if provider == "onemin" else {"Authorization": f"Bearer {api_key}"}
        return Standard(self.talks[provider], lambda: Line(base_url, secret, 700.0 if deadline is None else deadline))


make = Factory()
