"""A run as a transcript: everything that happened, in order of virtual time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf
from typing import Any, Final

from ...mockserver.masking import Masker
from ...mockserver.transcript import printable
from ..checks.seen import Seen
from ..engine.run import Run
from .results import Event

_FAULT: Final = re.compile(r"fault (\d+)")
_LONGEST_BODY: Final = 4_000  # characters of a body that a report shows
_ORDER: Final = ("call", "visit", "fault", "request", "ledger", "job", "outcome")


def transcript_of(run: Run, broke: int | None = None) -> tuple[Event, ...]:
    """Calls, exchanges, faults, ledger, jobs and outcomes of a run. Keys are masked.

    `broke` is the number of the exchange that a verdict is about, if it is about one.
    """
    events = [*_calls(run), *_exchanges(run, broke), *_jobs(run), *_ledger(run), *_visits(run)]
    return tuple(sorted(events, key=lambda event: (round(event.at, 6), _ORDER.index(event.kind))))


def _calls(run: Run) -> Iterator[Event]:
    for number, (call, outcome) in enumerate(zip(run.scenario.calls, run.outcomes, strict=True)):
        asked = call.wish.prompt if call.op == "generate" else ""
        yield Event(outcome.started, "call", printable(f"{call.op} {asked}".strip()), call=number)
        text = printable(outcome.described()).replace(run.api_key, "***")
        yield Event(outcome.ended, "outcome", text, call=number)


def _exchanges(run: Run, broke: int | None) -> Iterator[Event]:
    faults = len(run.scenario.faults)  # the later ones are how long jobs take and how they end
    for seen in run.exchanges:
        at = run.since_start(seen.at)
        masker = Masker(seen.exchange, (run.api_key,))
        for note in seen.exchange.notes:
            if (fault := _FAULT.match(note.text)) and int(fault[1]) <= faults:
                yield Event(at, "fault", printable(masker.text(note.text)))
        yield Event(
            at,
            "request",
            printable(f"{seen.method} {masker.target(seen.exchange.target)}"),
            until=run.since_start(seen.done),
            status=seen.status,
            detail=_detail(seen, masker),
            broke=seen.number == broke,
        )


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
