"""An innocent on `httpx`, blocking: each call is a generator that says what to send and how long to wait.

It refuses whatever is unusual, tries a lost poll again at once before it gets patient, and spells things its own way:
numbers as `2.0`, JSON with every sign escaped, names in camel case where a document has snake case, and mixed.
"""

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any, ClassVar, Final
from urllib.parse import quote

import httpx

from ..client import Bytes, Capabilities, Category, ClientError, GenerateRequest, Image, Result, Url
from .httpx_steps import Flow, Got, Send, delivered, follow, get, known_as, only, refused, submit

MODEL: Final = "gemini-3-pro-image-preview"
QUEUE: Final = "/api/v1/ie/requestqueue/apikey/requests"
RATIOS: Final = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
SIZES: Final = ("1K", "2K", "4K")


def reapi(request: GenerateRequest) -> Flow:
    """First poll after three quarters of a minute, then at any pace that is recommended."""
    size = request.resolution
    only(
        request, ratio=RATIOS, resolution=[*SIZES, "1k", "2k", "4k"], count=(1, 2, 3, 4), images=(Url,),
        channel=("official",),
    )  # fmt: skip
    body: dict[str, Any] = {"prompt": request.prompt, "model": f"{MODEL}-official" if request.channel else MODEL}
    body |= {"n": float(request.count)} if request.count else {}
    body |= {"size": request.ratio} if request.ratio else {}
    body |= {"resolution": size} if size else {}
    urls = [image.url for image in request.images if isinstance(image, Url)]
    body |= {"image_urls": urls} if urls else {}
    job = known_as((yield from submit(Send("POST", "/api/v1/images/generations", body))), "id")
    return (yield from reapi_job(job))


def reapi_job(job: str) -> Flow:
    """What becomes of a job."""
    dice = Random(job)

    def gaps() -> Iterator[float]:
        age = 45.0
        while True:
            gap = dice.uniform(3.2, 4.8) if age < 180 else dice.uniform(12, 25)
            yield gap
            age += gap

    data = yield from follow("/api/v1/tasks", job, 45.0, gaps(), ("completed", "failed"))
    if data["status"] == "failed":
        code, text = get(data, "error", "code"), str(get(data, "error", "message"))
        blocked = "blocked" in text or code == 80006
        request_id = get(data, "error", "request_id")
        raise ClientError(
            text, category="blocked" if blocked else "failed", code=code, task_id=job, request_id=request_id
        )
    return delivered(get(data, "output", "image_urls"), job)


def gmicloud(request: GenerateRequest) -> Flow:
    """A single reference is sent as a string, and what is empty in a conversation is left in it."""
    ratios = [ratio for ratio in RATIOS if ratio not in ("2:3", "3:2")]
    only(
        request, ratio=ratios, resolution=SIZES, count=(1,), output_format=("png", "jpeg"), images=(Url,), previous=()
    )  # fmt: skip
    urls = [image.url for image in request.images if isinstance(image, Url)]
    if request.previous is not None:
        payload: dict[str, Any] = {"contents": _filled(request, urls)}
    elif len(request.prompt) > 2000:
        raise ClientError("the prompt is too long", category="invalid")
    else:
        payload = {"prompt": request.prompt}
        payload |= {"image": urls[0] if len(urls) == 1 else urls} if urls else {}
    for name in ("resolution", "ratio", "output_format"):
        if (wanted := getattr(request, name)) is not None:
            payload[{"resolution": "image_size", "ratio": "aspect_ratio"}.get(name, "image_output_format")] = wanted
    job = known_as((yield from submit(Send("POST", QUEUE, {"payload": payload, "model": MODEL}))), "request_id")
    return (yield from gmicloud_job(job))


def gmicloud_job(job: str) -> Flow:
    """What becomes of a request."""
    data = yield from follow(QUEUE, job, 6.0, iter(lambda: 6.0, None), ("success", "failed", "cancelled"))
    if data["status"] == "cancelled":
        raise ClientError("somebody cancelled the request", category="cancelled", task_id=job)
    if data["status"] == "failed":
        error = get(data, "outcome", "error")
        text = str(get(error, "message") or get(data, "error") or "no reason given")
        category: Category = "blocked" if "reject" in text or "block" in text else "failed"
        raise ClientError(text, category=category, code=get(error, "code"), task_id=job)
    entries = get(data, "outcome", "media_urls")
    urls = [get(entry, "url") for entry in entries] if isinstance(entries, list) else None
    return delivered(urls, job, get(data, "outcome", "next_turn_contents"))


def _filled(request: GenerateRequest, urls: Sequence[str]) -> list[Any]:
    """The turns with the blanks of the last one filled in."""
    turns: list[Any] = deepcopy(request.previous)
    parts = turns[-1]["parts"]
    next(part for part in parts if "text" in part)["text"] = request.prompt
    parts += [{"fileData": {"fileUri": url, "mimeType": "image/jpeg"}} for url in urls]
    return turns


