"""Judges of what a provider can be asked for and what it can't: sent as documented, made up for, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.run import Run
from .judging import shown
from .record import RunJudge
from .wire import pictures_of

_OF_THE_BODY: Final = frozenset({"parameter-invalid", "parameter-missing", "body-malformed", "model-unknown"})
_INSTANT: Final = 0.001  # seconds; times since the start are exact to less
_COUNTS: Final = re.compile(r"^n$|count|num|samples|outputs|quantity", re.IGNORECASE)


def as_documented(run: Run) -> Ruling:
    """A submit for a wish that the document allows breaks no rule of the document."""
    for seen in run.submits:
        exchange = seen.exchange
        rule = run.spec.rules.get(exchange.rule or "")
        if exchange.fault is None and exchange.problem in _OF_THE_BODY and rule is not None and rule.level == "MUST":
            return f"a wish that the document allows was sent in a way that it does not: {exchange.reason}"
    return FINE if run.submits else None


def made_up_for(run: Run) -> Ruling:
    """More images than a request can bring come from several requests or are refused; no field is invented."""
    wished = run.wish.count
    for seen in run.submits:
        field = next(_fields_with(seen.fields, wished), None)
        if field is not None:
            return f"{wished} images are asked for in `{field}` of the submit; one request for each is expected"
    delivered = len(run.outcome.images)
    if run.outcome.kind == "result" and delivered < (wished or 1):
        return f"{wished} images were asked for, the call succeeded with {delivered}"
    return FINE


def whole_or_not(run: Run) -> Ruling:
    """A prompt that is too long for its field is refused, or goes where there is room for it, but is not cut."""
    cut = next((seen for seen in run.submits if not _has_text(seen.fields, run.wish.prompt)), None)
    return FINE if cut is None else f"a prompt of {len(run.wish.prompt)} characters was cut or changed, and sent"


def references_not_dropped(run: Run) -> Ruling:
    """References that cannot be sent are told to the caller, not left out in silence."""
    wished = len(run.wish.images)
    sent = min((len(pictures_of(seen)) for seen in run.submits), default=0)
    if run.outcome.kind == "result" and sent < wished:
        return f"{wished} references were handed over, the call succeeded although the submit has {sent}"
    return FINE


def not_succeeding(name: str) -> RunJudge:
    """A wish that cannot be expressed here does not succeed as if it had not been made."""

    def judge(run: Run) -> Ruling:
        if run.outcome.kind == "result":
            return f"{name} {shown(getattr(run.wish, name))} cannot be asked for here, yet the call succeeded"
        return FINE

    return judge


def submits_of(run: Run, call: int) -> list[Seen]:
    """The submits that began during one of the calls, which were made one after another.

    In the instant in which a call ends, the next begins; what is sent then is the next one's.
    """
    outcome = run.outcomes[call]
    ends = outcome.ended - _INSTANT if outcome.seconds > _INSTANT else outcome.ended + _INSTANT
    return [seen for seen in run.submits if outcome.started - _INSTANT <= run.since_start(seen.at) < ends]


def _fields_with(fields: Mapping[str, Any], number: int | None) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _fields_with(value, number)
        elif _COUNTS.search(name) and str(value) == str(number):
            yield name


def _has_text(value: Any, text: str) -> bool:
    if isinstance(value, Mapping):
        value = list(value.values())
    return value == text or (isinstance(value, list) and any(_has_text(each, text) for each in value))
