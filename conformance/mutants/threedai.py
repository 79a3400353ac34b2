"""Clients of 3D AI Studio that ask for something else than they were asked for."""

import json
from base64 import b64encode, urlsafe_b64encode
from base64 import encodebytes as in_lines
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ..client import Bytes, ClientError, GenerateRequest, Url
from ..reference.threedai import ThreeDaiClient
from ..reference.wishes import RATIOS
from .bodies import Body, renamed, without
from .record import mutant

# ---- where it goes -------------------------------------------------------------------------------------------------


@mutant("threedai.auth.bearer")
class TokenScheme(ThreeDaiClient):
    """The key goes by the scheme of another framework."""

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self._key}"}


@mutant("threedai.auth.bearer")
class KeyInItsOwnHeader(ThreeDaiClient):
    """The key goes in a header of its own."""

    def auth_headers(self) -> dict[str, str]:
        return {"X-API-Key": self._key}


@mutant("threedai.path.trailing-slash")
class NoSlashAfterSubmit(ThreeDaiClient):
    """A helper that joins paths strips the slash at the end of a submit's."""

    def submit_path(self, request: GenerateRequest) -> str:
        return super().submit_path(request).rstrip("/")


@mutant("threedai.path.trailing-slash")
class NoSlashAfterStatus(ThreeDaiClient):
    """The path of a poll has no slash at its end."""

    def poll_path(self, id: str) -> str:
        return super().poll_path(id).rstrip("/")


@mutant("threedai.generate.endpoint")
class ApiBeforeGenerate(ThreeDaiClient):
    """The path to generate has a part too many."""

    def submit_path(self, request: GenerateRequest) -> str:
        path = super().submit_path(request)
        return path if request.images else f"/api{path}"


@mutant("threedai.edit.endpoint")
class OldPathToEdit(ThreeDaiClient):
    """The path to edit is that of an earlier version."""

    def submit_path(self, request: GenerateRequest) -> str:
        return super().submit_path(request).replace("/v1/", "/v2/" if request.images else "/v1/")


@mutant("threedai.submit.endpoint-by-images", "threedai.submit.edit-with-images")
class AlwaysGenerate(ThreeDaiClient):
    """Everything is sent to generate, where images have no effect."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/v1/images/gemini/3/pro/generate/"


@mutant("threedai.submit.edit-with-images")
class ImagesForgotten(ThreeDaiClient):
    """References are dropped, and the rest is generated."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, images=()))


@mutant("threedai.submit.edit-with-images")
class AlwaysEdit(ThreeDaiClient):
    """Everything is sent to edit, with an empty list where there are no images."""

    def submit_path(self, request: GenerateRequest) -> str:
        return "/v1/images/gemini/3/pro/edit/"

    def build_body(self, request: GenerateRequest) -> Body:
        return {"images": []} | super().build_body(request)


# ---- the body ------------------------------------------------------------------------------------------------------


@mutant("threedai.submit.body")
class FormBody(ThreeDaiClient):
    """The body is written as a form."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return urlencode(body, doseq=True).encode()


@mutant("threedai.submit.body")
class ListOfOne(ThreeDaiClient):
    """The body is a list of one request, as batches are."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return json.dumps([body]).encode()


@mutant("threedai.submit.json-label")
class LabelledAsText(ThreeDaiClient):
    """The body is labelled as plain text."""

    def submit_headers(self) -> dict[str, str]:
        return super().submit_headers() | {"Content-Type": "text/plain"}


@mutant("threedai.submit.prompt-place")
class PromptInInput(ThreeDaiClient):
    """The options stand inside an object."""

    def build_body(self, request: GenerateRequest) -> Body:
        return {"input": super().build_body(request)}


@mutant("threedai.submit.prompt-with-images")
class PromptAsInstruction(ThreeDaiClient):
    """The prompt of an edit goes by the name of instruction."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return renamed(body, "prompt", "instruction") if request.images else body


@mutant("threedai.submit.parameter-names", "threedai.submit.ratio-as-asked")
class CamelCaseRatio(ThreeDaiClient):
    """Names are written as in another language."""

    def build_body(self, request: GenerateRequest) -> Body:
        return renamed(super().build_body(request), "aspect_ratio", "aspectRatio")


@mutant("threedai.submit.parameter-names", "threedai.submit.count-as-asked")
class CountByAnotherName(ThreeDaiClient):
    """The number of images stands in `n`."""

    def build_body(self, request: GenerateRequest) -> Body:
        return renamed(super().build_body(request), "num_images", "n")


@mutant("threedai.submit.count-as-asked")
class OneImageForEdits(ThreeDaiClient):
    """Edits forget how many images there should be."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return without(body, "num_images") if request.images else body


@mutant("threedai.submit.count-number", "threedai.submit.count-as-asked")
class CountAsText(ThreeDaiClient):
    """The number of images is a string, as it came from a form."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | ({"num_images": str(body["num_images"])} if "num_images" in body else {})


@mutant("threedai.submit.count-not-replaced")
class CountCapped(ThreeDaiClient):
    """More than four images are asked for as four."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, count=request.count and min(request.count, 4)))


