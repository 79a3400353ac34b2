"""Checks of conversations with GMI Cloud (document 002_163dfc06de8826c1.txt, lines 163-251)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .evidence import Evidence, Fact
from .record import FINE, Check, Ruling, register
from .seen import Seen
from .shapes import SUBMIT

_INLINE = ("inlineData", "inline_data", "file_data", "image_url", "image")
_CALLERS = "the caller may have written the turn, and been handed the provider's refusal"
_MODEL_TURN = "model turn"


def learn_turns(seen: Seen) -> Iterator[Fact]:
    """The model's turns of an answer, each under the URI of its image."""
    outcome = seen.answer.get("outcome")
    for turn in _turns(outcome.get("next_turn_contents") if isinstance(outcome, dict) else None):
        if turn.get("role") == "model":
            for uri in _uris(turn):
                yield (_MODEL_TURN, uri), turn


def roles(evidence: Evidence) -> Ruling:
    """A turn is the user's or the model's."""
    turns = _contents(evidence.latest)
    strange = next((turn["role"] for turn in turns if turn.get("role") not in ("user", "model", None)), None)
    if strange is not None:
        return f'the role of a turn is "{strange}"; user or model is expected'
    return FINE if turns else None


def instruction_in_contents(evidence: Evidence) -> Ruling:
    """With `contents` the instruction is not left in `prompt`, where it is ignored."""
    turns, prompt = _contents(evidence.latest), _payload(evidence.latest).get("prompt")
    if not turns:
        return None
    if prompt and _is_empty(turns[-1]):
        return "the last turn of `contents` is empty; the instruction is in `prompt`, which is ignored then"
    return FINE


def fills_last_turn(evidence: Evidence) -> Ruling:
    """The instruction goes into the empty turn that `next_turn_contents` ends with, not into one more."""
    turns = _contents(evidence.latest)
    if not turns:
        return None
    roles = [turn.get("role") for turn in turns[-3:]]
    if roles == ["model", "user", "user"] and _is_empty(turns[-2]):
        return "a user turn is added after the empty one that `next_turn_contents` ends with; that one is to be filled"
    return FINE


def model_turns_unchanged(evidence: Evidence) -> Ruling:
    """The model's turns go back as they came."""
    ruling: Ruling = None
    for turn in _contents(evidence.latest):
        if turn.get("role") != "model":
            continue
        for uri in _uris(turn):
            known = evidence.known(_MODEL_TURN, uri)
            if known is not None and known != turn:
                return f"the model's turn with {uri} is not as it came in `next_turn_contents`"
            ruling = FINE if known is not None else ruling
    return ruling


def references_as_files(evidence: Evidence) -> Ruling:
    """A reference image of a follow-up is a `fileData` part."""
    turns = _contents(evidence.latest)
    for part in _parts(turns[-1]) if turns else ():
        wrong = next((name for name in _INLINE if part.get(name)), None)
        if wrong is not None:
            return f"a part of the last turn has `{wrong}`; `fileData` with a `fileUri` is expected for an image"
    return FINE if turns else None


def references_not_beside(evidence: Evidence) -> Ruling:
    """A reference image of a follow-up does not stand in `image`, where it is ignored."""
    turns, image = _contents(evidence.latest), _payload(evidence.latest).get("image")
    if not turns:
        return None
    told = {uri for turn in turns for uri in _uris(turn)}
    urls = image if isinstance(image, list) else [image]
    lost = next((url for url in urls if isinstance(url, str) and url and url not in told), None)
    return f"{lost[:80]} in `image` is ignored beside `contents`; a `fileData` part is expected" if lost else FINE


def _payload(seen: Seen) -> Mapping[str, Any]:
    payload = seen.fields.get("payload")
    return payload if isinstance(payload, dict) else {}


def _contents(seen: Seen) -> Sequence[Mapping[str, Any]]:
    return _turns(_payload(seen).get("contents"))


def _turns(contents: Any) -> Sequence[Mapping[str, Any]]:
    return [turn for turn in contents if isinstance(turn, dict)] if isinstance(contents, list) else []


def _parts(turn: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    parts = turn.get("parts")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _uris(turn: Mapping[str, Any]) -> Iterator[str]:
    for part in _parts(turn):
        file = part.get("fileData")
        uri = file.get("fileUri") if isinstance(file, dict) else None
        if isinstance(uri, str) and uri:
            yield uri


def _is_empty(turn: Mapping[str, Any]) -> bool:
    return not any(part.get("text") for part in _parts(turn)) and not any(_uris(turn))


CHECKS = register(
    Check(
        "gmicloud.contents.role-words", "gmicloud.contents.roles", SUBMIT, roles, doubt=_CALLERS,
        why="A turn of an unknown role, such as assistant, is refused or passed over.",
    ),
    Check(
        "gmicloud.contents.overrides", "gmicloud.contents.overrides", SUBMIT, instruction_in_contents,
        why="Beside `contents` the prompt is ignored, so the old picture is made again and paid for again.",
    ),
    Check(
        "gmicloud.contents.copy-and-fill", "gmicloud.contents.copy-and-fill", SUBMIT, fills_last_turn,
        why="With an empty turn before the new one it is left to chance what the model takes as its instruction.",
    ),
    Check(
        "gmicloud.contents.model-turns-unchanged", "gmicloud.contents.model-turns-unchanged", SUBMIT,
        model_turns_unchanged,
        why="A model's turn that comes back altered no longer leads to the picture that is to be changed.",
    ),
    Check(
        "gmicloud.contents.no-inline-data", "gmicloud.contents.file-data", SUBMIT, references_as_files, doubt=_CALLERS,
        why="A reference in any other form than `fileData` is not seen, and the picture is made without it.",
    ),
    Check(
        "gmicloud.contents.references-not-beside", "gmicloud.contents.overrides", SUBMIT, references_not_beside,
        doubt="it may be the reference of the first turn, sent along as it was",
        why="A reference beside `contents` is ignored, and the picture is made and paid for without it.",
    ),
)  # fmt: skip
