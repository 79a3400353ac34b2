"""The providers: one client for each, what it can serve, and how it is asked."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from ..client import Bytes, ClientError, GenerateRequest, Result, Url
from ..reference import CLASSES, ReferenceClient
from ..reference.job import Job as UpstreamJob
from ..reference.polled import PolledClient
from ..reference.transport import Answer
from ..reference.wishes import objections
from .errors import GatewayError, told
from .jobs import Job, current_job
from .references import ReferenceFetcher
from .settings import Settings

# The fields of a request that providers may object to, and what callers call them.
PARAMS: Final = {
    "ratio": "aspect_ratio", "resolution": "resolution", "output_format": "output_format", "images": "images",
    "temperature": "temperature", "top_p": "top_p",
}  # fmt: skip

RESUMED: Final = frozenset({"rate_limited", "server", "protocol"})
RESUME_AFTER: Final = 30.0  # seconds

# What was refused before anything was made. A 5xx is not among them: there may be a job behind it.
REFUSED: Final = frozenset({"auth", "credits", "rate_limited", "invalid", "unsupported"})
FREE_FAILURES: Final = frozenset({"reapi"})  # by their documents, failed jobs are not charged


class AsksFirst(ReferenceClient):
    """A client that submits, and submits again, only while somebody waits for the images."""

    async def submit_once(self, path: str, content: bytes, job: UpstreamJob) -> Answer:
        if not current_job.get().wanted:
            raise GatewayError("abandoned", "nobody waited for the answer any more, so no image was asked for")
        return await super().submit_once(path, content, job)


class Upstream:
    """Everything towards the providers."""

    client_classes: Mapping[str, type[ReferenceClient]] = CLASSES

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clients = {provider: self.make_client(provider) for provider in settings.accounts}
        self.references = ReferenceFetcher(settings.origins)

    def make_client(self, provider: str) -> ReferenceClient:
        """The one client of a provider."""
        account, plain = self.settings.accounts[provider], self.client_classes[provider]
        polite = cast("type[ReferenceClient]", type(plain.__name__, (AsksFirst, plain), {}))
        return polite(base_url=account.base_url, api_key=account.api_key, deadline=self.settings.deadline)

    async def close_connections(self) -> None:
        """Close the connections."""
        for client in self.clients.values():
            await client.close()
        await self.references.close()

    def objection(self, provider: str, request: GenerateRequest) -> GatewayError | None:
        """Why a provider cannot serve a request, if so; fan-out takes care of the number of images."""
        offer = self.clients[provider].offer
        for param, alone in self.aspects(request):
            for found in objections(alone, offer):
                text = f"{found.text} at {provider}"
                return GatewayError("unsupported_value", text, param=param, provider=provider)
        return None

    def aspects(self, request: GenerateRequest) -> Iterator[tuple[str, GenerateRequest]]:
        """A request by its fields, each in a request of its own, so that an objection has one to blame."""
        yield "prompt", GenerateRequest(request.prompt)
        for field, param in PARAMS.items():
            wanted: dict[str, Any] = {field: getattr(request, field)}
            yield param, GenerateRequest(request.prompt, **wanted)

    def shares(self, provider: str, request: GenerateRequest, n: int) -> list[GenerateRequest]:
        """The requests that make so many images: one where the provider counts, or one for each image."""
        if n == 1:
            return [request]
        if n in self.clients[provider].offer.counts:
            return [replace(request, count=n)]
        return [request] * n

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        """The request with references as the provider takes them. Raises GatewayError."""
        request = job.wish.request
        if Bytes not in self.clients[provider].offer.images:
            return request
        try:
            async with asyncio.timeout_at(job.limit):
                images = await asyncio.gather(*(self.as_bytes(image) for image in request.images))
        except TimeoutError:
            raise self.timed_out(provider) from None
        return replace(request, images=tuple(images))

    async def as_bytes(self, image: Url | Bytes) -> Bytes:
        """A reference as bytes. Raises GatewayError."""
        return image if isinstance(image, Bytes) else await self.references.fetch(image.url)

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        """One result, or why there is none."""
        try:
            async with asyncio.timeout_at(job.limit):
                return await self.generate(self.clients[provider], request)
        except TimeoutError:
            return self.timed_out(provider)
        except ClientError as error:
            return told(error, provider, certain=self.is_certain(error, provider))
        except GatewayError as error:
            return error

    async def generate(self, client: ReferenceClient, request: GenerateRequest) -> Result:
        """A result. A job that there is is not left for polls that fail: it is paid. Raises ClientError."""
        try:
            return await client.generate(request)
        except ClientError as error:
            problem = error
        while problem.task_id and problem.category in RESUMED and isinstance(client, PolledClient):
            await asyncio.sleep(max(RESUME_AFTER, problem.retry_after or 0.0))
            try:
                return await client.resume(problem.task_id)
            except ClientError as error:
                problem = error
        raise problem

    def is_certain(self, error: ClientError, provider: str) -> bool:
        """Whether surely nothing has to be paid for."""
        if error.category == "failed":
            return provider in FREE_FAILURES
        nobody_there = error.category == "server" and error.status is None
        return error.task_id is None and (error.category in REFUSED or nobody_there)

    def timed_out(self, provider: str) -> GatewayError:
        """The end of a job that took too long."""
        text = (
            f"{provider} was not done within {self.settings.deadline:g} s; it may still make the image, and charge it"
        )
        return GatewayError("timeout", text, certain=False, provider=provider)
