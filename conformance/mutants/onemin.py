"""Clients of 1min.ai that ask for something else than they were asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ..client import Bytes, GenerateRequest, Url
from ..reference.onemin import OneMinClient
from .bodies import Body, renamed, without
from .record import mutant

# ---- the request ---------------------------------------------------------------------------------------------------


@mutant("onemin.auth.api-key-header")
class BearerInstead(OneMinClient):
    """The key is a bearer token, as elsewhere."""

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}


@mutant("onemin.auth.api-key-header")
class XApiKey(OneMinClient):
    """The header of the key has an x before it."""

    def auth_headers(self) -> dict[str, str]:
        return {"X-API-KEY": self._key}


@mutant("onemin.auth.no-bearer")
class BearerAsWell(OneMinClient):
    """The key is in both headers, whatever works."""

    def auth_headers(self) -> dict[str, str]:
        return {**super().auth_headers(), "Authorization": f"Bearer {self._key}"}


@mutant("onemin.submit.endpoint")
class SingularPath(OneMinClient):
    """Submits go to a path of which one letter is missing."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/api/feature"


@mutant("onemin.submit.endpoint")
class PathWithoutApi(OneMinClient):
    """The path begins after the part that the base URL is thought to have."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/features"


@mutant("onemin.submit.json-object")
class FormBody(OneMinClient):
    """The body is written as a form."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return urlencode(body).encode()


@mutant("onemin.submit.json-object")
class EncodedTwice(OneMinClient):
    """The body is text that holds JSON, since it was encoded before it was handed to what encodes."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return json.dumps(json.dumps(body)).encode()


@mutant("onemin.submit.content-type")
class UnlabelledBody(OneMinClient):
    """The label is left to the HTTP library, which takes bytes for anything."""

    def submit_headers(self) -> dict[str, str]:
        return self.auth_headers()


@mutant("onemin.submit.body")
class NoType(OneMinClient):
    """The kind of feature is left to the server."""

    def build_body(self, request: GenerateRequest) -> Body:
        return without(super().build_body(request), "type")


@mutant("onemin.submit.as-documented")
class TypeInSmallLetters(OneMinClient):
    """The kind of feature is written in small letters."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(request) | {"type": "image_generator"}


@mutant("onemin.submit.as-documented")
class OtherModel(OneMinClient):
    """The model goes by the name that it has elsewhere."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(request) | {"model": "gemini-3-pro-image"}


@mutant("onemin.submit.prompt-object")
class FlatBody(OneMinClient):
    """The parameters stand beside the type."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return {**without(body, "promptObject"), **body["promptObject"]}


class _Wanted(OneMinClient):
    """A client with something in its parameters changed."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | {"promptObject": self.changed(body["promptObject"], request)}

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted


@mutant("onemin.submit.as-documented")
class Nulls(_Wanted):
    """What was not asked for is sent as null."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return {"temperature": None, "topP": None} | wanted


@mutant("onemin.submit.image-size-required")
class SizeIfAsked(_Wanted):
    """The size is left out where none was asked for, since it has a default."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted if request.resolution else without(wanted, "imageSize")


@mutant("onemin.submit.image-size-required", "onemin.submit.size-as-asked")
class SizeByAnotherName(_Wanted):
    """The size stands in `size`."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return renamed(wanted, "imageSize", "size")


@mutant("onemin.submit.size-as-asked")
class AlwaysTwo(_Wanted):
    """Every image is a 2K one, as in the example."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | {"imageSize": "2K"}


@mutant("onemin.submit.tier-case")
class SmallTiers(_Wanted):
    """Tiers are written in small letters."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | {"imageSize": wanted["imageSize"].lower()}


@mutant("onemin.submit.size-not-replaced")
class LargestTier(OneMinClient):
    """A tier that is not on the list becomes the largest that is."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.resolution in (None, *self.offer.resolutions)
        return request if known else replace(request, resolution="4K")


@mutant("onemin.submit.temperature-number")
class TemperatureAsText(_Wanted):
    """The temperature is always sent, as a text."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | {"temperature": str(wanted.get("temperature", 1.0))}


