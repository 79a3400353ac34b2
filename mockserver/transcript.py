"""Exchanges for people and tools: JSON records, HAR 1.2, one line on a terminal. Keys are masked in all of them."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl

from .dates import iso_milliseconds, iso_seconds
from .journal import Exchange, repeated_keys
from .masking import Masker

_NO_BASES: Mapping[str, str] = {}


def as_record(exchange: Exchange, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """An exchange as JSON data, the schema `Exchange` of the control API.

    The keys that the request carries are masked wherever they occur, and so are further `secrets`.
    """
    masker = Masker(exchange, secrets)
    return {
        "number": exchange.number,
        "tenant": exchange.tenant,
        "provider": exchange.provider,
        "operation": exchange.operation,
        "method": printable(exchange.method),
        "target": printable(masker.target(exchange.target)),
        "at": exchange.at,
        "at_iso": iso_milliseconds(exchange.at),
        "duration": exchange.done - exchange.at,
        "real_at": exchange.real_at,
        "real_at_iso": iso_milliseconds(exchange.real_at),
        "real_duration": exchange.real_done - exchange.real_at,
        "request": _message(masker, exchange.request_headers, exchange.request_body),
        "status": exchange.status,
        "response": _message(masker, exchange.response_headers, exchange.response_body),
        "verdict": exchange.verdict,
        "problem": exchange.problem,
        "rule": exchange.rule,
        "reason": None if exchange.reason is None else printable(masker.text(exchange.reason)),
        "fault": exchange.fault,
        "job": exchange.job,
        "credits": exchange.credits,
        "notes": [{"text": printable(masker.text(text)), "rule": rule} for text, rule in _notes(exchange)],
    }


def as_har(
    exchanges: Iterable[Exchange], *, bases: Mapping[str, str] = _NO_BASES, secrets: Iterable[str] = ()
) -> dict[str, Any]:
    """Exchanges as a HAR 1.2 document with virtual times; `_safelight` of an entry holds what HAR can't say.

    `bases` are the base URLs of the providers by name, and of the media origin as `media`.
    """
    known = tuple(secrets)
    entries = [_har_entry(as_record(exchange, known), bases) for exchange in exchanges]
    return {"log": {"version": "1.2", "creator": {"name": "safelight journal", "version": "1"}, "entries": entries}}


def one_line(exchange: Exchange) -> str:
    """An exchange for a terminal: when, who, what, the outcome, what is remarkable; one line whatever it holds."""
    masker = Masker(exchange)
    remarks = [exchange.reason or exchange.problem, *(text for text, _ in _notes(exchange))]
    parts = [
        iso_seconds(exchange.at),
        exchange.provider or "?",
        exchange.method,
        masker.target(exchange.target),
        str(exchange.status),
        f"{(exchange.real_done - exchange.real_at) * 1000:.0f} ms",
        f"job {exchange.job[:8]}" if exchange.job else "",
        "; ".join(masker.text(remark) for remark in remarks if remark),
    ]
    line = "  ".join(part for part in parts if part)
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)


def printable(text: str) -> str:
    """The text with lone surrogates spelled out, so that it can be encoded."""
    return text.encode("utf-8", "backslashreplace").decode()


def _notes(exchange: Exchange) -> Iterator[tuple[str, str | None]]:
    for note in exchange.notes:
        yield note.text, note.rule
    for name in dict.fromkeys(repeated_keys(exchange.request_body)):
        yield f"the key {name!r} is repeated in the body; only the last one counts", None


def _message(masker: Masker, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    rows = [
        {"name": printable(name), "value": printable(masker.header(name, value))} for name, value in headers.items()
    ]
    return {"headers": rows, "body": _body(masker.body(body), len(body)) if body else None}


def _body(body: bytes, length: int) -> dict[str, Any]:
    try:
        return {"length": length, "text": body.decode()}
    except UnicodeDecodeError:
        return {"length": length, "base64": b64encode(body).decode()}


def _har_entry(record: dict[str, Any], bases: Mapping[str, str]) -> dict[str, Any]:
    request, response = record.pop("request"), record.pop("response")
    milliseconds = record["duration"] * 1000
    return {
        "startedDateTime": record["at_iso"],
        "time": milliseconds,
        "request": _har_request(record, request, bases),
        "response": _har_response(record, response),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_safelight": record,
    }


def _har_request(record: dict[str, Any], request: dict[str, Any], bases: Mapping[str, str]) -> dict[str, Any]:
    target, headers, body = record["target"], request["headers"], request["body"]
    base = "media" if record["operation"] == "media" else record["provider"]
    query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    har = {
        "method": record["method"],
        "url": f"{bases.get(base, f'http://{base}.localhost')}{target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": body["length"] if body else 0,
    }
    if body:
        har["postData"] = {"mimeType": _content_type(headers), "params": [], **_har_text(body, "_encoding")}
    return har


def _har_response(record: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    status, headers, body = record["status"], response["headers"], response["body"]
    content = {"size": body["length"] if body else 0, "mimeType": _content_type(headers)}
    return {
        "status": status,
        "statusText": responses.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "content": {**content, **_har_text(body, "encoding")},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": content["size"],
    }


def _har_text(body: dict[str, Any] | None, encoding: str) -> dict[str, str]:
    if not body:
        return {}
    return {"text": body["base64"], encoding: "base64"} if "base64" in body else {"text": body["text"]}


def _content_type(headers: list[dict[str, str]]) -> str:
    return next((row["value"] for row in headers if row["name"].lower() == "content-type"), "")
