"""Turns of a GMI Cloud conversation (002_163dfc06de8826c1.txt, lines 163-251): in, filtered; out, continued."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Turn = dict[str, Any]


def without_empty_parts(turn: Turn) -> Turn:
    """The turn without texts and file URIs that are empty."""
    return {**turn, "parts": [part for part in turn["parts"] if _is_filled(part)]}


def last_instruction(contents: Sequence[Turn]) -> str:
    """The texts of the last turn in one."""
    return "\n".join(part["text"] for part in contents[-1]["parts"] if part.get("text"))


def next_turns(payload: Mapping[str, Any], uris: Sequence[str], mime: str, type_of: Callable[[str], str]) -> list[Turn]:
    """`next_turn_contents`: what was said, what the model answered, and an empty turn for the user to fill.

    `mime` is the type of the answer's images, `type_of` tells that of a reference by its URL.
    """
    answer: Turn = {
        "role": "model",
        "parts": [{"text": "Here is the generated image."}, *(_file(uri, mime) for uri in uris)],
    }
    template: Turn = {"role": "user", "parts": [{"text": ""}, _file("", mime)]}
    return [*_history(payload, type_of), answer, template]


def _history(payload: Mapping[str, Any], type_of: Callable[[str], str]) -> list[Turn]:
    if payload.get("contents"):
        turns = [without_empty_parts(turn) for turn in payload["contents"]]
        return [turn for turn in turns if turn["parts"]]
    image = payload.get("image", [])
    # An inline image, which a knob lets in, has no address that a later turn could name.
    urls = [url for url in ([image] if isinstance(image, str) else image) if not url.startswith("data:")]
    return [{"role": "user", "parts": [{"text": payload["prompt"]}, *(_file(url, type_of(url)) for url in urls)]}]


def _file(uri: str, mime: str) -> dict[str, Any]:
    return {"fileData": {"mimeType": mime, "fileUri": uri}}


def _is_filled(part: Mapping[str, Any]) -> bool:
    return bool(part.get("text")) or bool(part.get("fileData", {}).get("fileUri"))
