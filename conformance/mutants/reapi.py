"""Clients of reAPI that ask for something else than they were asked for."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ..client import Bytes, GenerateRequest, Url
from ..reference.reapi import ReapiClient
from ..reference.wishes import RATIOS
from .bodies import Body, renamed, without
from .record import mutant

# ---- the request ---------------------------------------------------------------------------------------------------


@mutant("reapi.auth.bearer")
class BareKey(ReapiClient):
    """The key stands in the Authorization header without its scheme."""

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": self._key}


@mutant("reapi.auth.bearer")
class KeylessPolls(ReapiClient):
    """The key is sent with the submit only."""

    def poll_headers(self) -> dict[str, str]:
        return {"Accept": "application/json"}


@mutant("reapi.submit.endpoint")
class OpenAiPath(ReapiClient):
    """The path of an API that looks alike is taken over."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/v1/images/generations"


@mutant("reapi.submit.endpoint")
class EditsPath(ReapiClient):
    """References go to a path for edits, as they do elsewhere."""

    def submit_path(self, request: GenerateRequest) -> str:
        return f"/api/v1/images/{'edits' if request.images else 'generations'}"


@mutant("reapi.submit.body")
class FormBody(ReapiClient):
    """The body is written as a form."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return urlencode(body, doseq=True).encode()


@mutant("reapi.submit.body")
class EncodedTwice(ReapiClient):
    """The body is text that holds JSON, since it was encoded before it was handed to what encodes."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return json.dumps(json.dumps(body)).encode()


@mutant("reapi.submit.json-label")
class UnlabelledBody(ReapiClient):
    """The label is left to the HTTP library, which takes bytes for anything."""

    def submit_headers(self) -> dict[str, str]:
        return self.auth_headers()


@mutant("reapi.submit.model-sent")
class NoModel(ReapiClient):
    """The model is left to the server."""

    def build_body(self, request: GenerateRequest) -> Body:
        return without(super().build_body(request), "model")


@mutant("reapi.submit.model-known")
class MarketingName(ReapiClient):
    """The model goes by the name that it has elsewhere."""

    models = {"default": "gemini-3-pro-image", "official": "gemini-3-pro-image-preview-official"}


@mutant("reapi.submit.official-channel")
class OneChannel(ReapiClient):
    """The official channel is a field of the body that nobody reads."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, channel=None)) | {"channel": request.channel}


@mutant("reapi.submit.prompt-place")
class PromptInInput(ReapiClient):
    """The options stand inside an object."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return {"model": body.pop("model"), "input": body}


@mutant("reapi.submit.ratio-field", "reapi.submit.ratio-as-asked")
class RatioByAnotherName(ReapiClient):
    """The ratio stands in `aspect_ratio`."""

    def build_body(self, request: GenerateRequest) -> Body:
        return renamed(super().build_body(request), "size", "aspect_ratio")


@mutant("reapi.submit.ratio-as-asked")
class RatioNotForEdits(ReapiClient):
    """With references the ratio is dropped."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, ratio=None) if request.images else request)


@mutant("reapi.submit.ratio-not-replaced")
class NearestRatio(ReapiClient):
    """A ratio that is not on the list becomes the nearest that is."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        def shape(ratio: str) -> float:
            width, _, height = ratio.partition(":")
            return int(width) / int(height)

        wished = shape(request.ratio or "1:1")
        nearest = min(sorted(RATIOS), key=lambda known: abs(shape(known) - wished))
        return super().normalised(replace(request, ratio=request.ratio and nearest))


@mutant("reapi.submit.ratio-not-in-prompt")
class RatioInPrompt(ReapiClient):
    """The ratio is written into the prompt as well, to be sure."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | ({"prompt": f"{request.prompt}, aspect ratio {request.ratio}"} if request.ratio else {})


@mutant("reapi.submit.size-inherited")
class AlwaysSquare(ReapiClient):
    """The default ratio is filled in where none was asked for, for edits too."""

    def build_body(self, request: GenerateRequest) -> Body:
        return {"size": "1:1"} | super().build_body(request)


@mutant("reapi.submit.resolution-as-asked")
class ResolutionAsQuality(ReapiClient):
    """The tier goes under the name that it has elsewhere."""

    def build_body(self, request: GenerateRequest) -> Body:
        return renamed(super().build_body(request), "resolution", "quality")


@mutant("reapi.submit.resolution-not-replaced")
class LargestTier(ReapiClient):
    """A tier that is not on the list becomes the largest that is."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.resolution is None or request.resolution.upper() in self.offer.resolutions
        return super().normalised(request if known else replace(request, resolution="4K"))


