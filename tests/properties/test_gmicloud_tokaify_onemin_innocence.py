"""Clients of GMI Cloud, Tokaify and 1min.ai that are right in an odd way stay green."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from safelight.conformance.client import Bytes, Category, ClientError, GenerateRequest, Image, Result, Url
from safelight.conformance.engine.engine import Engine
from safelight.conformance.reference import GmiCloudClient, OneMinClient, TokaifyClient, factory_of
from safelight.conformance.reference.client import ReferenceClient
from safelight.conformance.reference.failures import NOTHING_SAID, Complaint
from safelight.conformance.reference.job import Job
from safelight.conformance.reference.tokaify import MODEL
from safelight.conformance.subjects.python import FactorySubject
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.runner import Explorer, Plan

# ---- oddities that any of them may have ----------------------------------------------------------------------------


class OneCallPerImage(ReferenceClient):
    """Shares a wish for several images out over calls of one each."""

    async def generate(self, request: GenerateRequest) -> Result:
        single = replace(request, count=None)
        results = [await super(OneCallPerImage, self).generate(single) for _ in range(request.count or 1)]
        return replace(results[0], images=tuple(image for result in results for image in result.images))


class AsksForgiveness(ReferenceClient):
    """Passes on what it is asked for, and hands back what the provider says to it."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return request

    def check(self, request: GenerateRequest) -> None:
        pass


class CallsItInvalid(ReferenceClient):
    """Has one word for what a provider does not offer and for what it refuses."""

    def error(self, text: str, category: Any, *rest: Any, **more: Any) -> ClientError:
        return super().error(text, "invalid" if category == "unsupported" else category, *rest, **more)


class HandsOverBytes(ReferenceClient):
    """Fetches the images at once."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        answers = [await self.transport.send("GET", image.url or "", headers={}) for image in result.images]
        return replace(result, images=tuple(Image(data=answer.content) for answer in answers))


class NeverTwice(ReferenceClient):
    """Leaves every retry to its caller."""

    most_submits = 1
    most_lost_polls = 0


# ---- GMI Cloud -----------------------------------------------------------------------------------------------------


class ConversationFromTheStart(GmiCloudClient):
    """Has but one form of request: a conversation, of which the first turn is one."""

    def instruction(self, request: GenerateRequest) -> dict[str, Any]:
        return super().instruction(replace(request, previous=request.previous or [{"role": "user", "parts": []}]))


class FillsInPlace(GmiCloudClient):
    """Writes the instruction into the text that is there, and lets the empty file be."""

    def filled(self, turn: Mapping[str, Any], request: GenerateRequest) -> Mapping[str, Any]:
        urls = [image.url for image in request.images if isinstance(image, Url)]
        empty = [part for part in turn["parts"] if "fileData" in part]
        return {"parts": [*map(self.file, urls), {"text": ""}, {"text": request.prompt}, *empty], "role": "user"}


class OneReferenceIsAText(GmiCloudClient):
    """Sends a single reference as a text, and one that is given twice only once."""

    def instruction(self, request: GenerateRequest) -> dict[str, Any]:
        payload = super().instruction(request)
        urls = list(dict.fromkeys(payload.get("image", ())))
        return payload | ({"image": urls[0] if len(urls) == 1 else urls} if urls else {})


class FewWords(GmiCloudClient):
    """Leaves out whatever is the documented default."""

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        body = super().build_body(request)
        unsaid = {"aspect_ratio": "1:1", "image_size": "1K", "image_output_format": "png"}
        kept = {name: value for name, value in body["payload"].items() if unsaid.get(name) != value}
        return body | {"payload": kept}


class ManyWords(GmiCloudClient):
    """Sends every default."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        said = {"ratio": "1:1", "resolution": "1K", "output_format": "png"}
        return super().normalised(replace(request, **{n: getattr(request, n) or said[n] for n in said}))


class InlineReferences(AsksForgiveness, GmiCloudClient):
    """Sends bytes as a data URI, since the document has a limit for inline images."""

    def instruction(self, request: GenerateRequest) -> dict[str, Any]:
        inline = [each for each in request.images if isinstance(each, Bytes)]
        uris = [f"data:{each.mime};base64,{b64encode(each.data).decode()}" for each in inline]
        return super().instruction(request) | ({"image": uris} if uris else {})


class Calm(GmiCloudClient):
    """Is in no hurry."""

    first_wait = 60.0
    rhythm = ((inf, 60.0),)


class CancelledByCode(GmiCloudClient):
    """Has no category of its own for what was cancelled, but a code."""

    def error(self, text: str, category: Any, complaint: Complaint = NOTHING_SAID, *rest: Any, **more: Any) -> Any:
        if category == "cancelled":
            return super().error(text, "failed", Complaint("REQUEST_CANCELLED"), *rest, **more)
        return super().error(text, category, complaint, *rest, **more)


