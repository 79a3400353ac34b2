"""Clients that fetch references badly, for providers that take bytes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..client import Bytes, ClientError, GenerateRequest, Url
from ..reference import ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.references import fetch_reference, image_type
from ..reference.transport import NoAnswer
from .record import mutant
from .shared import each_of


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.errors.reference-gone",))
class TrustsReferences(ReferenceClient):
    """A reference that can't be fetched is a bare exception."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        try:
            return await super().prepare(request)
        except ClientError as error:
            raise LookupError(str(error)) from None


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.references.fetched",))
class FetchesByPosting(ReferenceClient):
    """References are asked for with POST, as everything else is."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        send, self.transport.send = self.transport.send, self._posting(self.transport.send)  # type: ignore[method-assign]
        try:
            return await super().prepare(request)
        finally:
            self.transport.send = send  # type: ignore[method-assign]

    def _posting(self, send: Any) -> Any:
        return lambda method, url, **options: send("POST", url, **options)


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.references.gone-not-sent",))
class SendsWhateverCame(ReferenceClient):
    """The body of an answer is taken for the reference, whatever its status."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        images = [image if isinstance(image, Bytes) else await self._fetched(image.url) for image in request.images]
        return replace(request, images=tuple(images))

    async def _fetched(self, url: str) -> Bytes:
        try:
            answer = await self.transport.send("GET", url, headers={})
        except NoAnswer as lost:
            raise self.error(f"the reference did not come: {lost}", "invalid") from None
        return Bytes(answer.content, image_type(answer.content) or "image/png")


@mutant("tokaify.contents.references-by-url")
class LeavesOutLostReferences(TokaifyClient):
    """A reference that can't be fetched is left out."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        images: list[Url | Bytes] = []
        for image in request.images:
            try:
                images.append(image if isinstance(image, Bytes) else await fetch_reference(self.transport, image.url))
            except ClientError:
                continue
        return replace(request, images=tuple(images))