@mutant("reapi.submit.resolution-case")
class CaseMatters(ReapiClient):
    """A tier in small letters is turned away."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return request


@mutant("reapi.submit.resolution-case")
class CaseFallsBack(ReapiClient):
    """A tier in small letters is not found in the table, and 1K is taken."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.resolution in (None, "1K", "2K", "4K")
        return request if known else replace(request, resolution="1K")


@mutant("reapi.submit.count-number", "reapi.submit.count-as-asked")
class CountAsText(ReapiClient):
    """The number of images is a string, as it came from a form."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | ({"n": str(body["n"])} if "n" in body else {})


@mutant("reapi.submit.count-as-asked")
class CountByAnotherName(ReapiClient):
    """The number of images stands in `num_images`."""

    def build_body(self, request: GenerateRequest) -> Body:
        return renamed(super().build_body(request), "n", "num_images")


@mutant("reapi.submit.count-not-replaced")
class CountCapped(ReapiClient):
    """More than four images are asked for as four."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, count=request.count and min(request.count, 4)))


# ---- references ----------------------------------------------------------------------------------------------------


@mutant("reapi.submit.references-not-inline")
class InlineReferences(ReapiClient):
    """Bytes are sent as data URIs."""

    offer = replace(ReapiClient.offer, images=(Url, Bytes))

    def build_body(self, request: GenerateRequest) -> Body:
        images = [each for each in request.images if isinstance(each, Bytes)]
        uris = [f"data:{each.mime};base64,{b64encode(each.data).decode()}" for each in images]
        return super().build_body(request) | ({"image_urls": uris} if uris else {})


@mutant("reapi.submit.references-not-inline")
class BytesForgotten(ReapiClient):
    """References that are no URLs are left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        images = tuple(each for each in request.images if isinstance(each, Url))
        return super().normalised(replace(request, images=images))


@mutant("reapi.submit.references-no-data-urls")
class DataUrlsForgotten(ReapiClient):
    """A `data:` URL is left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        images = tuple(each for each in request.images if not isinstance(each, Url) or not each.url.startswith("data:"))
        return super().normalised(replace(request, images=images))


@mutant("reapi.submit.references-not-dropped")
class OnlyGoodUrls(ReapiClient):
    """References that are no http(s) URLs are left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        images = tuple(each for each in request.images if isinstance(each, Url) and each.url.startswith("http"))
        return super().normalised(replace(request, images=images))


@mutant("reapi.submit.references-limit")
class FirstFourteen(ReapiClient):
    """References beyond the fourteenth are left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, images=request.images[:14]))


@mutant("reapi.submit.references-as-given")
class FirstReference(ReapiClient):
    """One reference is sent, however many there are."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, images=request.images[:1]))


@mutant("reapi.submit.references-as-given")
class CleanUrls(ReapiClient):
    """The query of a reference's URL is cut off, and its signature with it."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | {"image_urls": [url.partition("?")[0] for url in body.get("image_urls", ())]}


@mutant("reapi.submit.references-as-given")
class AlphabeticalReferences(ReapiClient):
    """References pass through a set and are sorted."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | {"image_urls": sorted(set(body.get("image_urls", ())))}


@mutant("reapi.submit.prompt-with-references")
class NoPromptForEdits(ReapiClient):
    """With references the prompt is left out."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return without(body, "prompt") if request.images else body


@mutant("reapi.submit.prompt-unicode", "reapi.submit.prompt-with-references")
class AsciiPrompt(ReapiClient):
    """Letters that are not English become question marks."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, prompt=request.prompt.encode("ascii", "replace").decode()))
