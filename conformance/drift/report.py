"""From evidence to the report that clients get, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

from ...mockserver.journal import Exchange
from ...mockserver.masking import Masker
from ...mockserver.transcript import printable
from ..checks.rules import cited
from ..suite.baseline import Baseline
from ..suite.results import CheckResult, Counterexample, Effort, Event, Level, Report
from .evidence import Answer, Evidence
from .record import Deviation, Drift

_LONGEST_BODY = 4_000  # characters of a body that a report shows


def report_on(
    evidence: Evidence,
    checks: Iterable[Drift],
    *,
    base_url: str,
    api_key: str,
    seconds: float,
    baseline: Baseline | None = None,
    today: date | None = None,
    fail_on: Sequence[Level] = ("MUST", "HOUSE"),
) -> Report:
    """The verdicts on a server. `seconds` is how long it took; the key is in none of them."""
    results = [_result(check, evidence, api_key) for check in checks]
    return Report(
        subject={
            "name": f"{evidence.spec.title} at {base_url}",
            "kind": "provider",
            "provider": evidence.spec.name,
            "base_url": base_url,
        },
        results=tuple((baseline or Baseline()).applied(results, today or date.today())),
        effort=Effort(evidence.requests, seconds),
        seed=0,
        requirements="latest",
        fail_on=tuple(fail_on),
        problems=tuple(_masked(problem, api_key) for problem in evidence.problems),
        version=version("safelight"),
    )


def _result(check: Drift, evidence: Evidence, api_key: str) -> CheckResult:
    judged = check.judge(evidence)
    rule = check.cites
    fields: dict[str, Any] = {"examples": judged.answers, "tried": judged.answers}
    if judged.deviation is not None:
        fields["counterexample"] = _counterexample(judged.deviation, evidence, api_key)
        fields["status"] = "warn" if check.scored == "SHOULD" else "fail"
    elif judged.answers:
        fields["status"] = "pass"
    else:
        fields |= {"status": "not-applicable", "note": _why_not(check, evidence)}
    return CheckResult(
        check.id, check.provider, check.scored, rule.basis, rule.statement, cited(rule), why=check.why, **fields
    )


def _why_not(check: Drift, evidence: Evidence) -> str:
    if check.paid and not evidence.lives:
        return "no image was ordered, so there was nothing to look at; --max-paid allows it"
    return "none of the answers was of the kind that it judges"


def _counterexample(deviation: Deviation, evidence: Evidence, api_key: str) -> Counterexample:
    life = next((life for life in evidence.lives if deviation.answer in life.answers), None)
    if life is not None:
        asked, answers = f"an order: {life.order.name}", life.answers
    else:
        asked, answers = "a free request", [deviation.answer]
        for probe, answer in evidence.free.values():
            if answer is deviation.answer:
                asked = f"a free request: {probe.name.replace('-', ' ')}"
    transcript = tuple(_event(answer, answers[0].at, api_key, answer is deviation.answer) for answer in answers)
    sentence = _masked(deviation.sentence, api_key)
    return Counterexample(sentence, {"probe": asked}, transcript, runs=len(answers))


def _event(answer: Answer, start: float, api_key: str, broke: bool) -> Event:
    exchange = Exchange(
        answer.number, "", "", "", answer.method, answer.url, answer.at, 0.0, answer.request_headers,
        answer.request_body, answer.status, answer.headers, answer.body,
    )  # fmt: skip
    masker = Masker(exchange, (api_key,))
    detail = {
        "request_headers": {name: printable(masker.header(name, v)) for name, v in answer.request_headers.items()},
        "request": _body(answer.request_body, masker),
        "response_headers": {name: printable(masker.header(name, v)) for name, v in answer.headers.items()},
        "response": _body(answer.body, masker),
        "reason": printable(masker.text(answer.lost)) or None,
    }
    text = printable(f"{answer.method} {masker.target(answer.url)}")
    return Event(answer.at - start, "request", text, until=answer.until - start, status=answer.status or None,
                 detail=detail, broke=broke)  # fmt: skip


def _body(body: bytes, masker: Masker) -> str:
    try:
        text = printable(masker.text(body.decode()))
    except UnicodeDecodeError:
        return f"{len(body)} bytes"
    return text if len(text) <= _LONGEST_BODY else f"{text[:_LONGEST_BODY]}… ({len(text)} characters)"


def _masked(text: str, api_key: str) -> str:
    return Masker(Exchange(0, "", "", "", "", "", 0.0, 0.0, {"Authorization": f"Bearer {api_key}"})).text(text)