@mutant("onemin.submit.top-p-number")
class TopPAsText(_Wanted):
    """The top-p is always sent, as a text."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | {"topP": str(wanted.get("topP", 0.95))}


@mutant("onemin.submit.temperature-as-asked")
class ZeroIsNone(OneMinClient):
    """A temperature of zero is taken for none."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, temperature=request.temperature or None))


@mutant("onemin.submit.temperature-as-asked")
class DefaultTemperature(_Wanted):
    """The default of the document is sent, whatever was asked for."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | {"temperature": 1.0}


@mutant("onemin.submit.temperature-not-bent")
class TemperatureBent(OneMinClient):
    """A temperature beyond the range becomes the nearest within."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        told = request.temperature
        return super().normalised(replace(request, temperature=None if told is None else min(max(told, 0.0), 2.0)))


@mutant("onemin.submit.top-p-as-asked")
class TopPInSnakeCase(_Wanted):
    """The top-p stands in `top_p`."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return renamed(wanted, "topP", "top_p")


@mutant("onemin.submit.top-p-as-asked")
class TopPInPercent(_Wanted):
    """The top-p is sent in percent."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | ({"topP": round(wanted["topP"] * 100)} if "topP" in wanted else {})


@mutant("onemin.submit.top-p-not-bent")
class TopPBent(OneMinClient):
    """A top-p beyond the range becomes the nearest within."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, top_p=request.top_p and min(max(request.top_p, 0.0), 1.0)))


@mutant("onemin.submit.top-p-not-bent")
class TopPDropped(OneMinClient):
    """A top-p beyond the range is left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        fits = request.top_p is not None and 0 <= request.top_p <= 1
        return super().normalised(replace(request, top_p=request.top_p if fits else None))


# ---- what cannot be asked for --------------------------------------------------------------------------------------


@mutant("onemin.submit.no-other-parameters")
class SizeInPixels(_Wanted):
    """The size is sent in pixels as well, as relays do."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return {"size": "1024x1024", **wanted}


@mutant("onemin.submit.ratio-refused")
class RatioInvented(_Wanted):
    """The ratio is in a field that the document does not have."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | ({"aspectRatio": request.ratio} if request.ratio else {})

    def check(self, request: GenerateRequest) -> None:
        super().check(replace(request, ratio=None))


@mutant("onemin.submit.ratio-refused")
class RatioInPrompt(_Wanted):
    """The ratio is written into the prompt."""

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | ({"prompt": f"{request.prompt} --ar {request.ratio}"} if request.ratio else {})

    def check(self, request: GenerateRequest) -> None:
        super().check(replace(request, ratio=None))


@mutant("onemin.submit.count-made-up-for")
class CountInvented(_Wanted):
    """The number of images is in a field that the document does not have."""

    offer = replace(OneMinClient.offer, counts=(1, 2, 3, 4))

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        return wanted | ({"n": request.count} if request.count else {})


@mutant("onemin.submit.count-made-up-for")
class CountForgotten(OneMinClient):
    """More images than one are taken for one."""

    offer = replace(OneMinClient.offer, counts=(1, 2, 3, 4))


@mutant("onemin.submit.urls-refused")
class UrlsInvented(_Wanted):
    """References are in a field that the document does not have."""

    offer = replace(OneMinClient.offer, images=(Url,))

    def changed(self, wanted: Body, request: GenerateRequest) -> Body:
        urls = [image.url for image in request.images if isinstance(image, Url)]
        return wanted | ({"imageUrl": urls[0]} if urls else {})


@mutant("onemin.submit.bytes-refused")
class BytesForgotten(OneMinClient):
    """References that are bytes are left out."""

    offer = replace(OneMinClient.offer, images=(Bytes,))