def tokaify(request: GenerateRequest) -> Flow:
    """References before the prompt, in camel case outside and in snake case inside."""
    only(request, ratio=RATIOS, resolution=SIZES, count=(1,), images=(Bytes,), previous=())
    parts: list[Any] = [
        {"inlineData": {"data": b64encode(image.data).decode(), "mime_type": image.mime}}
        for image in request.images
        if isinstance(image, Bytes)
    ]
    config: dict[str, Any] = {"responseModalities": ["IMAGE"], "imageConfig": {}}
    config["imageConfig"] |= {"aspectRatio": request.ratio} if request.ratio else {}
    config["imageConfig"] |= {"imageSize": request.resolution} if request.resolution else {}
    turns = [*(request.previous or ()), {"parts": [*parts, {"text": request.prompt}], "role": "user"}]
    body = {"generationConfig": config, "contents": turns}
    got = yield from submit(Send("POST", f"/v1beta/models/{MODEL}:generateContent", body, patience=None))
    if got.data is None:
        raise ClientError("that may be paid, but the answer is no JSON", category="ambiguous")
    candidates = get(got.data, "candidates")
    images = [image for candidate in candidates for image in _inside(candidate)] if isinstance(candidates, list) else []
    if images:
        return Result(tuple(images), conversation=[*turns, get(candidates, 0, "content")])
    reason = get(got.data, "promptFeedback", "blockReason") or get(candidates, 0, "finishReason")
    if reason == "STOP":
        raise ClientError("words and no image", category="failed")
    raise ClientError(f"blocked: {reason or 'nothing came'}", category="blocked", code=reason)


def _inside(candidate: Any) -> Iterator[Image]:
    parts = get(candidate, "content", "parts")
    for part in parts if isinstance(parts, list) else ():
        text = get(part, "inlineData", "data")
        if isinstance(text, str) and not get(part, "thought"):
            try:
                yield Image(data=b64decode(text, validate=True), mime=get(part, "inlineData", "mimeType"))
            except ValueError:
                raise ClientError("an image is no base64", category="protocol") from None


class HttpxClient:
    """Makes clients, being the class of them."""

    flows: ClassVar = {"reapi": reapi, "gmicloud": gmicloud, "tokaify": tokaify}
    jobs: ClassVar = {"reapi": reapi_job, "gmicloud": gmicloud_job}
    capabilities = Capabilities(
        "innocent-httpx", "1", tuple(flows),
        frozenset({
            "ratio", "resolution", "count", "url-images", "bytes-images", "output-format", "channel", "follow-up",
            "deadline", "parallel", "list", "resume", "close",
        }),
    )  # fmt: skip

    def __init__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> None:
        self._provider = provider
        self._deadline = 600.0 if deadline is None else deadline
        secret = {"x-goog-api-key": api_key} if provider == "tokaify" else {"Authorization": f"Bearer {api_key}"}
        headers = {**secret, "Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "innocent httpx"}
        self._http = httpx.Client(base_url=base_url, headers=headers, trust_env=False, follow_redirects=False)

    def generate(self, request: GenerateRequest) -> Result:
        """Raises ClientError."""
        return self._run(self.flows[self._provider](request))

    def resume(self, task_id: str) -> Result:
        """Raises ClientError."""
        if self._provider not in self.jobs:
            raise ClientError("there are no jobs here", category="unsupported")
        return self._run(self.jobs[self._provider](task_id))

    def list(self, model: str | None) -> Any:
        """The requests of an account, as they are told. Raises ClientError."""
        if self._provider != "gmicloud":
            raise ClientError("there is no list here", category="unsupported")
        got = self._send(Send("GET", f"{QUEUE}?model_id={quote(model or MODEL)}"), time.monotonic() + self._deadline)
        rows = get(got.data, "requests")
        if got.status != 200:
            raise refused(got, "") if got.status else ClientError("no list came", category="server")
        if rows is None:
            raise ClientError("there is no list in the answer", category="protocol")
        return rows

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _run(self, flow: Flow) -> Result:
        ends = time.monotonic() + self._deadline
        got, job = None, None
        while True:
            try:
                step = flow.send(got)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            if isinstance(step, Send):
                got = self._send(step, ends)
                if got.status or time.monotonic() < ends:
                    continue
                if job is None:
                    continue  # the flow knows what that means
            else:
                got, job = None, step.known
                time.sleep(max(0.0, min(step.seconds, ends - time.monotonic())))
                if time.monotonic() < ends:
                    continue
            raise ClientError(f"job {job} is not done in {self._deadline:g} s", category="timeout", task_id=job)

    def _send(self, send: Send, ends: float) -> Got:
        left = max(0.001, ends - time.monotonic())
        limits = httpx.Timeout(min(10.0, left), read=left if send.patience is None else min(send.patience, left))
        content = None if send.body is None else _escaped(send.body)
        headers = {"content-type": "application/json"} if content else {}
        try:
            with self._http.stream(send.method, send.path, content=content, headers=headers, timeout=limits) as answer:
                answer.request.extensions["timeout"]["read"] = min(15.0, max(0.001, ends - time.monotonic()))
                return Got(answer.status_code, answer.headers, b"".join(_until(answer.iter_bytes(), ends)))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Got(sent=False)
        except (httpx.HTTPError, TimeoutError):
            return Got()


def _until(parts: Iterator[bytes], ends: float) -> Iterator[bytes]:
    for part in parts:
        if time.monotonic() >= ends:
            raise TimeoutError
        yield part


def _escaped(body: Any) -> bytes:
    r"""JSON in which no sign stands for itself that may be written as \u."""
    text = json.dumps(body).replace("/", r"\/")
    return text.replace(MODEL, "".join(f"\\u{ord(sign):04x}" for sign in MODEL)).encode()


make = HttpxClient
