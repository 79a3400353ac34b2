"""Clients of reAPI and 3D AI Studio that are right in an odd way stay green."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from safelight.conformance.client import Bytes, ClientError, GenerateRequest, Image, Result
from safelight.conformance.engine.engine import Engine
from safelight.conformance.reference import ReapiClient, ThreeDaiClient, factory_of
from safelight.conformance.reference.client import ReferenceClient
from safelight.conformance.reference.failures import NOTHING_SAID, Complaint
from safelight.conformance.reference.job import Job
from safelight.conformance.reference.json_values import text_at
from safelight.conformance.reference.transport import Answer
from safelight.conformance.subjects.python import FactorySubject
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.runner import Explorer, Plan


class OneJobPerImage(ReferenceClient):
    """Shares a wish out over jobs of one image each, all at once, and takes as many as are asked for."""

    async def generate(self, request: GenerateRequest) -> Result:
        single = replace(request, count=None)
        results = await asyncio.gather(
            *(super(OneJobPerImage, self).generate(single) for _ in range(request.count or 1))
        )
        return replace(results[0], images=tuple(image for result in reversed(results) for image in result.images))


class HandsOverBytes(ReferenceClient):
    """Fetches the images at once, so that nothing lapses and there is nothing to tell of it."""

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        return None

    async def generate(self, request: GenerateRequest) -> Result:
        result = await super().generate(request)
        answers = [await self.transport.send("GET", image.url or "", headers={}) for image in result.images]
        return replace(result, images=tuple(Image(data=each.content, mime="image/png") for each in answers))


class AsksForgiveness(ReferenceClient):
    """Passes on what it is asked for, and hands back what the provider says to it."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return request

    def check(self, request: GenerateRequest) -> None:
        pass


class FewWords(ReferenceClient):
    """Leaves out whatever is the documented default."""

    unsaid: Mapping[str, Any]

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        return {name: value for name, value in super().build_body(request).items() if self.unsaid.get(name) != value}


class NeverTwice(ReferenceClient):
    """Leaves every retry to its caller, who gets a typed error with what is known."""

    most_submits = 1
    most_lost_polls = 0


class Calm(ReferenceClient):
    """Is in no hurry: half a minute between polls where nothing else is asked for, and longer to begin with."""

    first_wait = 40.0
    rhythm = ((inf, 30.0),)


class PoliteInReapi(ReapiClient):
    """As slow as the document allows, late by the clock of its machine."""

    first_wait = 42.0
    rhythm = ((180.0, 5.0), (inf, 30.0))


class TellsInWords(ReferenceClient):
    """Has no field for the provider's code: it is in the text."""

    def error(
        self, text: str, category: Any, complaint: Complaint = NOTHING_SAID, *rest: Any, **more: Any
    ) -> ClientError:
        words = f"{text} [{complaint.code}] {complaint.request_id or ''}"
        return super().error(words, category, complaint._replace(code=None, request_id=None), *rest, **more)


class ReapiByTheLetter(ReapiClient):
    """Knows what the document says and no more: any failed task is a failed job, whatever its code."""

    def is_moderated(self, complaint: Complaint) -> bool:
        return False


class ReapiWithoutTiersInCapitals(AsksForgiveness, ReapiClient):
    """Writes tiers in small letters, numbers with a point, and URLs as they come."""

    def build_body(self, request: GenerateRequest) -> dict[str, Any]:
        body = super().build_body(replace(request, resolution=request.resolution and request.resolution.lower()))
        return body | ({"n": float(body["n"])} if "n" in body else {})


class ReapiFewWords(FewWords, ReapiClient):
    """With references `size` has another default, and so is left out for text only."""

    unsaid = {"resolution": "1K", "n": 1}


class ReapiLapsesEarlier(ReapiClient):
    """Counts the seven days from the submit, to be on the safe side."""

    def expires_at(self, images: Sequence[Image], job: Job) -> float | None:
        return self.now() - job.age + 7 * 86_400


class ReapiGivesUpInTime(ReapiClient):
    """Waits for its deadline, and then says that it was kept waiting, with the job."""

    most_submits = 1_000
    most_lost_polls = 1_000

    def pause_before_resubmit(self, problem: ClientError, attempt: int) -> float:
        return 20.0


class ThreeDaiFromStorage(ThreeDaiClient):
    """Takes the other address, and labels JPEG as some cameras do."""

    image_fields = ("asset",)

    def data_uri(self, image: Bytes) -> str:
        return super().data_uri(replace(image, mime=image.mime.replace("jpeg", "jpg")))


