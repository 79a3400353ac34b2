"""Clients that tell their key to somebody else than the provider."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..client import Category, ClientError, GenerateRequest, Image, Result, Url
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.failures import NOTHING_SAID, Complaint
from ..reference.job import Job
from ..reference.transport import Answer, NoAnswer
from .record import mutant
from .shared import each_of

_REDIRECTED: Final = ("house.secrets.not-redirected",)


@each_of(ReapiClient, OneMinClient, kills=("house.secrets.not-told",))
class LogsHeaders(ReferenceClient):
    """The headers of every request are logged for debugging."""

    def submit_headers(self) -> dict[str, str]:
        headers = super().submit_headers()
        logging.getLogger(__name__).debug("POST with %s", headers)
        return headers


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.secrets.not-told",))
class NamesRefusedKey(ReferenceClient):
    """The error of a key that was refused names the key."""

    def error(
        self, text: str, category: Category, complaint: Complaint = NOTHING_SAID, *rest: Any, **named: Any
    ) -> Any:
        problem = super().error(text, category, complaint, *rest, **named)
        problem.args = (f"{problem.args[0]} (key {self._key})",) if category == "auth" else problem.args
        return problem


@each_of(GmiCloudClient, kills=("house.secrets.not-told",))
class PrintsFailedRequests(ReferenceClient):
    """A request that was lost is printed as a command line to try it by."""

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        print(f"curl -H 'Authorization: {self.auth_headers()['Authorization']}' {self._base_url}")
        return super().on_lost_submit(lost, job)


@mutant("house.secrets.not-redirected")
class FollowsWithApiKey(OneMinClient):
    """Redirects are followed by an HTTP library that knows nothing of a header named API-KEY."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        return await self.transport.send(
            method, f"{self._base_url}{path}", headers=headers, content=content, patience=patience, redirects=True
        )


@each_of(ReapiClient, TokaifyClient, kills=_REDIRECTED)
class FollowsByHand(ReferenceClient):
    """Redirects are followed with the headers of the first request."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        answer = await super().send(method, path, headers, content, patience)
        while answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
            url = answer.headers["Location"]
            answer = await self.transport.send(method, url, headers=headers, content=content, patience=patience)
        return answer


@each_of(ReapiClient, OneMinClient, kills=("house.secrets.not-to-media",))
class FetchesWithKey(ReferenceClient):
    """Images are fetched with the headers of the API."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        return replace(result, images=tuple([await self._fetched(image) for image in result.images]))

    async def _fetched(self, image: Image) -> Image:
        try:
            answer = await self.transport.send("GET", image.url or "", headers=self.auth_headers(), patience=30.0)
        except NoAnswer as lost:
            raise self.error(f"an image could not be fetched: {lost}", "server") from None
        if not answer.ok:
            raise self.error(f"an image was answered with {answer.status}", "server")
        return Image(data=answer.content, mime=answer.headers.get("Content-Type"))


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.secrets.not-to-references",))
class FetchesReferencesWithKey(ReferenceClient):
    """References are fetched with the headers of the API."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        for image in request.images:
            if isinstance(image, Url):
                await self.transport.send("GET", image.url, headers=self.auth_headers(), patience=30.0)
        return await super().prepare(request)


@each_of(ThreeDaiClient, OneMinClient, kills=("house.secrets.not-in-url",))
class KeyInQuery(ReferenceClient):
    """The key stands in the query of a submit as well."""

    def submit_path(self, request: GenerateRequest) -> str:
        return f"{super().submit_path(request)}?api_key={self._key}"  # type: ignore[safe-super]
