"""Assertions about what a client did, each of which explains itself when it fails."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...mockserver.control.records import ExchangeRecord
from . import report

if TYPE_CHECKING:
    from .handle import ProviderHandle

_SLACK = 0.01  # seconds by which a gap between polls may miss its band


class Assertions:
    """Mixed into the handle of a provider."""

    def assert_paid_once(self: "ProviderHandle") -> None:
        """Exactly one job was paid and not refunded."""
        self.assert_paid(1)

    def assert_paid(self: "ProviderHandle", count: int) -> None:
        """Exactly so many jobs were paid and not refunded."""
        paid = [job.id for job in self.jobs if not job.refunded]
        if len(paid) != count:
            listed = ", ".join(paid) or "none"
            _fail(self, f"{count} job(s) should have been paid, but {len(paid)} were: {listed}")

    def assert_no_key_leaked(self: "ProviderHandle", *texts: str) -> None:
        """The key went to no media host and into no URL, and stands in none of the texts given (logs, output)."""
        for exchange in self.requests:
            leaks = [note.text for note in exchange.notes if "key was sent" in note.text]
            if leaks:
                _fail(self, f"{leaks[0]} by {exchange.method} {exchange.target}")
        for target in self.tenant.targets_with_a_key():
            _fail(self, f"the key stands in the URL of {target}")
        for text in texts:
            if self.api_key in text:
                place = text.index(self.api_key)
                _fail(self, f"the key stands in a text, after {text[max(0, place - 60) : place]!r}")

    def assert_polled_within_band(self: "ProviderHandle") -> None:
        """Every job was polled in the cadence that the provider's document recommends."""
        polling = self.spec.behaviour.polling
        if polling is None:
            raise AssertionError(f"the document of {self.spec.title} recommends no cadence to be judged by")
        rule = self.spec.rules[polling.rule]
        lines = ", ".join(citation.lines for citation in rule.citations)
        document = rule.citations[0].document if rule.citations else "inferred"
        for job in self.jobs:
            complaint = _cadence_complaint(polling, job.submitted, _poll_times(self.requests, job.hex))
            if complaint:
                _fail(self, f"{complaint}\n{rule.id} ({document}, lines {lines}): {rule.statement}")


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
                return f"{age:g} s after the submit a poll came {gap:g} s after the last, not {shortest:g} to {longest:g} s"
        previous = at
    return None


def _poll_times(exchanges: Iterable[ExchangeRecord], job: str) -> list[float]:
    return [exchange.at for exchange in exchanges if exchange.operation == "poll" and exchange.job == job]


def _fail(handle: "ProviderHandle", sentence: str) -> None:
    raise AssertionError(f"{sentence}\n\n{report.transcript(handle.requests, handle.tenant.started)}")
