"""A run as a transcript: everything that happened, in order of virtual time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf
from typing import Any, Final
from urllib.parse import urlsplit

from ...mockserver.masking import Masker
from ...mockserver.transcript import printable
from ..checks.seen import Seen
from ..engine.run import Run
from .results import Event

_FAULT: Final = re.compile(r"fault (\d+)")
_LONGEST_BODY: Final = 4_000  # characters of a body that a report shows
_ORDER: Final = ("call", "heard", "visit", "fault", "request", "ledger", "job", "outcome")


def transcript_of(run: Run, broke: int | None = None) -> tuple[Event, ...]:
    """Calls, exchanges, faults, ledger, jobs and outcomes of a run. Keys are masked.

    `broke` is the number of the exchange that a verdict is about, if it is about one.
    """
    events = [*_calls(run), *_heard(run), *_exchanges(run, broke), *_jobs(run), *_ledger(run), *_visits(run)]
    return tuple(sorted(events, key=lambda event: (round(event.at, 6), _ORDER.index(event.kind))))


def _calls(run: Run) -> Iterator[Event]:
    for number, (call, outcome) in enumerate(zip(run.scenario.calls, run.outcomes, strict=True)):
        asked = call.wish.prompt if call.op in ("generate", "submit") else ""
        yield Event(outcome.started, "call", printable(f"{call.op} {asked}".strip()), call=number)
        text = printable(_masked(outcome.described(), run))
        yield Event(outcome.ended, "outcome", text, call=number)


def _heard(run: Run) -> Iterator[Event]:
    """What callers of a gateway ask, and what they are told."""
    for each in run.heard:
        parts = urlsplit(each.url)
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        detail = {
            "request": _shortened(each.sent, run),
            "response_headers": {name: printable(_masked(value, run)) for name, value in each.headers.items()},
            "response": _shortened(each.body, run),
            "reason": each.problem,
        }
        text = printable(_masked(f"{each.method} {where}", run))
        yield Event(each.at, "heard", text, until=each.until, status=each.status, call=each.call, detail=detail)


def _exchanges(run: Run, broke: int | None) -> Iterator[Event]:
    faults = len(run.scenario.faults)  # the later ones are how long jobs take and how they end
    several = len({seen.exchange.provider for seen in run.upstream}) > 1
    for seen in run.upstream:
        at = run.since_start(seen.at)
        masker = Masker(seen.exchange, _keys(run))
        for note in seen.exchange.notes:
            if (fault := _FAULT.match(note.text)) and int(fault[1]) <= faults:
                yield Event(at, "fault", printable(masker.text(note.text)))
        target = masker.target(seen.exchange.target)
        where = f"{seen.exchange.provider}: {target}" if several else target
        yield Event(
            at,
            "request",
            printable(f"{seen.method} {where}"),
            until=run.since_start(seen.done),
            status=seen.status,
            detail=_detail(seen, masker),
            broke=seen.number == broke,
        )


def _keys(run: Run) -> tuple[str, ...]:
    """Every key that must not be shown."""
    return (run.api_key, *(each.api_key for each in run.upstreams.values()), *run.claims.keys.values())


def _masked(text: str, run: Run) -> str:
    for key in filter(None, _keys(run)):
        text = text.replace(key, "***")
    return text


def _shortened(body: bytes, run: Run) -> str:
    try:
        text = printable(_masked(body.decode(), run))
    except UnicodeDecodeError:
        return f"{len(body)} bytes"
    return text if len(text) <= _LONGEST_BODY else f"{text[:_LONGEST_BODY]}… ({len(text)} characters)"


def _detail(seen: Seen, masker: Masker) -> dict[str, Any]:
    exchange = seen.exchange
    return {
        "request_headers": {name: printable(masker.text(v)) for name, v in exchange.request_headers.items()},
        "request": _text(exchange.request_body, masker),
        "response_headers": {name: printable(masker.text(v)) for name, v in exchange.response_headers.items()},
        "response": _text(exchange.response_body, masker),
        "reason": exchange.reason,
    }


def _text(body: bytes, masker: Masker) -> str:
    try:
        text = printable(masker.text(body.decode()))
    except UnicodeDecodeError:
        return f"{len(body)} bytes"
    return text if len(text) <= _LONGEST_BODY else f"{text[:_LONGEST_BODY]}… ({len(text)} characters)"


def _jobs(run: Run) -> Iterator[Event]:
    for job in run.jobs:
        yield Event(job.submitted, "job", "submitted", job=job.id)
        if job.ended != inf and job.ended <= run.ended:
            yield Event(job.ended, "job", job.ending, job=job.id)


def _ledger(run: Run) -> Iterator[Event]:
    for entry in run.ledger:
        if entry.job is not None:
            yield Event(entry.at - run.epoch, "ledger", entry.reason, credits=entry.credits)


def _visits(run: Run) -> Iterator[Event]:
    for visit in run.visits:
        yield Event(visit.at, "visit", printable(f"{visit.method} {visit.path}"))