class KnowsTypes(HandsOverBytes, GmiCloudClient):
    """Looks at the bytes to tell of what type an image is, and writes jpg."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        mimes = ["image/png" if (image.data or b"").startswith(b"\x89PNG") else "image/jpg" for image in result.images]
        images = [replace(image, mime=mime) for image, mime in zip(result.images, mimes, strict=True)]
        return replace(result, images=tuple(images))


class ConvertsToWebp(HandsOverBytes, GmiCloudClient):
    """Makes a WebP of the PNG itself."""

    async def generate(self, request: GenerateRequest) -> Result:
        converted = request.output_format == "webp"
        result = await super().generate(replace(request, output_format="png") if converted else request)
        images = [Image(data=b"RIFF\0\0\0\0WEBPVP8 ") if converted else image for image in result.images]
        return replace(result, images=tuple(images))


# ---- Tokaify -------------------------------------------------------------------------------------------------------


class CamelCase(TokaifyClient):
    """Speaks as one of the SDKs does: mixed names, the alphabet of URLs, a header of Google's."""

    def auth_headers(self) -> dict[str, str]:
        return {"x-goog-api-key": self._key}

    def reference(self, image: Bytes) -> Mapping[str, Any]:
        data = urlsafe_b64encode(image.data).decode().rstrip("=")
        return {"inlineData": {"mime_type": image.mime.replace("jpeg", "jpg"), "data": data}}

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        body = super().build_body(request)
        config = body.pop("generationConfig")
        image = config.pop("imageConfig", {})
        snake = {"aspect_ratio": image.get("aspectRatio"), "image_size": image.get("imageSize")}
        given = {name: value for name, value in snake.items() if value is not None}
        return {**body, "generation_config": {**config, **({"image_config": given} if given else {})}}


class ImagesFirst(TokaifyClient):
    """Shows the references in a turn of their own, and says what to do with them in the next."""

    modalities = ("IMAGE",)

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        *before, last = super().contents(request)
        text, *images = last["parts"]
        shown = [{"parts": images}] if images else []
        return [*before, *shown, {"parts": [{"text": "Follow this to the letter."}, text]}]

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        body = super().build_body(request)
        system = {"parts": [{"text": "You draw."}]}
        return body | {"systemInstruction": system, "safetySettings": [], "seed": 2, "topK": 3}


class NamesFiles(TokaifyClient):
    """Hands URLs on as files instead of fetching them."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        return request

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        *before, last = super().contents(request)
        files = [{"fileData": {"fileUri": each.url}} for each in request.images if isinstance(each, Url)]
        return [*before, {**last, "parts": [*last["parts"], *files]}]


class ImageAsReference(TokaifyClient):
    """Goes on from the picture alone, handed over as a reference."""

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        pictures = tuple(Bytes(image.data or b"", image.mime or "") for image in request.previous or ())
        return super().contents(replace(request, previous=None, images=(*pictures, *request.images)))

    def result(self, body: Any, job: Job) -> Result:
        result = super().result(body, job)
        return replace(result, conversation=result.images)


class DataUrls(TokaifyClient):
    """Hands images over as data URLs."""

    def decoded(self, part: Any) -> Image:
        image = super().decoded(part)
        return Image(url=f"data:{image.mime};base64,{b64encode(image.data or b'').decode()}")


class NoTypes(TokaifyClient):
    """Tells no types, and sums up its counts itself."""

    def decoded(self, part: Any) -> Image:
        return replace(super().decoded(part), mime=None)

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        usage = super().usage_of(body)
        return {"input": usage.get("promptTokenCount", 0), "output": usage.get("candidatesTokenCount", 0)}


class ReasonsInWords(TokaifyClient):
    """Tells reasons in small letters with spaces; what has none has failed."""

    def without_images(self, body: Any, job: Job) -> ClientError:
        reason = self.block_reason(body)
        if reason is None:
            return self.error("nothing was drawn", "failed", job=job)
        moderated = any(word in reason for word in ("SAFETY", "PROHIBITED", "BLOCKLIST")) or "promptFeedback" in body
        category: Category = "blocked" if moderated else "failed"
        return self.error(f"nothing was drawn: {reason.lower().replace('_', ' ')}", category, job=job)


class StatusOnly(TokaifyClient):
    """Goes by the HTTP status alone, since no body of an error is documented."""

    def complaint(self, body: Any) -> Complaint:
        return Complaint(message="refused")


class HasAFallback(TokaifyClient):
    """Tries another model when the first is not to be had."""

    passing_submits = frozenset({"rate_limited", "server"})
    most_submits = 3
    asked = 0

    def submit_path(self, request: GenerateRequest) -> str:
        return f"/v1beta/models/{MODEL}:generateContent"

    async def submit_once(self, path: str, content: bytes, job: Job) -> Any:
        self.asked += 1
        other = path if self.asked == 1 else path.replace(MODEL, "gemini-3.1-flash-image")
        return await super().submit_once(other, content, job)


class HangsUpLate(TokaifyClient):
    """Gives up after five minutes, and says that it does not know."""

    submit_patience = 300.0


# ---- 1min.ai -------------------------------------------------------------------------------------------------------


class SaysDefaults(OneMinClient):
    """Sends every default; whole numbers without a point."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        temperature = 1.0 if request.temperature is None else request.temperature
        whole = int(temperature) if temperature == int(temperature) else temperature
        top_p = 0.95 if request.top_p is None else request.top_p
        return super().normalised(replace(request, temperature=whole, top_p=top_p))