@mutant("threedai.submit.tier-case")
class SmallTier(ThreeDaiClient):
    """The tier is written with a small letter, as another provider takes it."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, resolution=request.resolution and request.resolution.lower()))


@mutant("threedai.submit.ratio-as-asked")
class AutoIsSquare(ThreeDaiClient):
    """The ratio auto is taken for a square."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, ratio="1:1" if request.ratio == "auto" else request.ratio))


@mutant("threedai.submit.ratio-not-replaced")
class UnknownIsAuto(ThreeDaiClient):
    """A ratio that is not on the list is left to the provider."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.ratio is None or request.ratio in RATIOS | {"auto"}
        return super().normalised(request if known else replace(request, ratio="auto"))


@mutant("threedai.submit.resolution-as-asked")
class AlwaysFourK(ThreeDaiClient):
    """Pictures are as large as they can be, whatever they cost."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(request) | {"resolution": "4K"}


@mutant("threedai.submit.resolution-not-replaced")
class UnknownTierForgotten(ThreeDaiClient):
    """A tier that is not on the list is left out, and the smallest is drawn."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.resolution is None or request.resolution.upper() in self.offer.resolutions
        return super().normalised(request if known else replace(request, resolution=None))


@mutant("threedai.submit.format-as-asked")
class FormatAsMime(ThreeDaiClient):
    """The output format is written as a MIME type."""

    def build_body(self, request: GenerateRequest) -> Body:
        body = super().build_body(request)
        return body | ({"output_format": f"image/{body['output_format']}"} if "output_format" in body else {})


@mutant("threedai.submit.format-as-asked")
class FormatAfterwards(ThreeDaiClient):
    """The output format is not asked for; the files are renamed later."""

    def build_body(self, request: GenerateRequest) -> Body:
        return without(super().build_body(request), "output_format")


@mutant("threedai.submit.format-not-replaced")
class UnknownIsPng(ThreeDaiClient):
    """A format that is not on the list becomes PNG."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        known = request.output_format in (None, *self.offer.formats)
        return super().normalised(request if known else replace(request, output_format="png"))


# ---- references ----------------------------------------------------------------------------------------------------


@mutant("threedai.edit.data-uris", "threedai.edit.images-exact")
class BareBase64(ThreeDaiClient):
    """Images are sent as base64 without what a data URI has before it."""

    def data_uri(self, image: Bytes) -> str:
        return b64encode(image.data).decode()


@mutant("threedai.edit.images-exact")
class EverythingIsPng(ThreeDaiClient):
    """Every image is labelled as PNG."""

    def data_uri(self, image: Bytes) -> str:
        return super().data_uri(replace(image, mime="image/png"))


@mutant("threedai.edit.images-exact")
class UrlSafeBase64(ThreeDaiClient):
    """Images are encoded in the alphabet that is meant for URLs."""

    def data_uri(self, image: Bytes) -> str:
        return f"data:{image.mime};base64,{urlsafe_b64encode(image.data).decode()}"


@mutant("threedai.edit.images-exact")
class Base64InLines(ThreeDaiClient):
    """Images are encoded as in mail, in lines."""

    def data_uri(self, image: Bytes) -> str:
        return f"data:{image.mime};base64,{in_lines(image.data).decode()}"


@mutant("threedai.edit.images-exact")
class NoPadding(ThreeDaiClient):
    """The padding at the end of the base64 is cut off."""

    def data_uri(self, image: Bytes) -> str:
        return super().data_uri(image).rstrip("=")


@mutant("threedai.edit.images-exact")
class SavedAgain(ThreeDaiClient):
    """Images are opened and saved as PNG before they are sent."""

    def data_uri(self, image: Bytes) -> str:
        from io import BytesIO

        from PIL import Image

        saved = BytesIO()
        Image.open(BytesIO(image.data)).save(saved, "PNG")
        return super().data_uri(Bytes(saved.getvalue(), "image/png"))


@mutant("threedai.edit.images-exact")
class LastImageOnly(ThreeDaiClient):
    """A loop keeps the last image."""

    def build_body(self, request: GenerateRequest) -> Body:
        return super().build_body(replace(request, images=request.images[-1:]))


@mutant("threedai.edit.images-limit")
class FirstFourteen(ThreeDaiClient):
    """References beyond the fourteenth are left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, images=request.images[:14]))


@mutant("threedai.edit.urls-not-passed")
class UrlsPassedOn(ThreeDaiClient):
    """References by URL are sent as they are."""

    fetches_references = False

    def build_body(self, request: GenerateRequest) -> Body:
        urls = [image.url for image in request.images if isinstance(image, Url)]
        return super().build_body(request) | ({"images": urls} if urls else {})


@mutant("threedai.edit.urls-not-passed")
class UrlsForgotten(ThreeDaiClient):
    """References by URL are left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        images = tuple(image for image in request.images if isinstance(image, Bytes))
        return super().normalised(replace(request, images=images))


@mutant("threedai.edit.url-gone")
class WhateverCanBeFetched(ThreeDaiClient):
    """References that cannot be fetched are left out."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        images: list[Url | Bytes] = []
        for image in request.images:
            with suppress(ClientError):
                images += (await super().prepare(replace(request, images=(image,)))).images
        return replace(request, images=tuple(images))
