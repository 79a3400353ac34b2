"""Assertions about what a client did, each of which explains itself when it fails."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from ...mockserver.control.records import ExchangeRecord
from ...specs.model import Level
from . import report

if TYPE_CHECKING:
    from .handle import ProviderHandle

_SLACK = 0.01  # seconds by which a gap between polls may miss its band


def paid(handle: "ProviderHandle", count: int) -> None:
    """Fail unless exactly so many jobs were paid and not refunded."""
    jobs = [job.id for job in handle.jobs if job.price and not job.refunded]
    if len(jobs) != count:
        listed = ", ".join(jobs) or "none"
        _fail(handle, f"{_count(count, 'job')} should have been paid, but {len(jobs)} were: {listed}")


def no_key_leaked(handle: "ProviderHandle", texts: Iterable[str]) -> None:
    """Fail if the key went to a media host or into a URL, or stands in one of the texts."""
    for exchange in handle.requests:
        leak = next((note.text for note in exchange.notes if "key was sent" in note.text), None)
        if leak:
            _fail(handle, f"{leak} by {exchange.method} {exchange.target}")
    for target in handle.tenant.targets_with_a_key():
        _fail(handle, f"the key stands in the URL of {target}")
    for text in texts:
        if handle.api_key in text:
            place = text.index(handle.api_key)
            _fail(handle, f"the key stands in a text, after {text[max(0, place - 60) : place]!r}")


def polled_within_band(handle: "ProviderHandle") -> None:
    """Fail unless every job was polled in the cadence that the provider's document recommends."""
    polling = handle.spec.behaviour.polling
    if polling is None:
        raise AssertionError(f"the document of {handle.spec.title} recommends no cadence to be judged by")
    rule = handle.spec.rules[polling.rule]
    lines = ", ".join(citation.lines for citation in rule.citations)
    document = rule.citations[0].document if rule.citations else "inferred"
    for job in handle.jobs:
        complaint = _cadence_complaint(polling, job.submitted, _poll_times(handle.requests, job.hex))
        if complaint:
            _fail(handle, f"{complaint}\n{rule.id} ({document}, lines {lines}): {rule.statement}")


def conformant(exchanges: Iterable[ExchangeRecord], level: Level, transcript: str) -> None:
    """Fail if a request broke a rule of this level or a worse one."""
    from ..checks.assertion import assert_conformant
    from ..checks.records import exchange_of

    assert_conformant(map(exchange_of, exchanges), level=level, transcript=transcript)


def _cadence_complaint(polling: Any, submitted: float, polls: list[float]) -> str | None:
    previous = submitted
    for number, at in enumerate(polls):
        age, gap = at - submitted, at - previous
        if number == 0:
            if polling.first_after is not None and gap < polling.first_after - _SLACK:
                return f"the first poll came {gap:g} s after the submit, not {polling.first_after:g} s or later"
        else:
            band = next(b for b in polling.bands if b.until is None or previous - submitted < b.until)
            shortest, longest = band.every
            if not shortest - _SLACK <= gap <= longest + _SLACK:
                band_text = f"{shortest:g} to {longest:g} s"
                return f"a poll {age:g} s after the submit came {gap:g} s after the last, not {band_text}"
        previous = at
    return None


def _poll_times(exchanges: Iterable[ExchangeRecord], job: str) -> list[float]:
    return [exchange.at for exchange in exchanges if exchange.operation == "poll" and exchange.job == job]


def _fail(handle: "ProviderHandle", sentence: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError(f"{sentence}\n\n{report.transcript(handle.requests, handle.tenant.started)}")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
