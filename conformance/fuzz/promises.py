"""Whether an answer is as the OpenAPI file says: its status, its content type, its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from .document import Document, Operation

if TYPE_CHECKING:
    from ..engine.outcome import Heard

_MOST: Final = 240  # characters of what a validator says


def wrong_status(document: Document, heard: Heard) -> str | None:
    """What is wrong with the status of an answer, as a sentence; an empty one if nothing is, None if nobody says."""
    operation = document.find(heard.method, heard.url)
    if operation is None or not (heard.ok or operation.tells_errors):
        return None
    if operation.response(heard.status):
        return ""
    known = ", ".join(operation.responses)
    return f"{operation.label} is answered with {heard.status}, which the OpenAPI file does not have; it has {known}"


def wrong_content_type(document: Document, heard: Heard) -> str | None:
    """The same of the content type."""
    operation, _, content = _promised(document, heard)
    if operation is None or not content or not heard.body:
        return None
    media = media_type(heard)
    if any(_covers(each, media) for each in content):
        return ""
    said = f"labelled {media}" if media else "without a Content-Type"
    return f"{operation.label} is answered with {heard.status} {said}; the OpenAPI file has {', '.join(content)}"


def wrong_body(document: Document, heard: Heard) -> str | None:
    """The same of the body."""
    operation, pointer, content = _promised(document, heard)
    name = next((each for each in content if _covers(each, media_type(heard))), None)
    if operation is None or name is None or "schema" not in content[name] or not _is_json(media_type(heard)):
        return None
    where = f"{operation.label} is answered with {heard.status}, whose body"
    try:
        body = orjson.loads(heard.body)
    except orjson.JSONDecodeError:
        return f"{where} is labelled JSON and is none: {heard.body[:80]!r}"
    escaped = name.replace("~", "~0").replace("/", "~1")
    validator = document.schemas.validator(f"{pointer}/content/{escaped}/schema", "response")
    error = next(iter(validator.iter_errors(body)), None)
    if error is None:
        return ""
    return f"{where} is not as the OpenAPI file says: {_told(error)}"


def wrong_request(document: Document, heard: Heard) -> str:
    """What is wrong with a request, in a few words; empty where that does not show in its body."""
    operation = document.find(heard.method, heard.url)
    pointer = next(iter(operation.bodies.values()), None) if operation else None
    if pointer is None:
        return ""
    if not heard.sent:
        return "it has no body"
    try:
        body = orjson.loads(heard.sent)
    except orjson.JSONDecodeError:
        return "its body is no JSON"
    error = next(iter(document.schemas.validator(pointer, "request").iter_errors(body)), None)
    return _told(error) if error else ""


def media_type(heard: Heard) -> str:
    """The content type of an answer without its parameters, in lower case."""
    label = next((value for name, value in heard.headers.items() if name.lower() == "content-type"), "")
    return label.partition(";")[0].strip().lower()


def _promised(document: Document, heard: Heard) -> tuple[Operation | None, str, dict[str, Any]]:
    """The operation, and what is written of answers of this status: where it stands, and its content."""
    operation = document.find(heard.method, heard.url)
    found = operation.response(heard.status) if operation else None
    if found is None:
        return None, "", {}
    return operation, found[0], dict(found[1].get("content", {}))


def _covers(promised: str, media: str) -> bool:
    name = promised.partition(";")[0].strip().lower()
    if name == "*/*":
        return True
    if name.endswith("/*"):
        return media.startswith(name[:-1])
    return name == media


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _told(error: Any) -> str:
    place = ".".join(map(str, error.instance_path)) or "its top"
    text = f"at {place}: {error.message}"
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
