"""Clients that change what was asked for, or what was answered."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from ..client import GenerateRequest, Image, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer
from .record import mutant
from .shared import each_of

_PROMPT: Final = ("house.submit.prompt-unchanged",)
_ADDITIONS: Final = ("house.results.additions-ignored",)


@each_of(GmiCloudClient, OneMinClient, kills=_PROMPT)
@each_of(ReapiClient, kills=("reapi.submit.prompt-unicode",))
class WritesAscii(ReferenceClient):
    """What is no ASCII becomes question marks."""

    def encode(self, body: Mapping[str, Any]) -> bytes:
        return json.dumps(body, ensure_ascii=False).encode("ascii", "replace")


@each_of(ThreeDaiClient, kills=_PROMPT)
class EscapesForHtml(ReferenceClient):
    """Quotes and angle brackets in a prompt become entities."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, prompt=html.escape(request.prompt)))


@each_of(TokaifyClient, kills=_PROMPT)
class CutsPrompts(ReferenceClient):
    """A prompt is cut after a thousand characters."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, prompt=request.prompt[:1_000]))


@each_of(ReapiClient, kills=("reapi.submit.prompt-unicode",))
class NormalisesUnicode(ReferenceClient):
    """Characters are replaced by others that look like them."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return super().normalised(replace(request, prompt=unicodedata.normalize("NFKC", request.prompt)))


@mutant(*_ADDITIONS)
class KnowsAllFields(ReapiClient):
    """An answer with a field that is not in the document is refused."""

    def status_of(self, body: Any) -> str:
        if set(body) - {"id", "model", "status", "created_at", "output", "error", "task_id"}:
            raise self.error("the answer has fields that nobody knows", "protocol")
        return super().status_of(body)


@mutant(*_ADDITIONS)
class FindsUrlByPattern(OneMinClient):
    """The URL is looked for in the text of the answer, as it has been written so far."""

    async def work(self, request: GenerateRequest, job: Job) -> Result:
        answer = await self.submit(request, job)
        found = re.search(rb'"temporaryUrl":"([^"]+)"', answer.content)
        if found is None:
            raise self.failure(self.complaint(answer.json), job)
        return Result((Image(url=found[1].decode()),))


@mutant(*_ADDITIONS)
class FirstKeyIsImage(TokaifyClient):
    """Of the keys of an image the first is taken for its type and the second for its data."""

    def decoded(self, part: Any) -> Image:
        mime, data = list(part["inlineData"].values())[:2]
        return super().decoded({"inlineData": {"mimeType": mime, "data": data}})


@mutant("house.results.clock-skew")
class WaitsByServersClock(ReapiClient):
    """The first poll comes when the provider's timestamp is half a minute old by the client's own clock."""

    def accept(self, answer: Answer, job: Job) -> None:
        super().accept(answer, job)
        self._created = float(answer.json.get("created_at") or self.now())

    def pause_before_first_poll(self, job: Job) -> float:
        return max(0.0, self._created + self.first_wait - self.now())


@mutant("house.results.clock-skew")
class ReckonsWithCreatedAt(OneMinClient):
    """A record that was created before the request was sent is taken for a stale one."""

    def judge(self, body: Any, job: Job) -> None:
        super().judge(body, job)
        if datetime.fromisoformat(body["aiRecord"]["createdAt"]).timestamp() < self.now() - self.deadline:
            raise self.error("the record is a stale one", "protocol", job=job)


@each_of(OneMinClient, ThreeDaiClient, kills=("house.results.only-images",))
class SavesErrorPages(ReferenceClient):
    """Images are fetched, and whatever comes is an image."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        images = [await self._fetched(image) for image in result.images]
        return replace(result, images=tuple(images))

    async def _fetched(self, image: Image) -> Image:
        try:
            answer = await self.transport.send("GET", image.url or "", headers={}, patience=30.0, redirects=True)
        except NoAnswer as lost:
            raise self.error(f"an image could not be fetched: {lost}", "server") from None
        return Image(data=answer.content, mime=answer.headers.get("Content-Type"))


@each_of(GmiCloudClient, kills=("house.results.only-images",))
class RaisesForPages(PolledClient):
    """An image that cannot be fetched ends the call with an exception of the HTTP library."""

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        for image in result.images:
            try:
                answer = await self.transport.send("GET", image.url or "", headers={}, patience=30.0, redirects=True)
            except NoAnswer as lost:
                raise ConnectionError(str(lost)) from None
            if not answer.ok:
                raise RuntimeError(f"an image was answered with {answer.status}")
        return result
