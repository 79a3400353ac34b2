"""Tokaify: a relay of Gemini's `generateContent`, which holds the request open and answers inline."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from ...specs import Operation
from ..calls import Call
from ..credentials import Credentials
from ..images import ImageSpec, thumbnail_spec
from ..jobs import ImageOrder, Job, State
from ..problems import Problem, shown
from ..references import BadReference, decode_base64
from ..replies import Deferred, Reply
from ..sizes import pixels
from .base import Provider
from .tokaify_request import (
    Generation,
    count_words,
    field_of,
    inline_images,
    read_generation,
    snake,
    standard_base64,
)

_MODEL = "gemini-3-pro-image-preview"
_IMAGE_TOKENS = {"1K": 1120, "2K": 1120, "4K": 2000}  # Google's price list
_REFERENCE_TOKENS = 560
_THOUGHT = "Planning the composition."
_BEFORE, _AFTER = "Here is the image you asked for.", "Tell me what to change."
_DECLINES = "I can describe this, but I cannot draw it."
_PHOTOGRAPHIC = 22_500_000  # bytes, of which base64 makes 30 MB
_VERSION_TWICE = (
    "Invalid URL: the path has /v1beta twice; leave it out of the client's base URL (request id: {request_id})"
)

Json = dict[str, Any]


class Tokaify(Provider):
    """Handlers of specs/tokaify/openapi.yaml."""

    def generate_content(self, call: Call) -> Deferred:
        """Answer when the image is done."""
        wanted = read_generation(call.data)
        width, height = pixels(wanted.ratio, wanted.tier)
        image_format = call.choice("output-mime")
        count = wanted.candidates * _images_each(call)
        order = ImageOrder(wanted.prompt, wanted.tier, width, height, count, image_format)
        job = call.submit(order, model=call.params["model"], paid_images=wanted.candidates)
        prompt_tokens = count_words(call.data) + call.inspected * _REFERENCE_TOKENS
        return call.defer(job, lambda state: self._answer(call, job, state, wanted, prompt_tokens))

    def needs_key(self, operation: Operation, credentials: Credentials, choices: Mapping[str, str]) -> bool:
        """Reading: the first example sends no key, so none may be needed; a wrong one is still refused."""
        return credentials != Credentials(None) or choices["first-example-auth"] == "401"

    def inspect(self, call: Call) -> int:
        """The number of reference images, all of which hold an image."""
        return _check_images(call)

    def prepare(self, data: Any, choices: Mapping[str, str]) -> Any:
        """Knob: image sizes with a small k."""
        if choices["image-size-case"] == "lenient" and isinstance(data, dict):
            return _with_capital_sizes(data)
        return data

    def adapt_error(self, problem: Problem, reply: Reply, choices: Mapping[str, str]) -> Reply:
        """Knob: an unknown model told by Google instead of the relay."""
        if problem.kind == "model-unknown" and choices["unknown-model"] == "404":
            message = f"models/{problem.facts.get('model', '')} is not found"
            return Reply(404, {"error": {"code": 404, "message": message, "status": "NOT_FOUND"}})
        return reply

    def unmatched(self, method: str, path: str, choices: Mapping[str, str]) -> Reply | None:
        """A hint for a base URL that has the version twice."""
        if path.startswith("/v1beta/v1beta"):
            raise Problem("route-unknown", message=_VERSION_TWICE, path=path)
        return None

    async def _answer(self, call: Call, job: Job, state: State, wanted: Generation, prompt_tokens: int) -> Reply:
        if state.phase != "succeeded":
            body = self._failed(call, state, prompt_tokens)
        else:
            body = await _drawn(call, job, wanted, prompt_tokens)
        if call.choice("response-casing") == "snake":
            body = _snake_names(body)
        return Reply(200, body)

    def _failed(self, call: Call, state: State, prompt_tokens: int) -> Json:
        failure = call.failure(state)
        problem = self.spec.behaviour.raw["failures"][failure.reason].get("problem")
        if problem is not None:
            raise Problem(problem)
        if failure.reason.startswith("moderated-prompt"):
            return _prompt_block(call, str(failure.code), prompt_tokens)
        if failure.reason == "no-image" and call.choice("no-image") == "text-only":
            candidate = _candidate([{"text": _DECLINES}])
            return {"candidates": [candidate], **_usage(call, prompt_tokens, len(_DECLINES.split()))}
        return _output_block(call, str(failure.code), failure.message, prompt_tokens)


def _check_images(call: Call) -> int:
    count = 0
    for image in inline_images(call.data):
        count += 1
        try:
            decode_base64(standard_base64(image.data), image.mime, max_bytes=call.provider.spec.behaviour.body_limit)
        except BadReference as error:
            call.refuse(
                "parameter-invalid", rule="tokaify.contents.inline-image", field=image.field,
                value=shown(image.data), reason=str(error),
            )  # fmt: skip
    return count


async def _drawn(call: Call, job: Job, wanted: Generation, prompt_tokens: int) -> Json:
    if "IMAGE" not in wanted.modalities:
        poem = f"A few words about: {wanted.prompt}"
        candidates = [_candidate([{"text": poem}]) for _ in range(wanted.candidates)]
        tokens = len(poem.split()) * wanted.candidates
    else:
        pairs = list(zip(call.image_specs(job), await call.images(job), strict=True))
        each = _images_each(call)
        shares = [pairs[first : first + each] for first in range(0, len(pairs), each)]
        candidates = [_candidate(await _parts(call, wanted.modalities, share)) for share in shares]
        tokens = _IMAGE_TOKENS[job.order.tier] * wanted.candidates
    body = {"candidates": candidates, **_usage(call, prompt_tokens, tokens)}
    if call.choice("model-version") == "present":
        body["modelVersion"] = _MODEL
    return body


async def _parts(call: Call, modalities: Sequence[str], images: Sequence[tuple[ImageSpec, bytes]]) -> list[Json]:
    pictures = [_picture(spec, _as_heavy_as(call.choice("image-weight"), image)) for spec, image in images]
    parts: list[Json] = []
    if call.choice("thought-parts") == "before":
        spec = images[0][0]
        draft = await call.media.renderer.get(thumbnail_spec(spec))
        parts += [{"text": _THOUGHT, "thought": True}, {**_picture(spec, draft), "thought": True}]
        pictures[0]["thoughtSignature"] = b64encode(spec.job.encode()).decode()
    text = call.choice("text-part") if "TEXT" in modalities else "none"
    if text in ("before", "around"):
        parts.append({"text": _BEFORE})
    parts += pictures
    if text == "around":
        parts.append({"text": _AFTER})
    return parts


def _images_each(call: Call) -> int:
    return 2 if call.choice("image-parts") == "several" else 1


def _as_heavy_as(weight: str, image: bytes) -> bytes:
    """The image with bytes after its end, which readers pass over, if it is to be as large as a photograph."""
    return image.ljust(_PHOTOGRAPHIC, b"\0") if weight == "photographic" else image


def _picture(spec: ImageSpec, image: bytes) -> Json:
    return {"inlineData": {"mimeType": f"image/{spec.format}", "data": b64encode(image).decode()}}


def _candidate(parts: list[Json]) -> Json:
    return {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}


def _prompt_block(call: Call, reason: str, prompt_tokens: int) -> Json:
    if call.choice("empty-candidates") == "bare":
        return {"candidates": [], "usageMetadata": {}, "modelVersion": _MODEL}
    body: Json = {
        "promptFeedback": {"blockReason": reason},
        "usageMetadata": {"promptTokenCount": prompt_tokens, "totalTokenCount": prompt_tokens},
        "modelVersion": _MODEL,
    }
    return {"candidates": None, **body} if call.choice("null-lists") == "on" else body


def _output_block(call: Call, reason: str, message: str, prompt_tokens: int) -> Json:
    content: Json = {"role": "model"}
    usage = _usage(call, prompt_tokens, None)
    if call.choice("null-lists") == "on":
        content["parts"] = None
        usage.get("usageMetadata", {})["candidatesTokenCount"] = 0
    candidate = {"content": content, "finishReason": reason, "finishMessage": message}
    return {"candidates": [candidate], **usage}


def _usage(call: Call, prompt_tokens: int, answer_tokens: int | None) -> Json:
    presence = call.choice("usage")
    if presence == "absent":
        return {}
    if presence == "empty":
        return {"usageMetadata": {}}
    counts = {"promptTokenCount": prompt_tokens}
    if answer_tokens is not None:
        counts["candidatesTokenCount"] = answer_tokens
    return {"usageMetadata": {**counts, "totalTokenCount": prompt_tokens + (answer_tokens or 0)}}


def _with_capital_sizes(data: Json) -> Json:
    config = field_of(data, "generationConfig")
    image = field_of(config, "imageConfig") if isinstance(config, dict) else None
    size = field_of(image, "imageSize") if isinstance(image, dict) else None
    if not isinstance(size, str) or size == size.upper() or image is None or config is None:
        return data
    capital = {name: value for name, value in image.items() if name not in ("imageSize", "image_size")}
    config = {name: value for name, value in config.items() if name not in ("imageConfig", "image_config")}
    rest = {name: value for name, value in data.items() if name not in ("generationConfig", "generation_config")}
    return {**rest, "generationConfig": {**config, "imageConfig": {**capital, "imageSize": size.upper()}}}


def _snake_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(name): _snake_names(item) for name, item in value.items()}
    return [_snake_names(item) for item in value] if isinstance(value, list) else value


PROVIDER = Tokaify
