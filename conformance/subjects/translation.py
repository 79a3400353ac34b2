"""Between the words of the protocol and those of the suite: features, requests, results, errors."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from ..client import CATEGORIES, FEATURES, Bytes, Capabilities, GenerateRequest, UnknownFeature, Url
from ..engine.outcome import Delivered, Outcome
from .base import Ask, Opening
from .errors import AdapterError
from .protocol import check, fault_in, quoted

VIRTUAL_SLEEP: Final = "virtual_sleep"
IMAGES: Final = "images"

_LONGEST_TEXT: Final = 2_000
_PLAIN: Final = ("ratio", "resolution", "count", "output_format", "temperature", "top_p", "channel", "previous")
_WIRE_NAMES: Final[Mapping[str, str]] = {
    feature.replace("-", "_"): feature for feature in FEATURES if not feature.endswith("-images")
}


def read_capabilities(declared: Any, line: bytes | str, who: str) -> tuple[Capabilities, Mapping[str, Any]]:
    """Capabilities from what is under `ok` of a hello, and its features as they came. Raises AdapterError."""
    check("hello-ok", declared, line, f"{who} answered hello in a wrong shape")
    features = declared["features"]
    known = [*_WIRE_NAMES, IMAGES, VIRTUAL_SLEEP]
    for name in features:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."
            raise AdapterError(f"{who} declares the unknown feature {name!r}; {hint}")
    try:
        capabilities = Capabilities(
            name=declared["name"],
            version=declared.get("version", ""),
            providers=tuple(declared.get("providers", ())),
            features=frozenset(
                [_WIRE_NAMES[name] for name, value in features.items() if name in _WIRE_NAMES and _is_offered(value)]
                + [f"{way}-images" for way in features.get(IMAGES, ())]
            ),
        )
    except UnknownFeature as error:
        raise AdapterError(f"the capabilities that {who} declares cannot be read: {error}.") from None
    return capabilities, features


def write_opening(opening: Opening) -> dict[str, Any]:
    """The fields of `open`."""
    fields = {"provider": opening.provider, "base_url": opening.base_url, "api_key": opening.api_key}
    return fields if opening.deadline is None else {**fields, "deadline_s": opening.deadline}


def write_ask(ask: Ask) -> dict[str, Any]:
    """The fields of `generate`, `list` or `resume`."""
    if ask.op == "list":
        return {"model": ask.model}
    if ask.op == "resume":
        return {"task_id": ask.task_id}
    assert ask.request is not None
    return {"request": write_request(ask.request)}


def write_request(request: GenerateRequest) -> dict[str, Any]:
    """A request as JSON data, without what was not asked for."""
    asked = {name: value for name in _PLAIN if (value := getattr(request, name)) is not None}
    images = {IMAGES: [_write_image(image) for image in request.images]} if request.images else {}
    return {"prompt": request.prompt, **asked, **images}


def read_answer(answer: Mapping[str, Any], op: str, line: bytes | str, who: str) -> Outcome:
    """What a call came to, from its answer, of which `line` is the text. Raises AdapterError."""
    told = line if isinstance(line, str) else line.decode("utf-8", "replace")
    if "unsupported" in answer:
        return Outcome("unsupported", category="unsupported", message=_short(answer["unsupported"]), told=told)
    if "error" in answer:
        return _read_error(answer["error"], told, who)
    if op == "list":
        return Outcome("result", listing=answer["ok"], told=told)
    try:
        return _read_result(answer["ok"], told)
    except _Garbled as error:
        return _garbled(f"{who} answered {op} with a wrong result ({error}): {quoted(line)}", told)


class _Garbled(ValueError):
    """What is wrong with a result, which may be due to the client as well as to the adapter."""


def _garbled(sentence: str, told: str) -> Outcome:
    return Outcome("error", message=sentence, garbled=sentence, told=told)


def _read_error(error: Mapping[str, Any], told: str, who: str) -> Outcome:
    category = error.get("category")
    if category is not None and category not in CATEGORIES:
        near = get_close_matches(str(category), CATEGORIES, n=1) or [", ".join(CATEGORIES)]
        raise AdapterError(f"{who} told an error of the category {category!r}, which is none; there is {near[0]}.")
    wrong = fault_in("error", error)
    if wrong:
        return _garbled(f"{who} told a wrong error ({wrong}): {quoted(told)}", told)
    return Outcome(
        "unsupported" if category == "unsupported" else "error",
        category=category,
        code=error.get("code"),
        request_id=_text(error.get("request_id")),
        task_id=_text(error.get("task_id")),
        retry_after=error.get("retry_after"),
        exception=error.get("exception") or ("" if category else "error"),
        message=_short(error.get("message") or ""),
        told=told,
    )


def _read_result(result: Any, told: str) -> Outcome:
    wrong = fault_in("result", result)
    if wrong:
        raise _Garbled(wrong)
    return Outcome(
        "result",
        images=tuple(_read_image(image, f"images.{number}") for number, image in enumerate(result["images"])),
        task_id=_text(result.get("task_id")),
        expires_at=_read_instant(result.get("expires_at")),
        usage=result.get("usage") or {},
        conversation=result.get("conversation"),
        told=told,
    )


def _read_image(image: Mapping[str, Any], place: str) -> Delivered:
    if ("url" in image) == ("data" in image):
        raise _Garbled(f"{place}: it has {'both' if 'url' in image else 'neither'} `url` and `data`, not one of them")
    if "url" in image:
        return Delivered(url=image["url"], mime=image.get("mime"))
    try:
        return Delivered(data=b64decode(image["data"], validate=True), mime=image.get("mime"))
    except binascii.Error as error:
        raise _Garbled(f"{place}.data: it is not base64, {str(error).lower()}") from None


def _read_instant(value: Any) -> float | None:
    if value is None or isinstance(value, int | float):
        return value
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _Garbled("expires_at: it is neither unix seconds nor ISO 8601 with an offset from UTC")
    return instant.timestamp()


def _write_image(image: Url | Bytes) -> dict[str, str]:
    if isinstance(image, Url):
        return {"url": image.url}
    return {"data": b64encode(image.data).decode(), "mime": image.mime}


def _is_offered(value: Any) -> bool:
    return value is True or (value is not False and value > 1)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _short(text: str) -> str:
    return text[:_LONGEST_TEXT]