class ThreeDaiBytesOnly(ThreeDaiClient):
    """Turns URLs away instead of fetching them."""

    offer = replace(ThreeDaiClient.offer, images=(Bytes,))


class ThreeDaiFewWords(FewWords, ThreeDaiClient):
    """The defaults are the same for generate and edit."""

    unsaid = {"aspect_ratio": "auto", "resolution": "1K", "num_images": 1, "output_format": "png"}


class ThreeDaiLooksTwice(ThreeDaiClient):
    """Waits for the end and then asks for the result, which the document does not forbid."""

    async def poll(self, job: Job) -> Any:
        body = await super().poll(job)
        return await super().poll(job) if self.is_done(text_at(body, "status") or "") else body


class ThreeDaiByStatus(ThreeDaiClient):
    """Goes by the HTTP status alone, since no body of an error is documented."""

    def complaint(self, body: Any) -> Complaint:
        return Complaint(message="refused")

    def refused_submit(self, answer: Answer, job: Job) -> ClientError:
        return self.refusal(answer, self.complaint(None), self.category(answer.status, Complaint()), job)


class ThreeDaiBarelyLongEnough(ThreeDaiClient):
    """Waits for exactly as long as the document says that images take."""

    async def generate(self, request: GenerateRequest) -> Result:
        self.deadline = 90.0 * (request.count or 1)
        return await super().generate(request)


def both(odd: type[ReferenceClient]) -> list[type[ReferenceClient]]:
    """The same oddity in a client of each provider."""
    return [type(f"{odd.__name__}{base.__name__}", (odd, base), {}) for base in (ReapiClient, ThreeDaiClient)]


class _TakesMore(OneJobPerImage):
    def check(self, request: GenerateRequest) -> None:
        super().check(replace(request, count=None))


CASES: list[tuple[type[ReferenceClient], tuple[str, ...]]] = [
    *((client, ("count-as-asked", "count-not-replaced", "all-urls", "image-per-entry")) for client in both(_TakesMore)),
    *((client, ("all-urls", "image-per-entry", "not-thumbnail", "expiry")) for client in both(HandsOverBytes)),
    *((client, ("not-replaced", "limit", "not-dropped", "as-asked", "url-gone")) for client in both(AsksForgiveness)),
    *((client, ("error", "survives", "failure", "distinct", "rate-limit")) for client in both(NeverTwice)),
    *((client, ("error.", "failed-", "distinct", "moderated")) for client in both(TellsInWords)),
    (PoliteInReapi, ("poll.", "all-urls", "expiry")),
    (both(Calm)[1], ("poll.", "image-per-entry", "expiry")),
    (ReapiByTheLetter, ("failed-error", "moderated", "distinct")),
    (ReapiWithoutTiersInCapitals, ("resolution", "count-as-asked", "ratio", "limit")),
    (ReapiFewWords, ("as-asked", "size-inherited")),
    (ReapiLapsesEarlier, ("expiry",)),
    (ReapiGivesUpInTime, ("error.", "survives", "distinct")),
    (ThreeDaiFromStorage, ("image-per-entry", "not-thumbnail", "images-exact", "data-uris", "urls-not-passed")),
    (ThreeDaiBytesOnly, ("edit.", "edit-with")),
    (ThreeDaiFewWords, ("as-asked", "edit")),
    (ThreeDaiLooksTwice, ("poll.full", "poll.early", "image-per-entry")),
    (ThreeDaiByStatus, ("error.", "poll.failure-ends")),
    (ThreeDaiBarelyLongEnough, ("default-deadline",)),
]


@pytest.mark.parametrize(("client", "parts"), CASES, ids=[client.__name__ for client, _ in CASES])
def test_an_odd_client_is_not_accused(client: type[ReferenceClient], parts: tuple[str, ...]) -> None:
    with Engine(FactorySubject(factory_of({client.provider: client}), client.__name__)) as engine:
        items = items_for(engine.subject.capabilities, engine.subject.conditions, [client.provider])
        wanted = [
            item
            for item in items
            if item.check.id.startswith(f"{client.provider}.") and any(part in item.check.id for part in parts)
        ]
        results = list(Explorer(engine, Plan(each=6, shrink=False)).results(wanted))
    accused = {
        result.id: result.counterexample for result in results if result.status not in ("pass", "not-applicable")
    }
    assert {id: example and example.sentence for id, example in accused.items()} == {}
    assert any(result.status == "pass" and result.examples for result in results)
