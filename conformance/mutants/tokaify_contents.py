"""Clients of Tokaify that say something else than they were told to say."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from ..client import Bytes, GenerateRequest, Result, Url
from ..reference.job import Job
from ..reference.tokaify import TokaifyClient
from .bodies import Body
from .record import mutant


class _LastTurn(TokaifyClient):
    """A client with something in its last turn changed."""

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        *before, last = super().contents(request)
        return [*before, {**last, "parts": self.parts(last["parts"], request)}]

    def parts(self, parts: list[Any], request: GenerateRequest) -> list[Any]:
        return parts


@mutant("tokaify.contents.prompt-verbatim")
class Polite(_LastTurn):
    """The prompt has words put before it, so that the model draws."""

    def parts(self, parts: list[Any], request: GenerateRequest) -> list[Any]:
        return [{"text": f"Generate an image: {request.prompt}"}, *parts[1:]]


@mutant("tokaify.contents.prompt-verbatim")
class OneLine(_LastTurn):
    """Line ends and tabs of the prompt become spaces."""

    def parts(self, parts: list[Any], request: GenerateRequest) -> list[Any]:
        return [{"text": " ".join(request.prompt.split())}, *parts[1:]]


@mutant("tokaify.contents.prompt-verbatim")
class RatioInPrompt(_LastTurn):
    """The ratio is written into the prompt as well, to be sure."""

    def parts(self, parts: list[Any], request: GenerateRequest) -> list[Any]:
        return [{"text": f"{request.prompt}, aspect ratio {request.ratio}"}, *parts[1:]] if request.ratio else parts


@mutant("tokaify.contents.prompt-verbatim")
class PromptAsSystem(TokaifyClient):
    """The prompt is an instruction to the system, and the user says but a word."""

    def build_body(self, request: GenerateRequest) -> Body:
        go_on = {"role": "user", "parts": [{"text": "Go on."}]}
        said = {"systemInstruction": {"parts": [{"text": request.prompt}]}, "contents": [go_on]}
        return super().build_body(request) | said


@mutant("tokaify.contents.prompt-last")
class NewestFirst(TokaifyClient):
    """The new turn goes before those that were said."""

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        turns = super().contents(request)
        return [turns[-1], *turns[:-1]]


@mutant("tokaify.contents.references-as-given")
class ReferencesArePng(TokaifyClient):
    """Every reference is called a PNG."""

    def reference(self, image: Bytes) -> Mapping[str, Any]:
        return super().reference(replace(image, mime="image/png"))


@mutant("tokaify.contents.references-as-given")
class FirstReference(_LastTurn):
    """Only the first reference is sent."""

    def parts(self, parts: list[Any], request: GenerateRequest) -> list[Any]:
        return parts[:2]


@mutant("tokaify.contents.references-as-given")
class EncodedAgain(TokaifyClient):
    """References are encoded twice."""

    def reference(self, image: Bytes) -> Mapping[str, Any]:
        return super().reference(replace(image, data=b64encode(image.data)))


@mutant("tokaify.contents.references-as-given")
class SmallReferences(TokaifyClient):
    """References are made smaller, to save time."""

    def reference(self, image: Bytes) -> Mapping[str, Any]:
        from PIL import Image

        kept = BytesIO()
        Image.open(BytesIO(image.data)).resize((8, 8)).save(kept, "PNG")
        return super().reference(Bytes(kept.getvalue(), "image/png"))


@mutant("tokaify.contents.bare-base64")
class DataUris(TokaifyClient):
    """References are data URIs, as another provider wants them."""

    def reference(self, image: Bytes) -> Mapping[str, Any]:
        data = f"data:{image.mime};base64,{b64encode(image.data).decode()}"
        return {"inline_data": {"mime_type": image.mime, "data": data}}


@mutant("tokaify.contents.references-by-url")
class UrlsForgotten(TokaifyClient):
    """References that are URLs are left out."""

    fetches_references = False


@mutant("tokaify.contents.references-by-url")
class UrlsAsData(TokaifyClient):
    """Not the image at a URL is encoded, but the URL."""

    async def prepare(self, request: GenerateRequest) -> GenerateRequest:
        images = [Bytes(each.url.encode(), "image/png") if isinstance(each, Url) else each for each in request.images]
        return replace(request, images=tuple(images))


@mutant("tokaify.contents.follow-up")
class StartsOver(TokaifyClient):
    """What was before is forgotten: a follow-up is a new call."""

    def contents(self, request: GenerateRequest) -> Sequence[Mapping[str, Any]]:
        return super().contents(replace(request, previous=None))


@mutant("tokaify.contents.follow-up")
class WordsRemembered(TokaifyClient):
    """Of what was before only the texts go back, to save bandwidth."""

    def result(self, body: Any, job: Job) -> Result:
        result = super().result(body, job)
        spoken = [{**turn, "parts": [part for part in turn["parts"] if "text" in part]} for turn in result.conversation]
        return replace(result, conversation=[turn for turn in spoken if turn["parts"]])
