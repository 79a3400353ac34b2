"""Clients of GMI Cloud that lose the thread of a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..client import GenerateRequest, Url
from ..reference.gmicloud import GmiCloudClient, Turn
from .bodies import Body
from .record import mutant


class _Turns(GmiCloudClient):
    """A client with something changed in its conversations."""

    def contents(self, request: GenerateRequest) -> Sequence[Turn]:
        return self.changed(list(super().contents(request)), request)

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return turns


@mutant("gmicloud.contents.role-words")
class Assistant(_Turns):
    """The model is called the assistant."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return [{**turn, "role": "assistant"} if turn["role"] == "model" else turn for turn in turns]


@mutant("gmicloud.contents.copy-and-fill")
class OneTurnMore(_Turns):
    """The instruction goes into a turn of its own, after the empty one."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return [*request.previous, turns[-1]]


@mutant("gmicloud.contents.overrides", "gmicloud.contents.instruction-in-last-turn")
class InstructionBeside(GmiCloudClient):
    """The turns are sent as they came, and the instruction as the prompt."""

    def instruction(self, request: GenerateRequest) -> Body:
        if request.previous is None:
            return super().instruction(request)
        return {"prompt": request.prompt, "contents": request.previous}


@mutant("gmicloud.contents.instruction-in-last-turn")
class StartsOver(GmiCloudClient):
    """What was before is forgotten: a follow-up is a new request."""

    def instruction(self, request: GenerateRequest) -> Body:
        return super().instruction(replace(request, previous=None))


@mutant("gmicloud.contents.instruction-in-last-turn")
class FillsFirstTurn(_Turns):
    """The instruction goes into the first turn of the user."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return [turns[-1], *request.previous[1:]]


@mutant("gmicloud.contents.instruction-in-last-turn")
class PromptsGathered(_Turns):
    """The last turn repeats all that was asked for before."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        said = [part["text"] for turn in turns if turn["role"] == "user" for part in turn["parts"] if part.get("text")]
        return [*turns[:-1], {"role": "user", "parts": [{"text": ". ".join(said)}]}]


@mutant("gmicloud.contents.history-whole")
class ModelForgotten(_Turns):
    """Only what the user said goes back."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return [turn for turn in turns if turn["role"] == "user"]


@mutant("gmicloud.contents.history-whole")
class ShortMemory(_Turns):
    """Of a long conversation only the latest turns go back."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return turns[-3:]


@mutant("gmicloud.contents.model-turns-unchanged")
class WordsLeftOut(_Turns):
    """The words of the model's turns are left out, only the images go back."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return [
            {**turn, "parts": [part for part in turn["parts"] if "text" not in part]}
            if turn["role"] == "model"
            else turn
            for turn in turns
        ]


@mutant("gmicloud.contents.history-whole")
class PublicUris(_Turns):
    """The gs:// URIs of the model's turns are replaced by URLs that a browser opens."""

    def changed(self, turns: list[Turn], request: GenerateRequest) -> list[Turn]:
        return [{**turn, "parts": [_public(part) for part in turn["parts"]]} for turn in turns]


def _public(part: Mapping[str, Any]) -> Mapping[str, Any]:
    file = part.get("fileData")
    if not file:
        return part
    return {"fileData": {**file, "fileUri": file["fileUri"].replace("gs://", "https://storage.googleapis.com/")}}


@mutant("gmicloud.contents.references-in-last-turn")
class ReferencesBeside(GmiCloudClient):
    """References of a follow-up stand in `image`, as they do in a first turn."""

    def instruction(self, request: GenerateRequest) -> Body:
        urls = [image.url for image in request.images if isinstance(image, Url)]
        return super().instruction(replace(request, images=())) | ({"image": urls} if urls else {})


@mutant("gmicloud.contents.references-in-last-turn")
class ReferencesLost(GmiCloudClient):
    """References of a follow-up are left out."""

    def filled(self, turn: Turn, request: GenerateRequest) -> Turn:
        return super().filled(turn, replace(request, images=()))


@mutant("gmicloud.contents.references-not-beside")
class LastImageBeside(GmiCloudClient):
    """The image to go on from is handed over as a reference beside the conversation as well."""

    def instruction(self, request: GenerateRequest) -> Body:
        payload = super().instruction(request)
        if request.previous is None:
            return payload
        return {**payload, "image": "https://storage.googleapis.com/gmi-generated-assets/gemini_output_0.png"}


@mutant("gmicloud.contents.no-inline-data")
class LastImageInline(GmiCloudClient):
    """The image to go on from is put into the last turn, in the form that a chat API has for it."""

    def filled(self, turn: Turn, request: GenerateRequest) -> Turn:
        image = {"image_url": {"url": "https://storage.googleapis.com/gmi-generated-assets/gemini_output_0.png"}}
        return {"role": "user", "parts": [{"text": request.prompt, **image}]}


@mutant("gmicloud.contents.options-kept")
class OptionsOnce(GmiCloudClient):
    """Ratio and size are sent in the first turn only."""

    def build_body(self, request: GenerateRequest) -> Body:
        later = request.previous is not None
        return super().build_body(replace(request, ratio=None, resolution=None) if later else request)
