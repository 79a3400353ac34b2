"""Clients of Tokaify that make another call than they were asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ..client import GenerateRequest
from ..reference.tokaify import TokaifyClient
from ..reference.wishes import RATIOS
from .bodies import Body, renamed, without
from .record import mutant

# ---- the call ------------------------------------------------------------------------------------------------------


@mutant("tokaify.path.endpoint")
class StablePath(TokaifyClient):
    """The version in the path is that of the stable API."""

    def submit_path(self, request: GenerateRequest) -> str:
        return super().submit_path(request).replace("v1beta", "v1")


@mutant("tokaify.path.endpoint")
class Streaming(TokaifyClient):
    """The streaming method is called, which the document does not have."""

    def submit_path(self, request: GenerateRequest) -> str:
        return super().submit_path(request).replace(":generate", ":streamGenerate")


@mutant("tokaify.path.model-name")
class OtherModel(TokaifyClient):
    """The model goes by the name that it has elsewhere."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/v1beta/models/gemini-3-pro-image:generateContent"


@mutant("tokaify.auth.key-in-header")
class KeyInQuery(TokaifyClient):
    """The key is in the query, as in Google's oldest examples."""

    def submit_path(self, request: GenerateRequest) -> str:
        return f"{super().submit_path(request)}?key={self._key}"

    def auth_headers(self) -> dict[str, str]:
        return {}


@mutant("tokaify.auth.key-in-header")
class KeyTwice(TokaifyClient):
    """The key is in the header and in the query, whatever works."""

    def submit_path(self, request: GenerateRequest) -> str:
        return f"{super().submit_path(request)}?key={self._key}"


@mutant("tokaify.auth.key-sent")
class NoKey(TokaifyClient):
    """No key is sent, as in the first example."""

    def auth_headers(self) -> dict[str, str]:
        return {}


@mutant("tokaify.auth.key-sent")
class BareKey(TokaifyClient):
    """The key stands in the Authorization header without its scheme."""

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": self._key}


@mutant("tokaify.request.body")
class FormBody(TokaifyClient):
    """The body is written as a form."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return urlencode(body).encode()


@mutant("tokaify.request.body")
class EncodedTwice(TokaifyClient):
    """The body is text that holds JSON, since it was encoded before it was handed to what encodes."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return json.dumps(json.dumps(body)).encode()


@mutant("tokaify.request.content-type")
class UnlabelledBody(TokaifyClient):
    """The label is left to the HTTP library, which takes bytes for anything."""

    def submit_headers(self) -> dict[str, str]:
        return self.auth_headers()


class _Body(TokaifyClient):
    """A client with something in its body changed."""

    def build_body(self, request: GenerateRequest) -> Body:
        return self.changed(super().build_body(request), request)

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return body


@mutant("tokaify.request.as-documented")
class Nulls(_Body):
    """What was not asked for is sent as null."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return {"safetySettings": None} | body


@mutant("tokaify.request.as-documented")
class OneTurn(_Body):
    """The one turn stands in no array."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return body | {"contents": body["contents"][0]}


@mutant("tokaify.contents.required")
class ChatMessages(_Body):
    """The prompt is a message, as in the API that most relays have."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return without(body, "contents") | {"messages": [{"role": "user", "content": request.prompt}]}


@mutant("tokaify.config.object")
class ConfigLeftOut(_Body):
    """Options stand at the top of the body."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return {**without(body, "generationConfig"), **body["generationConfig"]}


@mutant("tokaify.config.image-config", "tokaify.config.ratio-as-asked")
class FlatConfig(_Body):
    """Ratio and size stand beside `imageConfig`, not inside it."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        config = body["generationConfig"]
        return body | {"generationConfig": without(config, "imageConfig") | config.get("imageConfig", {})}


@mutant("tokaify.config.candidate-count-one")
class TwoToChooseFrom(_Body):
    """Two candidates are asked for, and the better one may be kept."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return body | {"generationConfig": body["generationConfig"] | {"candidateCount": 2}}


