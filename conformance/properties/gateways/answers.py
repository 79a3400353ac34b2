"""How a gateway says no: in JSON, with an id to ask its makers about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import ASYNC, KEYS
from ...scenarios.model import Call, Manner
from ..judging import shown
from ..record import Property
from .stories import asked, at_everybody, in_turn, story

if TYPE_CHECKING:
    from ...engine.outcome import Heard
    from ...engine.run import Run
    from ...scenarios.model import Scenario
    from ...scenarios.space import Space

_BODIES: Final = ("{", "", "null", "[]", '"a red kite"', "5", "prompt=a+red+kite", '{"prompt": "\xff"}', "\x00",
                  "[" * 3_000, '{"a":' * 3_000, "NaN", '{"n": 1e999}')  # fmt: skip
_FAULTS: Final = (
    {"kind": "problem", "problem": "internal", "operation": "submit"},
    {"kind": "edge-page", "operation": "submit"},
    {"kind": "reset", "operation": "submit"},
    {"kind": "problem", "problem": "parameter-invalid", "operation": "submit"},
)
_NAME: Final = re.compile(
    r"(request|correlation|trace|transaction|operation|call|log)[-_ ]?id|^traceparent$|ray$", re.I
)


def failing(space: Space) -> Any:
    """Two calls that fail for the same reason."""
    return in_turn(space, _failures(space)).map(lambda drawn: drawn[1](drawn[0]))


def _failures(space: Space) -> Iterator[Callable[[str], Scenario]]:
    """By the flow."""

    def twice(parts: Any = None, **manner: Any) -> Callable[[str], Scenario]:
        return lambda flow: story(space, *[asked(flow, **manner)] * 2, **(parts or {}))

    yield from (twice(raw={"body": body}) for body in _BODIES)
    yield twice(raw={"method": "DELETE"})
    yield twice(raw={"path": "/v1/nothing-of-that-kind"})
    yield from (twice(put=put) for put in ({"prompt": None}, {"prompt": 5}, {"count": "two"}))
    yield from (twice({"faults": (at_everybody(fault),), "seconds": 2.0}) for fault in _FAULTS)
    yield twice({"ending": "moderated-prompt", "seconds": 2.0})
    if KEYS in space.can:
        yield from (twice(key=key) for key in ("none", "wrong"))
    if ASYNC in space.can:
        yield lambda flow: story(space, *[Call(op="status", manner=Manner(job="nobodys-job"))] * 2)


def said_in_json(run: Run) -> Ruling:
    """Whatever goes wrong is told in a JSON object that says what."""
    errors = _errors(run)
    for heard in errors:
        where = f"{heard.method} was answered with {heard.status} and"
        label = _labels(heard).get("content-type", "")
        if not isinstance(heard.json, dict) or not heard.json:
            return f"{where} {shown(heard.body[:60])}, which is no JSON object"
        if "json" not in label:
            return f"{where} JSON that is labelled {label or 'as nothing'}"
        if not any(len(text) > 1 for text in _texts(heard.json)):
            return f"{where} {shown(heard.json)}, which says nothing"
    return FINE if errors else None


def has_an_id(run: Run) -> Ruling:
    """Each error has an id of its own, in a header or in the body."""
    errors = _errors(run)
    known: list[set[str]] = []
    named = {outcome.request_id for outcome in run.outcomes if outcome.request_id}  # where the gateway's file has it
    for heard in errors:
        ids = {*_ids(heard), *(id for id in named if id.encode() in heard.body)}
        if not ids:
            return f"{heard.method} was answered with {heard.status}, and no id of the request in headers or body"
        if any(ids <= others for others in known):
            return f"two requests were answered with the same id, {min(ids)!r}"
        known.append(ids)
    return FINE if errors else None


def _errors(run: Run) -> list[Heard]:
    return [heard for heard in run.heard if heard.role != "fetch" and heard.status >= 400]


def _labels(heard: Heard) -> dict[str, str]:
    return {name.lower(): value for name, value in heard.headers.items()}


def _ids(heard: Heard) -> Iterator[str]:
    yield from (value for name, value in heard.headers.items() if _NAME.search(name) and value)
    yield from (value for name, value in _fields(heard.json) if _NAME.search(name) and isinstance(value, str) and value)


def _fields(document: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a document, at any depth."""
    if isinstance(document, dict):
        yield from document.items()
    for each in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from _fields(each)


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    for each in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from _texts(each)


PROPERTIES: Final = (
    Property(
        "gateway.answers.json", "gateway.answers.json", failing, said_in_json, examples=28, once=True,
        why="A caller's library parses errors as JSON; a bare text becomes an exception that says nothing.",
    ),
    Property(
        "gateway.answers.request-id", "gateway.answers.request-id", failing, has_an_id, examples=28, once=True,
        why="Without an id nobody finds in the log what a caller complains of.",
    ),
)  # fmt: skip