class LeavesDefaultsOut(OneMinClient):
    """Leaves out what is the documented default."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        temperature = None if request.temperature == 1.0 else request.temperature
        return super().normalised(replace(request, temperature=temperature, top_p=_other_than(0.95, request.top_p)))


class FailsWithFewWords(OneMinClient):
    """Knows success and failure, and no reasons."""

    def judge(self, body: Any, job: Job) -> None:
        record = body.get("aiRecord") if isinstance(body, dict) else None
        if not isinstance(record, dict) or record.get("status") != "SUCCESS" or not record.get("temporaryUrl"):
            raise self.error("no image came", "protocol", job=job)


class HangsUpAfterAll(OneMinClient):
    """Gives up after 130 seconds, and does not come back."""

    default_deadline = 130.0


class TakesSquares(OneMinClient):
    """Takes a wish for a square, since every picture is one."""

    def check(self, request: GenerateRequest) -> None:
        super().check(replace(request, ratio=None) if request.ratio == "1:1" else request)


def _other_than(default: float, value: float | None) -> float | None:
    return None if value == default else value


def of(*bases: type[ReferenceClient]) -> type[ReferenceClient]:
    """A class that derives from all of these."""
    return type("".join(base.__name__ for base in bases), bases, {})


class _Counts(OneCallPerImage):
    def check(self, request: GenerateRequest) -> None:
        super().check(replace(request, count=None))


CASES: list[tuple[type[ReferenceClient], tuple[str, ...]]] = [
    *((of(_Counts, base), ("count", "all-urls")) for base in (GmiCloudClient, TokaifyClient, OneMinClient)),
    (of(AsksForgiveness, TokaifyClient), ("not-", "as-")),
    (InlineReferences, ("not-", "as-", "limit")),
    *((of(CallsItInvalid, base), ("submit", "config")) for base in (GmiCloudClient, TokaifyClient, OneMinClient)),
    *((of(NeverTwice, base), ("error", "model")) for base in (GmiCloudClient, TokaifyClient, OneMinClient)),
    *((of(HandsOverBytes, base), ("result", "media", "record")) for base in (GmiCloudClient, OneMinClient)),
    (ConversationFromTheStart, ("submit", "contents")),
    (FillsInPlace, ("contents",)),
    (OneReferenceIsAText, ("references", "as-documented")),
    (FewWords, ("as-asked", "options")),
    (ManyWords, ("as-asked", "options", "as-documented", "true-type")),
    (Calm, ("poll", "result")),
    (CancelledByCode, ("cancelled",)),
    (KnowsTypes, ("true-type", "all-urls")),
    (ConvertsToWebp, ("format", "true-type")),
    (CamelCase, ("tokaify.",)),
    (ImagesFirst, ("contents", "config", "request", "among")),
    (NamesFiles, ("references",)),
    (ImageAsReference, ("follow-up", "verbatim")),
    (DataUrls, ("answer",)),
    (NoTypes, ("answer",)),
    (ReasonsInWords, ("block",)),
    (StatusOnly, ("error", "model")),
    (HasAFallback, ("model", "duration")),
    (HangsUpLate, ("duration",)),
    (SaysDefaults, ("submit",)),
    (LeavesDefaultsOut, ("submit",)),
    (FailsWithFewWords, ("record",)),
    (HangsUpAfterAll, ("patience", "ordered-once")),
    (TakesSquares, ("ratio", "as-documented")),
]


@pytest.mark.parametrize(("client", "parts"), CASES, ids=[client.__name__ for client, _ in CASES])
def test_an_odd_client_is_not_accused(client: type[ReferenceClient], parts: tuple[str, ...]) -> None:
    with Engine(FactorySubject(factory_of({client.provider: client}), client.__name__)) as engine:
        items = items_for(engine.subject.capabilities, engine.subject.conditions, [client.provider])
        wanted = [
            item
            for item in items
            if item.check.id.startswith(f"{client.provider}.") and any(part in item.check.id for part in parts)
        ]
        results = list(Explorer(engine, Plan(each=6, shrink=False)).results(wanted))
    accused = {
        result.id: result.counterexample and result.counterexample.sentence
        for result in results
        if result.status not in ("pass", "not-applicable")
    }
    assert accused == {}
    assert any(result.status == "pass" and result.examples for result in results)
