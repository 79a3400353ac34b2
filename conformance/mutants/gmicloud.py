"""Clients of GMI Cloud that ask for something else than they were asked for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ..client import Bytes, GenerateRequest, Url
from ..reference.gmicloud import QUEUE, GmiCloudClient
from ..reference.wishes import RATIOS
from .bodies import Body, renamed, without
from .record import mutant

# ---- the request ---------------------------------------------------------------------------------------------------


@mutant("gmicloud.auth.bearer")
class BareKey(GmiCloudClient):
    """The key stands in the Authorization header without its scheme."""

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": self._key}


@mutant("gmicloud.auth.bearer")
class GoogleKey(GmiCloudClient):
    """The key goes into the header that Google's own API has, since the document speaks of a Google API key."""

    def auth_headers(self) -> dict[str, str]:
        return {"x-goog-api-key": self._key}


@mutant("gmicloud.submit.endpoint")
class SdkPath(GmiCloudClient):
    """Submits go to the path that the provider's own SDK has, for another kind of key."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/api/v1/ie/requestqueue/requests"


@mutant("gmicloud.submit.json-object")
class FormBody(GmiCloudClient):
    """The body is written as a form."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return urlencode(body).encode()


@mutant("gmicloud.submit.json-object")
class EncodedTwice(GmiCloudClient):
    """The body is text that holds JSON, since it was encoded before it was handed to what encodes."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return json.dumps(json.dumps(body)).encode()


@mutant("gmicloud.submit.content-type")
class UnlabelledBody(GmiCloudClient):
    """The label is left to the HTTP library, which takes bytes for anything."""

    def submit_headers(self) -> dict[str, str]:
        return self.auth_headers()


@mutant("gmicloud.submit.body-shape")
class FlatBody(GmiCloudClient):
    """The parameters stand beside the model."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return {"model": body["model"], **body["payload"]}


@mutant("gmicloud.submit.body-shape")
class OptionsOutside(GmiCloudClient):
    """The prompt is in the payload, the options are not."""

    def build_body(self, request: GenerateRequest) -> Body:
        payload = super().build_body(request)["payload"]
        outside = {name: payload.pop(name) for name in ("image_size", "aspect_ratio") if name in payload}
        return {"model": "gemini-3-pro-image-preview", "payload": payload, **outside}


@mutant("gmicloud.submit.model-sent", "gmicloud.submit.as-documented")
class NoModel(GmiCloudClient):
    """The model is left to the server."""

    def build_body(self, request: GenerateRequest) -> Body:
        return without(super().build_body(request), "model")


@mutant("gmicloud.submit.as-documented")
class OtherModel(GmiCloudClient):
    """The model goes by the name that it has elsewhere."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(request) | {"model": "google/gemini-3-pro-image"}


class _Payload(GmiCloudClient):
    """A client with something in its payload changed."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | {"payload": self.changed(body["payload"], request)}

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload


@mutant("gmicloud.submit.as-documented")
class Nulls(_Payload):
    """What was not asked for is sent as null."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return {"image_size": None, "aspect_ratio": None, "image_output_format": None} | payload


@mutant("gmicloud.submit.as-documented")
class EmptyReference(_Payload):
    """Without references the field for them is an empty text."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return {"image": ""} | payload


@mutant("gmicloud.submit.ratio-as-asked")
class RatioInCamelCase(_Payload):
    """The ratio stands in `aspectRatio`."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return renamed(payload, "aspect_ratio", "aspectRatio")


@mutant("gmicloud.submit.ratio-as-asked")
class RatioWithSizeOnly(_Payload):
    """The ratio is sent only where a size was asked for, too."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload if request.resolution else without(payload, "aspect_ratio")


@mutant("gmicloud.submit.ratio-not-replaced")
class NearestRatio(GmiCloudClient):
    """A ratio that is not on the list becomes its neighbour."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        neighbours = {"2:3": "3:4", "3:2": "4:3"}
        known = neighbours.get(request.ratio or "", request.ratio)
        return super().normalised(replace(request, ratio=known if known in RATIOS else request.ratio and "1:1"))


@mutant("gmicloud.submit.ratio-not-replaced")
class RatioIgnored(_Payload):
    """A ratio that is not on the list is left out."""

    offer = replace(GmiCloudClient.offer, ratios={*RATIOS, "1:4", "7:3", "10:1"})

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        known = request.ratio in GmiCloudClient.offer.ratios
        return payload if known else without(payload, "aspect_ratio")


@mutant("gmicloud.submit.size-as-asked")
class SizeByAnotherName(_Payload):
    """The size stands in `resolution`."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return renamed(payload, "image_size", "resolution")


@mutant("gmicloud.submit.size-as-asked")
class HalfTheSize(_Payload):
    """4K is asked for as 2K, since it takes so long."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | ({"image_size": "2K"} if request.resolution == "4K" else {})


@mutant("gmicloud.submit.tier-case")
class SmallTiers(_Payload):
    """Tiers are written in small letters."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | ({"image_size": request.resolution.lower()} if request.resolution else {})


@mutant("gmicloud.submit.size-not-replaced")
class LargestTier(GmiCloudClient):
    """A tier that is not on the list becomes the largest that is."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.resolution in (None, *self.offer.resolutions)
        return request if known else replace(request, resolution="4K")


@mutant("gmicloud.submit.format-as-asked")
class FormatByAnotherName(_Payload):
    """The format stands in `output_format`."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return renamed(payload, "image_output_format", "output_format")


