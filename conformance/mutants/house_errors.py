"""Clients whose callers meet the exceptions of their insides."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email.message import Message
from typing import Any, Final

from ..client import Category, ClientError, GenerateRequest, Image, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.direct import DirectClient
from ..reference.failures import Complaint
from ..reference.job import Job
from ..reference.polled import PolledClient
from ..reference.transport import Answer, NoAnswer, NotSent
from .record import mutant
from .shared import each_of

_UNREADABLE: Final = "house.errors.unreadable-body"
_SHAPE: Final = "house.errors.unexpected-shape"


class _Believing(Answer):
    """An answer whose body is JSON, since it has to be."""

    @property
    def json(self) -> Any:
        """The JSON value; ValueError where it is none."""
        return json.loads(self.text)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()


class _Labelled(_Believing):
    """An answer whose body is JSON if its label says so."""

    @property
    def text(self) -> str:
        """The body as text; ValueError where the label is another."""
        if "json" not in self.headers.get("Content-Type", ""):
            raise ValueError("unexpected mimetype")
        return super().text


class _Decoded(_Believing):
    """An answer in the charset that its label names."""

    @property
    def text(self) -> str:
        """The body as text; LookupError for a charset that there is not."""
        label = Message()
        label["Content-Type"] = self.headers.get("Content-Type", "")
        return self.content.decode(label.get_content_charset("utf-8"))


class _Reading(ReferenceClient):
    """Reads answers in its own way."""

    answers: type[Answer]

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        answer = await super().send(method, path, headers, content, patience)
        return self.answers(answer.status, answer.headers, answer.content)


@each_of(ReapiClient, OneMinClient, kills=(_UNREADABLE,))
class EverythingIsJson(_Reading):
    """A body that is no JSON ends the call with a JSONDecodeError."""

    answers = _Believing


@each_of(GmiCloudClient, TokaifyClient, kills=(_UNREADABLE,))
class BelievesLabels(_Reading):
    """JSON under another label ends the call with the exception of the HTTP library."""

    answers = _Labelled


@each_of(ThreeDaiClient, TokaifyClient, kills=(_UNREADABLE,))
class BelievesCharsets(_Reading):
    """A charset that nobody knows ends the call with a LookupError."""

    answers = _Decoded


@mutant(_SHAPE)
class IndexesBlindly(ReapiClient):
    """The URLs are taken from where they always were, without a look."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return [Image(url=url) for url in body["output"]["image_urls"]]


@mutant(_SHAPE)
class TakesAnyId(ThreeDaiClient):
    """Whatever stands where the id does is taken for one."""

    def id_of(self, body: Any) -> str | None:
        found: str | None = body["task_id"]
        return found


@mutant(_SHAPE)
class WalksBlindly(TokaifyClient):
    """The image is taken from the last part of the first candidate, without a look."""

    def images_of(self, body: Any) -> Sequence[Image]:
        part = body["candidates"][0]["content"]["parts"][-1]
        return [self.decoded(part)] if "inlineData" in part else []


@mutant(_SHAPE)
class ExpectsRecords(OneMinClient):
    """The record and its status are taken for granted."""

    def status_of(self, body: Any) -> str:
        return str(body["aiRecord"]["status"]).upper()

    def judge(self, body: Any, job: Job) -> None:
        if self.status_of(body) not in self.done:
            raise self.failure(self.complaint(body), job)


@mutant(_SHAPE)
class ReturnsNothing(GmiCloudClient):
    """A success in an unexpected shape ends the call with nothing, neither a result nor an error."""

    def without_images(self, body: Any, job: Job) -> ClientError:
        raise _Nothing

    async def generate(self, request: GenerateRequest) -> Result:
        try:
            return await super().generate(request)
        except _Nothing:
            return None  # type: ignore[return-value]


class _Nothing(Exception):
    """There is nothing to give back."""


@mutant(_SHAPE, "house.errors.any-status")
class ErrorsHaveMessages(GmiCloudClient):
    """An error is an object with a message, since it has been one so far."""

    def complaint(self, body: Any) -> Complaint:
        return Complaint(None, body["error"]["message"], None)


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.errors.any-status",))
class KnowsSomeStatuses(ReferenceClient):
    """A status that is in no table ends the call with a KeyError."""

    def category(self, status: int, complaint: Complaint) -> Category:
        table: dict[int, Category] = {
            400: "invalid", 401: "auth", 402: "credits", 403: "auth", 404: "invalid", 429: "rate_limited",
            500: "server", 502: "server", 503: "server",
        }  # fmt: skip
        return table[status]


@each_of(ReapiClient, OneMinClient, kills=("house.errors.any-status",))
class RetryAfterIsNumber(ReferenceClient):
    """A Retry-After that is a date ends the call with a ValueError."""

    def retry_after_of(self, answer: Answer) -> float | None:
        told = answer.headers.get("Retry-After")
        return None if told is None else int(told)


@each_of(GmiCloudClient, OneMinClient, kills=("house.errors.broken-connection",))
class RawConnectionErrors(ReferenceClient):
    """A connection that breaks ends the call with the exception of the HTTP library."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, patience: float | None
    ) -> Answer:
        try:
            return await super().send(method, path, headers, content, patience)
        except NoAnswer as lost:
            raise ConnectionError(str(lost)) from None


@each_of(ReapiClient, TokaifyClient, kills=("house.errors.closed-port",))
class RawRefusals(ReferenceClient):
    """A port on which nobody listens ends the call with a ConnectionRefusedError."""

    def on_unsent_submit(self, problem: NotSent) -> ClientError:
        raise ConnectionRefusedError(111, "Connection refused")


@each_of(TokaifyClient, OneMinClient, kills=("house.errors.no-blame",))
class TakesGarbageForModeration(DirectClient):
    """An answer without an image in it was moderated, whatever it is."""

    def readable(self, answer: Answer) -> Any:
        if not isinstance(answer.json, dict):
            raise self.error("no image came", "blocked")
        return answer.json


@each_of(ReapiClient, ThreeDaiClient, GmiCloudClient, kills=("house.errors.no-blame",))
class TakesGarbageForARefusal(PolledClient):
    """What has no id in it was refused."""

    def accept(self, answer: Answer, job: Job) -> None:
        if self.id_of(answer.json) is None:
            raise self.error("the request was not taken", "invalid")
        super().accept(answer, job)
