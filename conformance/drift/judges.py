"""How answers are judged: functions that make judges, of fields and of refusals, for the checks of the sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from ...specs.openapi import standalone
from .evidence import NOT_JSON, Answer, Evidence, Life
from .fields import Flaw, flaws, values
from .record import Deviation, Judge, Judged

_NO_CREDITS: Final = 402


def shape(stage: str, *, present: str = "", form: str = "", error: bool = False) -> Judge:
    """Fields that have to be there, and fields that have to be as the schema of the answer says.

    Both are paths with spaces between; a `*` at the end takes in what lies below. Whatever else is wrong with an answer
    is not judged here. `error` takes the schema of refusals.
    """
    wanted, formed = present.split(), form.split()

    def judge(evidence: Evidence) -> Judged:
        return first_of(
            (answer, _told(_schema_flaws(evidence, answer, life, stage, error), wanted, formed))
            for answer, life in evidence.stage(stage)
            if answer.data is not NOT_JSON
        )

    return judge


def is_json(stage: str) -> Judge:
    """Answers are JSON objects."""
    return each_answer(
        stage, lambda answer, life: None if isinstance(answer.data, dict) else f"the body is {_body(answer)}"
    )


def labelled(stage: str) -> Judge:
    """JSON is called so."""

    def test(answer: Answer, life: Life | None) -> str | None:
        ok = answer.data is NOT_JSON or answer.content_type.endswith("json")
        return None if ok else f"JSON is labelled {answer.content_type or 'as nothing'}, not application/json"

    return each_answer(stage, test)


def echo(stage: str, field: str, sent: str, *, part: bool = False) -> Judge:
    """A field repeats what the order had; with `part` it may say more beside it."""

    def test(answer: Answer, life: Life | None) -> str | None:
        ordered = values(life.sent, sent) if life else []
        found = values(answer.data, field)
        if not found or not ordered or found[0] == ordered[0]:
            return None
        if part and isinstance(found[0], Mapping) and ordered[0].items() <= found[0].items():
            return None
        return f"`{field}` is {short(found[0])}, but the request had {short(ordered[0])}"

    return each_answer(stage, test)


def same(field: str, submitted: str) -> Judge:
    """A field of every poll is what the submit called it."""

    def test(answer: Answer, life: Life | None) -> str | None:
        first = values(life.submit.data, submitted) if life else []
        found = values(answer.data, field)
        if not found or not first or found[0] == first[0]:
            return None
        return f"`{field}` is {short(found[0])}, but the submit said {short(first[0])}"

    return each_answer("poll", test)


def each_value(stage: str, field: str, test: Callable[[Any], str | None]) -> Judge:
    """Something about each value of a field; `test` gives a sentence where it is wrong."""

    def judged(answer: Answer, life: Life | None) -> str | None:
        return next((told for told in map(test, values(answer.data, field)) if told), None)

    return each_answer(stage, judged)


# ---- refusals ------------------------------------------------------------------------------------------------------


def refused(probe: str, status: int | None = None) -> Judge:
    """A probe is answered with a status from 400 to 499, or with just this one."""

    def test(answer: Answer) -> str | None:
        if answer.status == _NO_CREDITS or (answer.refused if status is None else answer.status == status):
            return None
        return f"it is answered with {answer.told}, not {status or 'refused with a status from 400 to 499'}"

    return _of_probe(probe, test)


def status_among(probe: str, statuses: Collection[int]) -> Judge:
    """A probe that is refused is refused with one of these."""
    told = " or ".join(map(str, sorted(statuses)))

    def test(answer: Answer) -> str | None:
        fine = not answer.refused or answer.status in (*statuses, _NO_CREDITS)
        return None if fine else f"it is answered with {answer.told}, not {told}"

    return _of_probe(probe, test)


def says(probe: str, field: str | None, code: int | str, *, unless: int = 0) -> Judge:
    """The answer to a probe that is refused has a code in a field, or anywhere for None; not judged with `unless`."""

    def test(answer: Answer) -> str | None:
        if not answer.refused or answer.status in (unless, _NO_CREDITS):
            return None
        found = values(answer.data, field) if field else [code] if str(code).encode() in answer.body else []
        if code in found:
            return None
        return f"`{field}` is {short(found[0]) if found else 'missing'}, not {code}" if field else f"no {code} in it"

    return _of_probe(probe, test)


def served(probes: Collection[str]) -> Judge:
    """One at least of these probes is answered with 200."""

    def judge(evidence: Evidence) -> Judged:
        answers = [evidence.free[name][1] for name in probes if name in evidence.free]
        known = [answer for answer in answers if answer.status]
        fine = any(answer.status == 200 for answer in known)
        return first_of((each, None if fine else f"it is answered with {each.told}, not 200") for each in known)

    return judge


# ---- common to all -------------------------------------------------------------------------------------------------


def first_of(judged: Iterable[tuple[Answer, str | None]]) -> Judged:
    """The ruling on answers, each with a sentence where it deviates."""
    count, found = 0, None
    for answer, sentence in judged:
        count += 1
        if sentence and found is None:
            found = Deviation(sentence, answer)
    return Judged(count, found)


def each_answer(stage: str, test: Callable[[Answer, Life | None], str | None]) -> Judge:
    """Something about each answer of a stage; `test` gives a sentence where it is wrong."""
    return lambda evidence: first_of((answer, test(answer, life)) for answer, life in evidence.stage(stage))


def _of_probe(name: str, test: Callable[[Answer], str | None]) -> Judge:
    def judge(evidence: Evidence) -> Judged:
        _, answer = evidence.free.get(name, (None, None))
        return first_of([(answer, test(answer))] if answer is not None and answer.status else [])

    return judge


def _schema_flaws(evidence: Evidence, answer: Answer, life: Life | None, stage: str, error: bool) -> list[Flaw]:
    spec = evidence.spec
    if error:
        return flaws(standalone(spec.openapi, {"$ref": "#/components/schemas/Error"}), answer.data)
    if life is None:
        operation = next(probe.operation for probe, each in evidence.free.values() if each is answer)
        schema = spec.operation(operation or "").responses[200]
    elif stage == "submit":
        schema = spec.operation(life.order.operation).responses[200]
    else:
        assert evidence.states.poll is not None
        schema = evidence.states.poll.responses[200]
    return flaws(schema or {}, answer.data)


def _told(found: Iterable[Flaw], present: Collection[str], form: Collection[str]) -> str | None:
    told = [flaw.told for flaw in found if _covers(present if flaw.kind == "missing" else form, flaw.field)]
    return "; ".join(dict.fromkeys(told)) or None


def _covers(paths: Collection[str], field: str) -> bool:
    return any(field.startswith(path[:-1]) if path.endswith("*") else field == path for path in paths)


def _body(answer: Answer) -> str:
    return f"{answer.content_type or 'no media type'}, {short(answer.body[:60].decode('utf-8', 'replace'))}"


def short(value: Any) -> str:
    """A value for a sentence, cut where it is long."""
    text = str(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
