"""HAR 1.2: our own, which says everything, and those of browsers and proxies in front of the real providers."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...mockserver.journal import Exchange, Note
from ...specs import load, provider_names
from .recording import BadRecording, exchange_from_json
from .records import headers_of
from .seen import MEDIA, NOT_RECORDED, RECORDED

_OURS = "_safelight"


def read_har(file: Path, log: Any) -> Iterator[Exchange]:
    """The exchanges of a HAR file's `log` with the providers. Raises BadRecording."""
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise BadRecording(f"{file}: log.entries is not an array, as it is in a HAR file.")
    found = [
        exchange
        for number, entry in enumerate(entries, 1)
        if (exchange := _exchange(entry, number, f"{file}, entry {number}")) is not None
    ]
    ours = all(isinstance(entry, dict) and _OURS in entry for entry in entries)
    return iter(found if ours else sorted(found, key=lambda exchange: exchange.done))


def _exchange(entry: Any, number: int, place: str) -> Exchange | None:
    try:
        if _OURS in entry:
            messages = {name: _message(entry[name]) for name in ("request", "response")}
            return exchange_from_json({**entry[_OURS], **messages}, place)
        if entry.get("_fromCache"):
            return None  # it never went over the wire
        return _foreign(entry, number)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise BadRecording(f"{place}: this is not an entry of a HAR file ({reason}).") from None


def _foreign(entry: Mapping[str, Any], number: int) -> Exchange | None:
    request, response = entry["request"], entry["response"]
    url = urlsplit(request["url"])
    provider = _providers().get(f"{url.scheme}://{url.hostname}") if url.port in (None, 443) else None
    if provider is None:
        return None
    started = _instant(entry["startedDateTime"])
    done = started + max(0.0, float(entry.get("time") or 0)) / 1000
    name, operation = provider
    body = _text(request.get("postData") or {})
    lost = body is None and request["method"] == "POST" and request.get("bodySize") != 0
    target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    return Exchange(
        number, RECORDED, name, operation, str(request["method"]), target, started, started, _headers(request),
        body or b"", int(response["status"]), _headers(response), _text(response.get("content") or {}) or b"", done,
        done, notes=(Note(NOT_RECORDED),) if lost else (),
    )  # fmt: skip


def _message(part: Mapping[str, Any]) -> dict[str, Any]:
    held = part.get("postData") or part.get("content") or {}
    body = _text(held)
    rows = [{"name": row["name"], "value": row["value"]} for row in part["headers"]]
    if not body:
        return {"headers": rows, "body": None}
    encoded = "base64" in (held.get("encoding"), held.get("_encoding"))
    return {"headers": rows, "body": {"length": len(body), "base64" if encoded else "text": held["text"]}}


def _text(held: Mapping[str, Any]) -> bytes | None:
    text = held.get("text")
    if text is None:
        return None
    if "base64" in (held.get("encoding"), held.get("_encoding")):
        return b64decode(text)
    return str(text).encode("utf-8", "surrogatepass")


def _headers(part: Mapping[str, Any]) -> Mapping[str, str]:
    return headers_of((str(row["name"]), str(row["value"])) for row in part["headers"])


def _instant(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@cache
def _providers() -> Mapping[str, tuple[str, str]]:
    """Provider and operation by origin; the operation is known of results only."""
    origins: dict[str, tuple[str, str]] = {}
    for name in provider_names():
        behaviour = load(name).behaviour
        origins.update(dict.fromkeys(behaviour.media_origins, (name, MEDIA)))
        origins[behaviour.api_origin] = (name, "")
    return origins