@mutant("tokaify.config.candidate-count-number")
class CountAsText(_Body):
    """The number of candidates is a string, as it came from a form."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        return body | {"generationConfig": body["generationConfig"] | {"candidateCount": "1"}}


@mutant("tokaify.config.count-by-calls")
class CountAsCandidates(_Body):
    """More images than one are asked for as candidates."""

    offer = replace(TokaifyClient.offer, counts=(1, 2, 3, 4))

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        count = {"candidateCount": request.count} if request.count else {}
        return body | {"generationConfig": body["generationConfig"] | count}


@mutant("tokaify.config.count-by-calls")
class CountForgotten(TokaifyClient):
    """More images than one are taken for one."""

    offer = replace(TokaifyClient.offer, counts=(1, 2, 3, 4))


@mutant("tokaify.config.include-image")
class TextOnly(TokaifyClient):
    """Only text is asked for, as in the examples of a chat model."""

    modalities = ("TEXT",)


class _ImageConfig(_Body):
    """A client with something in its image options changed."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        config = body["generationConfig"]
        image = self.image_config(config.get("imageConfig", {}), request)
        return body | {"generationConfig": without(config, "imageConfig") | ({"imageConfig": image} if image else {})}

    def image_config(self, image: Body, request: GenerateRequest) -> Body:
        return image


@mutant("tokaify.config.tier-case")
class SmallTiers(_ImageConfig):
    """Tiers are written in small letters."""

    def image_config(self, image: Body, request: GenerateRequest) -> Body:
        return image | ({"imageSize": request.resolution.lower()} if request.resolution else {})


@mutant("tokaify.config.ratio-as-asked")
class RatioByAnotherName(_ImageConfig):
    """The ratio stands in `ratio`."""

    def image_config(self, image: Body, request: GenerateRequest) -> Body:
        return renamed(image, "aspectRatio", "ratio")


@mutant("tokaify.config.ratio-as-asked")
class RatioNotForTall(_ImageConfig):
    """Tall ratios are turned round."""

    def image_config(self, image: Body, request: GenerateRequest) -> Body:
        wide = {"9:16": "16:9", "2:3": "3:2", "3:4": "4:3"}
        return image | ({"aspectRatio": wide[request.ratio]} if request.ratio in wide else {})


@mutant("tokaify.config.size-as-asked")
class SizeLeftOut(_ImageConfig):
    """The size is left to the provider."""

    def image_config(self, image: Body, request: GenerateRequest) -> Body:
        return without(image, "imageSize")


@mutant("tokaify.config.size-as-asked")
class SizeInPixels(_ImageConfig):
    """The size is sent in pixels."""

    def image_config(self, image: Body, request: GenerateRequest) -> Body:
        pixels = {"1K": "1024", "2K": "2048", "4K": "4096"}
        return image | ({"imageSize": pixels[request.resolution]} if request.resolution else {})


@mutant("tokaify.config.ratio-not-replaced")
class SquareInstead(TokaifyClient):
    """A ratio that is not on the list becomes a square."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.ratio is None or request.ratio in RATIOS
        return super().normalised(request if known else replace(request, ratio="1:1"))


@mutant("tokaify.config.size-not-replaced")
class LargestTier(TokaifyClient):
    """A tier that is not on the list becomes the largest that is."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.resolution in (None, *self.offer.resolutions)
        return request if known else replace(request, resolution="4K")


@mutant("tokaify.config.temperature-as-asked")
class ZeroIsNone(TokaifyClient):
    """A temperature of zero is taken for none."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, temperature=request.temperature or None))


@mutant("tokaify.config.temperature-as-asked")
class TemperatureOutside(_Body):
    """The temperature stands at the top of the body, where chat models have it."""

    def changed(self, body: Body, request: GenerateRequest) -> Body:
        config = body["generationConfig"]
        return body | {"generationConfig": without(config, "temperature"), "temperature": request.temperature or 1.0}


@mutant("tokaify.config.top-p-as-asked")
class TopPForgotten(TokaifyClient):
    """A top-p is accepted and goes nowhere."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, top_p=None))
