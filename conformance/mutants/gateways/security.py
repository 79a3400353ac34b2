"""Gateways that callers can lead astray."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
from aiohttp import web
from yarl import URL

from ...client import GenerateRequest
from ...reference import CLASSES, ReferenceClient
from ...reference.tokaify import TokaifyClient
from ...reference_gateway import Gateway, Settings
from ...reference_gateway.jobs import Job, current_job
from ...reference_gateway.references import ReferenceFetcher
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant
from .rewriting import Rewriting

_user: ContextVar[str] = ContextVar("user")
_INSIDE: Final = ("localhost", "127.0.0.1", "::1")


class _FetchesItself(Gateway):
    """Fetches references in its own way."""

    fetcher: type[ReferenceFetcher] = ReferenceFetcher

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.references = self.fetcher(settings.origins)


class _Anywhere(ReferenceFetcher):
    def is_allowed(self, url: URL) -> bool:
        return True


@gateway_mutant("gateway.security.private-references", provider="threedai")
class FetchesFromAnywhere(_FetchesItself):
    """Fetches whatever it is given."""

    fetcher = _Anywhere


class _Listed(ReferenceFetcher):
    def is_allowed(self, url: URL) -> bool:
        if super().is_allowed(url):
            return True
        if url.host in _INSIDE:
            raise ValueError("not from here")
        return True


@gateway_mutant("gateway.security.private-references", provider="tokaify")
class KnowsTwoNamesOfItself(_FetchesItself):
    """Has a list of hosts that are not to be visited, and there are other names of them."""

    fetcher = _Listed


class _Following(ReferenceFetcher):
    def session(self, url: URL) -> aiohttp.ClientSession:
        session = super().session(url)
        self.followed = True
        return session

    def is_allowed(self, url: URL) -> bool:
        return super().is_allowed(url) or getattr(self, "followed", False)


@gateway_mutant("gateway.security.private-references", provider="threedai")
class BelievesRedirects(_FetchesItself):
    """Looks at the address that it is given, and not at where that leads."""

    fetcher = _Following


@gateway_mutant("gateway.security.private-references", provider="reapi")
class LooksAtReferencesFirst(Gateway):
    """Looks whether a reference is there, before it hands the address on."""

    async def converted(self, job: Job, provider: str) -> GenerateRequest:
        request = await super().converted(job, provider)
        async with aiohttp.ClientSession() as session:
            for image in request.images:
                async with session.head(getattr(image, "url", "")):
                    pass
        return request


class _ModelInPath(TokaifyClient):
    def submit_path(self, request: GenerateRequest) -> str:
        name = current_job.get().wish.model.partition("/")[2]
        return f"/v1beta/models/{name}:generateContent"


@gateway_mutant("gateway.security.model-names", provider="tokaify")
class PutsModelIntoPath(Gateway):
    """What is after the name of the provider goes into the path as it is."""

    client_classes: Mapping[str, type[ReferenceClient]] = {**CLASSES, "tokaify": _ModelInPath}

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        return ("tokaify",) if wish.model.startswith("tokaify/") else super().choose_providers(wish)


@gateway_mutant("gateway.security.model-names")
class TellsModelInHeader(Gateway):
    """Answers with the model in a header, whatever its name is."""

    async def generate_images(self, request: web.Request) -> web.Response:
        body = await request.json()
        if "\n" in str(body.get("model")):
            raise ValueError("forbidden character in a header")
        return await super().generate_images(request)

    create_job = generate_images


@gateway_mutant("gateway.security.job-ids")
class AsksProviderForAnyId(Gateway):
    """Asks the provider for a job that it does not know itself, under the id that it was given."""

    async def get_job(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if id not in self.store.jobs:
            client = self.clients["reapi"]
            await client.send("GET", f"/api/v1/tasks/{id}", client.auth_headers(), None, 10.0)
        return await super().get_job(request)


def _with_user(client: type[ReferenceClient]) -> type[ReferenceClient]:
    class WithUser(client):  # type: ignore[misc, valid-type]
        def submit_headers(self) -> dict[str, str]:
            return {**super().submit_headers(), "X-End-User": _user.get("nobody")}

    return WithUser


@gateway_mutant("gateway.security.line-breaks")
class TellsUserInHeader(Rewriting):
    """Tells the provider the user in a header, as it was given."""

    client_classes = {name: _with_user(client) for name, client in CLASSES.items()}

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        _user.set(body.get("user", "nobody"))
        return body
