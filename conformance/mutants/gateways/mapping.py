"""Gateways that ask their providers for something else than they were asked for."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...client import Bytes, GenerateRequest, Url
from ...reference_gateway import Gateway
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.jobs import Delivery, Job
from ..record import gateway_mutant
from .rewriting import Rewriting


class _Editing(Rewriting):
    """Has a hand on prompts."""

    def edited(self, prompt: str) -> str:
        raise NotImplementedError

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        prompt = body.get("prompt")
        return {**body, "prompt": self.edited(prompt)} if isinstance(prompt, str) else body


@gateway_mutant("gateway.mapping.prompt")
class CutsPrompt(_Editing):
    """Cuts prompts at the length that the strictest provider takes."""

    def edited(self, prompt: str) -> str:
        return prompt[:2_000]


@gateway_mutant("gateway.mapping.prompt")
class TidiesPrompt(_Editing):
    """Takes out what cannot be printed, and with it what joins emoji and letters."""

    def edited(self, prompt: str) -> str:
        return "".join(each for each in prompt if unicodedata.category(each)[0] != "C")


@gateway_mutant("gateway.mapping.prompt")
class NormalisesPrompt(_Editing):
    """Brings prompts to one form of Unicode."""

    def edited(self, prompt: str) -> str:
        return unicodedata.normalize("NFC", prompt)


@gateway_mutant("gateway.mapping.prompt")
class TrimsPrompt(_Editing):
    """Takes off what stands before the first word of a prompt and behind the last."""

    def edited(self, prompt: str) -> str:
        return prompt.strip()


@gateway_mutant("gateway.mapping.prompt")
class ImprovesPromptElsewhere(Gateway):
    """Adds a sentence to the prompt for all but the first provider."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return request if provider == "reapi" else replace(request, prompt=f"{request.prompt}, high quality")


@gateway_mutant("gateway.mapping.prompt-for-each", provider="tokaify")
class TrimsPromptForOne(Gateway):
    """One of the providers is sent prompts without what stands around them."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return replace(request, prompt=request.prompt.strip()) if provider == "tokaify" else request


class _Yielding(Gateway):
    """Has no objections, and leaves out what a provider does not take."""

    def without(self, request: GenerateRequest) -> GenerateRequest:
        """The request without that."""
        raise NotImplementedError

    def objection(self, provider: str, request: GenerateRequest) -> GatewayError | None:
        return super().objection(provider, self.without(request))

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        takes = super().objection(provider, request) is None
        return request if takes else self.without(request)


@gateway_mutant("gateway.mapping.ratio")
class LeavesOutRatio(_Yielding):
    """A ratio that a provider does not take is left out."""

    def without(self, request: GenerateRequest) -> GenerateRequest:
        return replace(request, ratio=None)


@gateway_mutant("gateway.mapping.ratio")
class TurnsRatio(Gateway):
    """Asks 3D AI Studio for the height by the width."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        turned = ":".join(reversed((request.ratio or "").split(":"))) or None
        return replace(request, ratio=turned) if provider == "threedai" else request


@gateway_mutant("gateway.mapping.resolution")
class LowersResolutionElsewhere(Gateway):
    """Whoever steps in is asked for what is cheapest."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return request if provider == job.providers[0] else replace(request, resolution="1K")


@gateway_mutant("gateway.mapping.resolution")
class RaisesResolution(Gateway):
    """Gives 4K to whoever asks for more than the least."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return replace(request, resolution="4K") if request.resolution == "2K" else request


@gateway_mutant("gateway.mapping.output-format")
class LeavesOutFormat(_Yielding):
    """A format that a provider does not take is left out."""

    def without(self, request: GenerateRequest) -> GenerateRequest:
        return replace(request, output_format=None)


@gateway_mutant("gateway.mapping.count")
class AsksForOne(Gateway):
    """Asks once where a provider makes one image at a time, and says nothing of it."""

    def shares(self, provider: str, request: GenerateRequest, n: int) -> list[GenerateRequest]:
        return super().shares(provider, request, n)[:1]

    def images_body(self, request: Any, job: Job) -> dict[str, Any]:
        body = super().images_body(request, job)
        return {name: value for name, value in body.items() if name not in ("partial", "errors")}


@gateway_mutant("gateway.mapping.count")
class OrdersOneMore(Gateway):
    """Orders one image in reserve, where there are several calls anyhow."""

    def shares(self, provider: str, request: GenerateRequest, n: int) -> list[GenerateRequest]:
        shares = super().shares(provider, request, n)
        return shares if len(shares) == 1 else [*shares, request]


@gateway_mutant("gateway.mapping.count")
class DeliversOneImageTwice(Gateway):
    """Asks for one image and delivers it as often as images were wanted."""

    def shares(self, provider: str, request: GenerateRequest, n: int) -> list[GenerateRequest]:
        return [request]

    async def deliver(self, job: Job, provider: str) -> Delivery:
        delivery = await super().deliver(job, provider)
        return replace(delivery, images=delivery.images[:1] * job.wish.n)


@gateway_mutant("gateway.mapping.numbers")
class TakesZeroForNothing(Rewriting):
    """Leaves out every number that is not greater than nothing."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value}


@gateway_mutant("gateway.mapping.numbers")
class MixesUpNumbers(Gateway):
    """Sends the temperature as top-p."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return replace(request, top_p=request.temperature and min(1.0, request.temperature))


@gateway_mutant("gateway.mapping.references")
class TurnsReferencesRound(Gateway):
    """The references come back from a stack."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return replace(request, images=request.images[::-1])


@gateway_mutant("gateway.mapping.references")
class TakesOneReference(Gateway):
    """Only the first reference goes along."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        return replace(request, images=request.images[:1])


@gateway_mutant("gateway.mapping.references")
class SkipsInlineReferences(Gateway):
    """References that were sent as bytes are left out for providers that take URLs alone."""

    def objection(self, provider: str, request: GenerateRequest) -> GatewayError | None:
        urls = tuple(image for image in request.images if isinstance(image, Url))
        return super().objection(provider, replace(request, images=urls))

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        inline = Bytes in self.clients[provider].offer.images
        return request if inline else replace(request, images=tuple(i for i in request.images if isinstance(i, Url)))


@gateway_mutant("gateway.mapping.references")
class CutsReferences(Gateway):
    """Reads no more than the first kilobyte of a reference that it fetches."""

    async def as_bytes(self, image: Url | Bytes) -> Bytes:
        found = await super().as_bytes(image)
        return Bytes(found.data[:-8] + b"\0" * 8, found.mime)


@gateway_mutant("gateway.mapping.references-fetched", provider="tokaify")
class FetchesNothing(Gateway):
    """References by URL are refused, although the gateway says that it fetches them."""

    async def as_bytes(self, image: Url | Bytes) -> Bytes:
        if isinstance(image, Url):
            raise GatewayError("invalid_request", "references are taken as data URIs alone", param="images")
        return await super().as_bytes(image)


@gateway_mutant("gateway.mapping.references-gone", provider="threedai")
class SkipsWhatIsGone(Gateway):
    """References that cannot be fetched are left out."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request, kept = job.wish.request, []
        for image in request.images:
            with suppress(GatewayError):
                kept.append(await self.as_bytes(image))
        return replace(request, images=tuple(kept))
