"""Checks of clients of Tokaify (document 003_3d92b7b05b46e1d1.txt).

A call without any key is not judged: the first example of the document has none. Names of request fields are taken in
camel and in snake case, since SDKs mix them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from . import shapes
from .evidence import Dialect, Evidence
from .house import API, key_in_url_as
from .record import FINE, Check, Ruling, register
from .shapes import SUBMIT

DIALECT = Dialect()

_CONFIG = ("generationConfig", "generation_config")
_IMAGE = ("imageConfig", "image_config")
_IN_CONFIG = (*_IMAGE, "responseModalities", "response_modalities", "candidateCount", "candidate_count")
_IN_IMAGE = ("aspectRatio", "aspect_ratio", "imageSize", "image_size")


def contents_given(evidence: Evidence) -> Ruling:
    """The conversation is in `contents`."""
    fields = evidence.latest.fields
    if not evidence.latest.is_object:
        return None
    if "contents" in fields:
        return FINE
    instead = next((name for name in ("prompt", "messages", "input") if name in fields), None)
    return f"the body has no `contents`{f' but `{instead}`' if instead else ''}; an array of turns is expected"


def config_in_place(evidence: Evidence) -> Ruling:
    """Parameters lie in `generationConfig`."""
    return _placed(evidence, evidence.latest.fields, _IN_CONFIG, _config(evidence.latest.fields), "generationConfig")


def image_config_in_place(evidence: Evidence) -> Ruling:
    """Ratio and size lie in `generationConfig.imageConfig`."""
    config = _config(evidence.latest.fields)
    image, place = _field(config, _IMAGE), "generationConfig.imageConfig"
    ruling = _placed(evidence, config, _IN_IMAGE, image, place)
    return ruling if isinstance(ruling, str) else _placed(evidence, evidence.latest.fields, _IN_IMAGE, image, place)


def one_candidate(evidence: Evidence) -> Ruling:
    """`candidateCount` stays 1."""
    count = _count(evidence.latest.fields)
    if isinstance(count, int | float) and not isinstance(count, bool) and count > 1:
        return f"`candidateCount` is {count}; several calls are recommended for several images"
    return FINE if evidence.latest.fields else None


def asks_for_images(evidence: Evidence) -> Ruling:
    """`responseModalities`, where given, includes IMAGE."""
    modalities = _value(_config(evidence.latest.fields), "responseModalities", "response_modalities")
    if not isinstance(modalities, list) or not modalities:
        return None
    if any(isinstance(word, str) and word.upper() == "IMAGE" for word in modalities):
        return FINE
    return "`responseModalities` does not include IMAGE, so that no image comes"


def bare_base64(evidence: Evidence) -> Ruling:
    """`data` of an inline image is base64 and no data URI."""
    images = list(_inline_data(evidence.latest.fields))
    if any(data.startswith("data:") for data in images):
        return "`data` of an inline image begins with `data:`; bare base64 is expected"
    return FINE if images else None


def _placed(
    evidence: Evidence, holder: Mapping[str, Any], names: tuple[str, ...], home: Mapping[str, Any], place: str
) -> Ruling:
    wrong = next((name for name in names if holder.get(name) is not None and name not in home), None)
    if wrong is not None:
        return f"`{wrong}` is out of place and has no effect; it is expected in `{place}`"
    return FINE if evidence.latest.fields else None


def _config(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return _field(fields, _CONFIG)


def _count(fields: Mapping[str, Any]) -> Any:
    return _value(_config(fields), "candidateCount", "candidate_count")


def _tier(fields: Mapping[str, Any]) -> Any:
    return _value(_field(_config(fields), _IMAGE), "imageSize", "image_size")


def _field(holder: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    value = _value(holder, *names)
    return value if isinstance(value, dict) else {}


def _value(holder: Mapping[str, Any], *names: str) -> Any:
    return next((holder[name] for name in names if name in holder), None)


def _inline_data(fields: Mapping[str, Any]) -> Iterator[str]:
    turns = fields.get("contents")
    for turn in turns if isinstance(turns, list) else ():
        parts = turn.get("parts") if isinstance(turn, dict) else None
        for part in parts if isinstance(parts, list) else ():
            image = _field(part, ("inlineData", "inline_data")) if isinstance(part, dict) else {}
            if isinstance(image.get("data"), str):
                yield image["data"]


CHECKS = register(
    Check(
        "tokaify.path.endpoint", "tokaify.path.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", "/v1beta/models/{model}:generateContent", r":(streamG|g)enerateContent$"),
        why="A call that goes to another path is answered with 404, and no image comes.",
    ),
    Check(
        "tokaify.auth.key-in-header", "tokaify.auth.key-in-header", API, key_in_url_as("key"),
        why="A key in a URL ends up in the logs of every proxy on the way, for anybody to use.",
    ),
    Check(
        "tokaify.request.body", "tokaify.request.body", SUBMIT, shapes.json_object,
        why="A body that is no JSON object cannot be read, and no image comes.",
    ),
    Check(
        "tokaify.request.content-type", "tokaify.request.content-type", SUBMIT, shapes.json_label,
        why="Without its label the JSON may be taken for a form, and the call is refused.",
    ),
    Check(
        "tokaify.contents.required", "tokaify.contents.required", SUBMIT, contents_given,
        why="A prompt outside `contents` is not seen, and the call is refused.",
    ),
    Check(
        "tokaify.config.object", "tokaify.config.object", SUBMIT, config_in_place,
        why="A parameter outside `generationConfig` is passed over: the picture is paid for and not what was asked.",
    ),
    Check(
        "tokaify.config.image-config", "tokaify.config.image-config", SUBMIT, image_config_in_place,
        why="A ratio or size in the wrong place brings a small square picture, which is paid for, and no error.",
    ),
    Check(
        "tokaify.config.candidate-count-one", "tokaify.config.candidate-count-one", SUBMIT, one_candidate,
        why="Several candidates in one call take so long that it breaks off, and all of them are paid for.",
    ),
    Check(
        "tokaify.config.include-image", "tokaify.config.include-image", SUBMIT, asks_for_images,
        why="Whoever asks for text alone gets words about a picture, and pays for them.",
    ),
    Check(
        "tokaify.config.candidate-count-number", "tokaify.config.candidate-count", SUBMIT,
        shapes.number(_count, "candidateCount"), doubt=shapes.CASE_DOUBT,
        why="A number in quotes is refused, although what is meant is plain.",
    ),
    Check(
        "tokaify.config.tier-case", "tokaify.config.image-size", SUBMIT,
        shapes.capital_tier(_tier, "imageSize"), doubt=shapes.CASE_DOUBT,
        why="`2k` is refused, although what is meant is plain.",
    ),
    Check(
        "tokaify.contents.bare-base64", "tokaify.contents.inline-image", SUBMIT, bare_base64,
        doubt="the caller may have handed over a data URI, and been handed the provider's refusal",
        why="With the prefix of a data URI the reference is no valid base64, and the call is refused.",
    ),
)  # fmt: skip
