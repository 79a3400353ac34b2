"""Clients of Tokaify that lose what was answered, or do not wait for it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..client import Category, ClientError, Image, Result
from ..reference.failures import NOTHING_SAID, Complaint
from ..reference.job import Job
from ..reference.json_values import at, rows_at, text_at
from ..reference.tokaify import TokaifyClient
from ..reference.transport import Answer, NoAnswer
from .record import mutant

# ---- images --------------------------------------------------------------------------------------------------------


@mutant("tokaify.answer.every-image")
class FirstImage(TokaifyClient):
    """Only the first image is handed over."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[:1]


@mutant("tokaify.answer.every-image")
class LastImage(TokaifyClient):
    """Only the last image is handed over, since those before it may be drafts."""

    def images_of(self, body: Any) -> Sequence[Image]:
        return super().images_of(body)[-1:]


@mutant("tokaify.answer.all-candidates")
class FirstCandidate(TokaifyClient):
    """Only the first candidate is looked at."""

    def candidates(self, body: Any) -> Sequence[Any]:
        return super().candidates(body)[:1]


@mutant("tokaify.answer.all-candidates")
class OneImageEach(TokaifyClient):
    """One image is taken from each candidate."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        for candidate in self.candidates(body):
            yield from list(super().image_parts({"candidates": [candidate]}))[:1]


@mutant("tokaify.answer.no-draft")
class DraftsToo(TokaifyClient):
    """Drafts are handed over as well."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        for candidate in self.candidates(body):
            yield from (part for part in rows_at(candidate, "content", "parts") if "inlineData" in part)


@mutant("tokaify.answer.no-draft")
class ThoughtsEndIt(TokaifyClient):
    """An answer that begins with a thought is not looked at any further."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        for part in super().image_parts(body):
            if not at(body["candidates"][0]["content"]["parts"][0], "thought"):
                yield part


@mutant("tokaify.answer.among-texts")
class FirstPart(TokaifyClient):
    """The image is expected to be the first part, as in the example."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        for candidate in self.candidates(body):
            yield from (part for part in rows_at(candidate, "content", "parts")[:1] if "inlineData" in part)


@mutant("tokaify.answer.among-texts")
class LastPart(TokaifyClient):
    """The image is expected to be the last part."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        for candidate in self.candidates(body):
            yield from (part for part in rows_at(candidate, "content", "parts")[-1:] if "inlineData" in part)


@mutant("tokaify.answer.among-texts", "tokaify.answer.every-image")
class SnakeCase(TokaifyClient):
    """Answers are taken to have the names that requests have."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        for candidate in self.candidates(body):
            yield from (part for part in rows_at(candidate, "content", "parts") if "inline_data" in part)


@mutant("tokaify.answer.true-bytes")
class AlwaysPng(TokaifyClient):
    """Every image is called a PNG, as in the example."""

    def decoded(self, part: Any) -> Image:
        return replace(super().decoded(part), mime="image/png")


@mutant("tokaify.answer.true-bytes")
class NotDecoded(TokaifyClient):
    """The text of an image is handed over as its bytes."""

    def decoded(self, part: Any) -> Image:
        return replace(super().decoded(part), data=part["inlineData"]["data"].encode())


@mutant("tokaify.answer.large-body")
class TwentyMegabytes(TokaifyClient):
    """No answer is read beyond 20 MB."""

    def readable(self, answer: Answer) -> Any:
        if len(answer.content) > 20 * 2**20:
            raise self.error("the answer is too large", "protocol")
        return super().readable(answer)


@mutant("tokaify.answer.large-body")
class CutAtLimit(TokaifyClient):
    """An image is kept in a field of 16 MB."""

    def decoded(self, part: Any) -> Image:
        image = super().decoded(part)
        return replace(image, data=(image.data or b"")[: 16 * 2**20])


# ---- counts --------------------------------------------------------------------------------------------------------


@mutant("tokaify.answer.usage-told")
class UsageByAnotherName(TokaifyClient):
    """The counts are looked for in `usage`."""

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        return at(body, "usage") or {}


@mutant("tokaify.answer.usage-told")
class PromptCountOnly(TokaifyClient):
    """Only the tokens of the prompt are told."""

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        usage = super().usage_of(body)
        return {name: number for name, number in usage.items() if name.startswith("prompt")}


@mutant("tokaify.answer.usage-optional")
class UsageRequired(TokaifyClient):
    """Every answer is taken to have counts."""

    def usage_of(self, body: Any) -> Mapping[str, Any]:
        return {"total": body["usageMetadata"]["totalTokenCount"]}


# ---- no image ------------------------------------------------------------------------------------------------------


