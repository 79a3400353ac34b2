"""Every answer to a caller is one that the gateway's own OpenAPI file promises, when all goes well and when not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...fuzz.document import Document, document_of
from ...fuzz.promises import wrong_body, wrong_content_type, wrong_status
from ...gateway.capabilities import ASYNC, BYTES_FORM, KEYS, LISTS_MODELS, OPENAPI, URL_FORM
from ...scenarios.model import Call, Manner, Wish
from ..record import Property, RunJudge
from .batches import batches
from .stories import asked, at_everybody, flows

if TYPE_CHECKING:
    from ...engine.outcome import Heard
    from ...engine.run import Run
    from ...scenarios.space import Space

_JUDGED: Final = ("submit", "poll", "models")
_SECONDS: Final = 2.0
_FAULTS: Final = (
    {"kind": "problem", "problem": "rate-limited", "operation": "submit", "retry_after": 7},
    {"kind": "problem", "problem": "credits-exhausted", "operation": "submit"},
    {"kind": "problem", "problem": "key-unknown", "operation": "submit"},
    {"kind": "problem", "problem": "parameter-invalid", "operation": "submit"},
    {"kind": "problem", "problem": "internal", "operation": "submit"},
    {"kind": "edge-page", "operation": "submit"},
    {"kind": "empty", "operation": "submit"},
    {"kind": "reset", "operation": "submit", "when": "after"},
)
_MISTAKES: Final = ({"prompt": None}, {"prompt": 5}, {"prompt": ""}, {"count": 0}, {"ratio": "7:3"}, {"model": "none"})


def _of_all_kinds(space: Space) -> Any:
    """What callers ask for, mistakes of theirs, and trouble upstream."""
    plain = batches(space, _calls(space), seconds=_SECONDS, together=True)
    mistakes = batches(space, _wrong_calls(space))
    troubles: list[Mapping[str, Any]] = [
        *({"faults": (at_everybody(fault),)} for fault in _FAULTS),
        *({"ending": ending} for ending in space.spec.behaviour.failures),
    ]
    usual = [asked(flow) for flow in flows(space)]
    troubled = [one for each in troubles for one in batches(space, usual, seconds=_SECONDS, together=True, **each)]
    return space.st.sampled_from([*plain, *mistakes, *troubled])


def _calls(space: Space) -> list[Call]:
    forms = [form for form, need in (("url", URL_FORM), ("bytes", BYTES_FORM)) if need in space.can]
    wishes = [Wish(), *([Wish(count=2)] if "count" in space.can else [])]
    calls = [asked(flow, wish, form=form) for flow in flows(space) for wish in wishes for form in (None, *forms)]
    return [*calls, *([Call(op="models")] if LISTS_MODELS in space.can else [])]


def _wrong_calls(space: Space) -> list[Call]:
    calls = [asked(flow, put=put) for flow in flows(space) for put in _MISTAKES]
    calls += [asked(flow, raw={"body": "{"}) for flow in flows(space)]
    if ASYNC in space.can:
        calls.append(Call(op="status", manner=Manner(job="nobodys-job")))
    if KEYS in space.can:
        calls += [asked(flow, key=key) for flow in flows(space) for key in ("none", "wrong")]
    return calls


def _each_answer(wrong: Callable[[Document, Heard], str | None]) -> RunJudge:
    """A judge of every answer: what is wrong with the first that is, FINE, or None if no answer can be judged."""

    def judge(run: Run) -> Ruling:
        if run.claims.openapi is None:
            return None
        document = document_of(run.claims.openapi)
        whole = (heard for heard in run.heard if heard.role in _JUDGED and heard.status and not heard.problem)
        said = [wrong(document, heard) for heard in whole]
        sentence = next((each for each in said if each), None)
        return sentence or (FINE if "" in said else None)

    return judge


PROPERTIES: Final = (
    Property(
        "gateway.schema.status", "gateway.schema.status", _of_all_kinds, _each_answer(wrong_status),
        frozenset({OPENAPI}), examples=70, once=True,
        why="Clients made from the file have no branch for a status that it does not name, and fail there.",
    ),
    Property(
        "gateway.schema.content-type", "gateway.schema.content-type", _of_all_kinds, _each_answer(wrong_content_type),
        frozenset({OPENAPI}), examples=70, once=True,
        why="Clients made from the file read an answer by its label; with another one they hand back raw bytes.",
    ),
    Property(
        "gateway.schema.body", "gateway.schema.body", _of_all_kinds, _each_answer(wrong_body),
        frozenset({OPENAPI}), examples=70, once=True,
        why="Clients made from the file break on a field that is missing or of another type, after the image was paid.",
    ),
)  # fmt: skip
