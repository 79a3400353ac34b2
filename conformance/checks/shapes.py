"""Judges of single requests: where they go, what they carry, how their bodies are built."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from .evidence import Evidence
from .record import FINE, Judge, Ruling
from .seen import NOT_JSON

CASE_DOUBT: Final = "the caller may have written it so, and been handed the provider's refusal"
SUBMIT: Final = ("submit",)

_JSON_LABEL = re.compile(r"[^/;]+/([^/;]+\+)?json\s*(;|$)", re.IGNORECASE)
_NOT_FOUND = (301, 302, 303, 307, 308, 404)
_METHODS = ("GET", "POST", "PUT")

Place = Callable[[Mapping[str, Any]], Any]


def bearer(evidence: Evidence) -> Ruling:
    """The key is in the Authorization header, with the scheme Bearer; an empty key is the caller's affair."""
    seen = evidence.latest
    if seen.operation is None or seen.operation.extension or not seen.operation.security:
        return None
    value = seen.headers.get("authorization")
    if value is None:
        if seen.exchange.problem != "key-missing":
            return None  # whoever recorded it may have cut it out
        return f"{_line(evidence)} has no Authorization header; `Authorization: Bearer <key>` is expected"
    if value.strip().partition(" ")[0].lower() != "bearer":
        return f"the Authorization header of {_line(evidence)} does not begin with `Bearer `"
    return FINE


def misdirected(role: str, method: str, path: str, near: str) -> Judge:
    """Requests that mean an operation but go somewhere else: `near` recognises such paths.

    Only what the provider refused to know is judged, since it may serve more than its document tells.
    """
    pattern = re.compile(near, re.IGNORECASE)

    def judge(evidence: Evidence) -> Ruling:
        seen = evidence.latest
        if seen.role:
            return FINE if seen.role == role else None
        meant = seen.method == method if seen.status in _NOT_FOUND else seen.status == 405 and seen.method in _METHODS
        if not meant or not pattern.search(seen.path):
            return None
        return f"{_line(evidence)} was answered with {seen.status}; {method} {path} is expected"

    return judge


def json_object(evidence: Evidence) -> Ruling:
    """The body is one JSON object in UTF-8."""
    seen = evidence.latest
    if not seen.body_known:
        return None
    if seen.data is NOT_JSON:
        return f"the body ({len(seen.exchange.request_body)} bytes) is not valid JSON; one JSON object is expected"
    return FINE if seen.is_object else f"the body is {_kind(seen.data)}; one JSON object is expected"


def json_label(evidence: Evidence) -> Ruling:
    """A JSON body is labelled so."""
    seen = evidence.latest
    if not seen.body_known or not seen.is_object:
        return None
    label = seen.headers.get("content-type", "")
    if _JSON_LABEL.match(label):
        return FINE
    said = f"labelled {label}" if label else "not labelled"
    return f"the JSON body is {said}; `Content-Type: application/json` is expected"


def carries(*names: str) -> Judge:
    """Fields that a client fills in by itself are there, whatever is in them."""

    def judge(evidence: Evidence) -> Ruling:
        if not evidence.latest.is_object:
            return None
        missing = [name for name in names if name not in evidence.latest.fields]
        verb = "are" if len(missing) > 1 else "is"
        return f"the body has no {_listed(missing)}, which {verb} always sent" if missing else FINE

    return judge


def not_nested(name: str) -> Judge:
    """A field stands at the top of the body, and not inside some other object."""

    def judge(evidence: Evidence) -> Ruling:
        fields = evidence.latest.fields
        if name in fields:
            return FINE
        holder = next((key for key, value in fields.items() if isinstance(value, dict) and name in value), None)
        return f"`{name}` stands inside `{holder}`; it is expected at the top of the body" if holder else None

    return judge


def named(place: Place, aliases: Mapping[str, Collection[str]], where: str = "the body") -> Judge:
    """Options go by the provider's names: an `alias` that stands where the name itself is missing has no effect."""

    def judge(evidence: Evidence) -> Ruling:
        options = _object(place(evidence.latest.fields))
        for name, others in aliases.items():
            wrong = next((other for other in others if options.get(other) is not None), None)
            if wrong is not None and name not in options:
                return f"{where} has `{wrong}`, which has no effect; `{name}` is expected"
        return FINE if options else None

    return judge


def nothing_invented(place: Place, invented: Collection[str], where: str) -> Judge:
    """No fields for what can't be asked of the provider; a count of one asks for nothing."""

    def judge(evidence: Evidence) -> Ruling:
        options = _object(place(evidence.latest.fields))
        found = [name for name in invented if options.get(name) not in (None, 1, [], "")]
        if found:
            return f"{where} has {_listed(found)}, which has no effect; no such parameter is documented"
        return FINE if options else None

    return judge


def number(place: Place, name: str) -> Judge:
    """A number is sent as a number, not as its digits in quotes."""

    def judge(evidence: Evidence) -> Ruling:
        value = place(evidence.latest.fields)
        if isinstance(value, str) and _is_number(value):
            return f'`{name}` is the string "{value}"; the number {value} is expected'
        return None if value is None else FINE

    return judge


def capital_tier(place: Place, name: str) -> Judge:
    """A tier is spelled with a capital K."""

    def judge(evidence: Evidence) -> Ruling:
        value = place(evidence.latest.fields)
        if value in ("1k", "2k", "4k"):
            return f'`{name}` is "{value}"; "{value.upper()}" is expected'
        return None if value is None else FINE

    return judge


def at(*path: str) -> Place:
    """The value at a path of keys, or None."""

    def look(fields: Mapping[str, Any]) -> Any:
        value: Any = fields
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    return look


def whole(fields: Mapping[str, Any]) -> Any:
    """The body itself."""
    return fields


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _line(evidence: Evidence) -> str:
    return f"{evidence.latest.method} {evidence.latest.path}"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,6}(\.\d{1,6})?", text, re.ASCII))


def _kind(value: Any) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