@mutant("tokaify.block.no-image-error", "tokaify.block.empty-answer-error")
class SuccessWithoutImage(TokaifyClient):
    """An answer without an image is a result without images."""

    def result(self, body: Any, job: Job) -> Result:
        return super().result(body, job) if self.images_of(body) else Result(images=())


@mutant("tokaify.block.no-image-error")
class WordsAreEnough(TokaifyClient):
    """An answer in words alone is a result without images."""

    def result(self, body: Any, job: Job) -> Result:
        words = any("text" in part for each in self.candidates(body) for part in rows_at(each, "content", "parts"))
        return Result(images=()) if words and not self.images_of(body) else super().result(body, job)


@mutant("tokaify.block.empty-answer-error")
class PartsTakenForGranted(TokaifyClient):
    """Every answer is taken to have candidates, and these to have parts."""

    def image_parts(self, body: Any) -> Iterator[Any]:
        return iter([part for part in body["candidates"][0]["content"]["parts"] if "inlineData" in part])


@mutant("tokaify.block.reason-named", "tokaify.block.prompt-reason-named")
class NoReason(TokaifyClient):
    """That there is no image is told, why is not."""

    def without_images(self, body: Any, job: Job) -> ClientError:
        return self.error("no image came", "blocked", job=job)


@mutant("tokaify.block.prompt-reason-named")
class FeedbackOverlooked(TokaifyClient):
    """Reasons are looked for in candidates only."""

    def block_reason(self, body: Any) -> str | None:
        return super().block_reason({"candidates": self.candidates(body)})


@mutant("tokaify.block.reason-named")
class CandidatesOverlooked(TokaifyClient):
    """Reasons are looked for in the feedback on the prompt only."""

    def block_reason(self, body: Any) -> str | None:
        return text_at(body, "promptFeedback", "blockReason")


@mutant("tokaify.block.reason-named")
class OnlySafety(TokaifyClient):
    """One reason is known, and others are none."""

    def block_reason(self, body: Any) -> str | None:
        reason = super().block_reason(body)
        return reason if reason == "SAFETY" else None


@mutant("tokaify.block.prompt-reason-named", "tokaify.block.reason-named")
class BlockIsServerError(TokaifyClient):
    """A refusal of the moderation is told as a fault of the server."""

    def without_images(self, body: Any, job: Job) -> ClientError:
        return self.error(str(super().without_images(body, job)), "server", job=job)


# ---- waiting -------------------------------------------------------------------------------------------------------


@mutant("tokaify.duration.read-timeout")
class OneMinute(TokaifyClient):
    """After a minute without an answer the client hangs up."""

    submit_patience = 60.0


@mutant("tokaify.duration.read-timeout")
class ShortDeadline(TokaifyClient):
    """A call may take a hundred seconds."""

    default_deadline = 100.0


@mutant("tokaify.duration.no-second-call")
class TriesAgain(TokaifyClient):
    """A call that was not answered in two minutes is made again."""

    submit_patience = 125.0

    def on_lost_submit(self, lost: NoAnswer, job: Job) -> ClientError:
        return self.error(str(lost), "server", passing=True)


@mutant("tokaify.duration.no-second-call")
class Hedges(TokaifyClient):
    """A second call is made beside the first when that takes long, and the faster one counts."""

    async def submit_once(self, path: str, content: bytes, job: Job) -> Answer:
        first = asyncio.ensure_future(super().submit_once(path, content, job))
        await asyncio.wait([first], timeout=130.0)
        if first.done():
            return first.result()
        first.cancel()
        return await super().submit_once(path, content, job)


# ---- errors --------------------------------------------------------------------------------------------------------


@mutant("tokaify.model.unavailable-told")
class SomethingWentWrong(TokaifyClient):
    """Faults of the server are all told in the same words."""

    def refused_submit(self, answer: Answer, job: Job) -> ClientError:
        if answer.status < 500:
            return super().refused_submit(answer, job)
        return self.error("something went wrong, try again later", "server", job=job)


@mutant("tokaify.error.category")
class CodeIsNumber(TokaifyClient):
    """What kind of error it is is told by the number in its body, which the relay's own errors do not have."""

    def refused_submit(self, answer: Answer, job: Job) -> ClientError:
        code = at(answer.json, "error", "code")
        category = self.category(code, NOTHING_SAID) if isinstance(code, int) else "protocol"
        return self.refusal(answer, self.complaint(answer.json), category, job)


@mutant("tokaify.error.category")
class BusyIsServerError(TokaifyClient):
    """429 is told as a fault of the server."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "server" if status == 429 else super().category(status, complaint)


@mutant("tokaify.error.category")
class EverythingIsInvalid(TokaifyClient):
    """Whatever is refused with a 4xx was a wrong request."""

    def category(self, status: int, complaint: Complaint) -> Category:
        return "invalid" if status < 500 else "server"
