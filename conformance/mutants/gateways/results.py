"""Gateways that hand out something else than the picture, or to somebody else."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from ...client import Image
from ...reference_gateway import Gateway
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import current_visit
from ...reference_gateway.jobs import File, Job
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant


@gateway_mutant("gateway.results.url-fetches", provider="tokaify")
class GivesRelativeUrls(Gateway):
    """The addresses of its own files lack a host."""

    def image_body(self, request: web.Request, job: Job, image: str | File) -> dict[str, str]:
        body = super().image_body(request, job, image)
        return {"url": urlsplit(body["url"]).path} if isinstance(image, File) and "url" in body else body


@gateway_mutant("gateway.results.url-fetches", provider="onemin")
class CutsQuery(Gateway):
    """Takes the signature of a URL for something that nobody needs."""

    def image_body(self, request: web.Request, job: Job, image: str | File) -> dict[str, str]:
        return super().image_body(request, job, image.partition("?")[0] if isinstance(image, str) else image)


@gateway_mutant("gateway.results.url-fetches", provider="tokaify")
class WantsKeyForFiles(Gateway):
    """Its own files want the caller's key, which no browser sends."""

    async def get_file(self, request: web.Request) -> web.Response:
        self.authenticate(request)
        return await super().get_file(request)


@gateway_mutant("gateway.results.url-fetches", provider="tokaify")
class HostsHalfFiles(Gateway):
    """Of a picture that it hosts it keeps no more than a quarter of a kilobyte."""

    async def get_file(self, request: web.Request) -> web.Response:
        response = await super().get_file(request)
        assert isinstance(response.body, bytes)
        return web.Response(text=b64encode(response.body).decode())


@gateway_mutant("gateway.results.same-bytes")
class EncodesTwice(Gateway):
    """Encodes the bytes, and then again."""

    def image_body(self, request: web.Request, job: Job, image: str | File) -> dict[str, str]:
        body = super().image_body(request, job, image)
        return {"b64_json": b64encode(body["b64_json"].encode()).decode()} if "b64_json" in body else body


@gateway_mutant("gateway.results.same-bytes")
class LosesEndOfImage(Gateway):
    """Reads an image in pieces, and forgets the last one."""

    async def hand_over(self, job: Job, provider: str, image: Image) -> str | File | GatewayError:
        found = await super().hand_over(job, provider, image)
        return File.of(found.data[: -len(found.data) // 8], found.mime) if isinstance(found, File) else found


@gateway_mutant("gateway.results.same-bytes")
class IgnoresForm(Gateway):
    """Hands out URLs, whatever was asked for."""

    async def hand_over(self, job: Job, provider: str, image: Image) -> str | File | GatewayError:
        return image.url or await super().hand_over(job, provider, image)


class _Remembering(Gateway):
    """Gives the job of an earlier wish to whoever has a wish that is like it."""

    def likeness(self, wish: Wish) -> Any:
        raise NotImplementedError

    def start(self, tenant: str, wish: Wish, request_id: str, **rest: Any) -> Job:
        for job in self.store.jobs.values():
            if job.tenant == tenant and self.likeness(job.wish) == self.likeness(wish):
                return job
        return super().start(tenant, wish, request_id, **rest)


@gateway_mutant("gateway.results.of-this-wish")
class CachesByPrompt(_Remembering):
    """Its cache knows the prompt alone."""

    def likeness(self, wish: Wish) -> Any:
        return wish.model, wish.request.prompt


@gateway_mutant("gateway.results.of-this-wish")
class CachesWithoutCase(_Remembering):
    """Its cache takes prompts for the same that differ in case, and forgets the number of images."""

    def likeness(self, wish: Wish) -> Any:
        return wish.request.prompt.casefold(), wish.request.ratio, wish.request.resolution


@gateway_mutant("gateway.results.ids")
class CountsJobs(Gateway):
    """Numbers its jobs."""

    def start(self, tenant: str, wish: Wish, request_id: str, **rest: Any) -> Job:
        job = super().start(tenant, wish, request_id, **rest)
        if not hasattr(self, "numbers"):
            self.numbers = count(4_711)
        del self.store.jobs[job.id]
        job.id = f"job_{next(self.numbers)}"
        self.store.jobs[job.id] = job
        return job


@gateway_mutant("gateway.results.ids")
class UsesProvidersIds(Gateway):
    """Its ids are the provider's, with a name before them."""

    async def create_job(self, request: web.Request) -> web.Response:
        job = await self.job_of(request)
        client: Any = self.clients[job.providers[0]]
        known = set(client._known)
        await asyncio.sleep(1.0)
        new = set(client._known) - known
        del self.store.jobs[job.id]
        job.id = f"gw-{next(iter(new), job.id)}"
        self.store.jobs[job.id] = job
        return web.json_response(self.job_body(request, job), status=202)

    async def get_job(self, request: web.Request) -> web.Response:
        job = self.store.find(request.match_info["id"], current_visit.get().tenant)
        return web.json_response(self.job_body(request, job))


@gateway_mutant("gateway.results.places", provider="tokaify")
class CountsFiles(Gateway):
    """Numbers the images that it keeps."""

    def image_body(self, request: web.Request, job: Job, image: str | File) -> dict[str, str]:
        if isinstance(image, File) and not image.name.isdigit():
            image = replace(image, name=str(1_000 + len(self.store.files)))
            self.store.host([image])
        return super().image_body(request, job, image)