@mutant("gmicloud.submit.format-as-asked")
class JpgForJpeg(_Payload):
    """JPEG is called jpg."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | ({"image_output_format": "jpg"} if request.output_format == "jpeg" else {})


@mutant("gmicloud.submit.format-not-replaced")
class PngForWebp(GmiCloudClient):
    """A format that can't be had becomes PNG."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.output_format in (None, "png", "jpeg")
        return super().normalised(request if known else replace(request, output_format="png"))


@mutant("gmicloud.submit.prompt-not-cut")
class PromptCut(GmiCloudClient):
    """A long prompt is cut where the limit is."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, prompt=request.prompt[:2000]))


@mutant("gmicloud.submit.prompt-not-cut")
class PromptShortened(GmiCloudClient):
    """A long prompt ends in an ellipsis."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        prompt = request.prompt if len(request.prompt) <= 2000 else f"{request.prompt[:1997]}..."
        return super().normalised(replace(request, prompt=prompt))


@mutant("gmicloud.submit.prompt-of-full-length")
class BytesCounted(GmiCloudClient):
    """The length of a prompt is counted in bytes."""

    def check(self, request: GenerateRequest) -> None:
        super().check(request)
        if len(request.prompt.encode()) > 2000:
            raise self.error("the prompt is too long", "invalid")


@mutant("gmicloud.submit.prompt-of-full-length")
class UnitsCounted(GmiCloudClient):
    """The length of a prompt is counted in UTF-16 units, as JavaScript does."""

    def check(self, request: GenerateRequest) -> None:
        super().check(request)
        if len(request.prompt.encode("utf-16-le")) > 4000:
            raise self.error("the prompt is too long", "invalid")


@mutant("gmicloud.submit.prompt-of-full-length")
class OneTooFew(GmiCloudClient):
    """A prompt has to be shorter than the limit."""

    offer = replace(GmiCloudClient.offer, longest_prompt=1999)


@mutant("gmicloud.submit.count-made-up-for")
class CountForgotten(GmiCloudClient):
    """More images than one are taken for one."""

    offer = replace(GmiCloudClient.offer, counts=(1, 2, 3, 4))


@mutant("gmicloud.submit.count-made-up-for")
class CountInvented(_Payload):
    """The number of images is in a field that the document does not have."""

    offer = replace(GmiCloudClient.offer, counts=(1, 2, 3, 4))

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | {"num_outputs": request.count or 1}


@mutant("gmicloud.submit.no-count-field")
class FourAsUsual(_Payload):
    """Four images are ordered each time, as on the provider's own page."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | {"n": 4}


# ---- references ----------------------------------------------------------------------------------------------------


@mutant("gmicloud.submit.prompt-with-references")
class EditsWithoutPrompt(_Payload):
    """Beside references the prompt goes under the name that it has for edits elsewhere."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return renamed(payload, "prompt", "instruction") if request.images else payload


@mutant("gmicloud.submit.references-as-given")
class FirstReference(_Payload):
    """Only the first reference is sent, as a text."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | ({"image": payload["image"][0]} if "image" in payload else {})


@mutant("gmicloud.submit.references-as-given")
class ReferencesInOneText(_Payload):
    """References stand in one text, with commas between them."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | ({"image": ",".join(payload["image"])} if "image" in payload else {})


@mutant("gmicloud.submit.references-as-given")
class ReferencesByAnotherName(_Payload):
    """References stand in `image_urls`."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return renamed(payload, "image", "image_urls")


@mutant("gmicloud.submit.references-as-given")
class ReferencesSorted(_Payload):
    """References are sorted, to make a key for the cache."""

    def changed(self, payload: Body, request: GenerateRequest) -> Body:
        return payload | ({"image": sorted(payload["image"])} if "image" in payload else {})


@mutant("gmicloud.submit.references-not-dropped")
class BytesForgotten(GmiCloudClient):
    """References that are bytes are left out."""

    offer = replace(GmiCloudClient.offer, images=(Url, Bytes))


@mutant("gmicloud.submit.references-limit")
class FirstFourteen(GmiCloudClient):
    """References beyond the limit are left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, images=request.images[:14]))


# ---- lists ---------------------------------------------------------------------------------------------------------


@mutant("gmicloud.list.model-filter")
class WholeList(GmiCloudClient):
    """All requests of the account are listed, and sorted out here."""

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        answer = await self.send("GET", QUEUE, self.poll_headers(), None, self.poll_patience)
        return [row for row in self.rows_of(answer) if row.get("model") == model]


@mutant("gmicloud.list.model-filter")
class ModelByAnotherName(GmiCloudClient):
    """The list is filtered by `model`, which nobody reads."""

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        answer = await self.send("GET", f"{QUEUE}?model={model}", self.poll_headers(), None, self.poll_patience)
        return self.rows_of(answer)


@mutant("gmicloud.auth.bearer")
class KeylessList(GmiCloudClient):
    """Lists are asked for without the key."""

    async def list(self, model: str | None = None) -> Sequence[Mapping[str, Any]]:
        answer = await self.send("GET", f"{QUEUE}?model_id={model}", {}, None, self.poll_patience)
        return self.rows_of(answer)
