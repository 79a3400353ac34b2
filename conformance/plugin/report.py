"""Exchanges as lines of a transcript, timed from the start of the test."""

from collections.abc import Iterable

from ...mockserver.control.records import ExchangeRecord


def transcript(exchanges: Iterable[ExchangeRecord], start: float) -> str:
    """One line per exchange: virtual time since `start` (unix seconds), what was asked, what came back."""
    lines = [line(exchange, start) for exchange in exchanges]
    return "\n".join(lines) if lines else "no requests were made"


def line(exchange: ExchangeRecord, start: float) -> str:
    """`+30.000 s  reapi  GET /api/v1/tasks/task_… → 200`, and what is remarkable."""
    remarks = [exchange.reason or exchange.problem, *(note.text for note in exchange.notes)]
    if exchange.fault is not None:
        remarks.append(f"fault {exchange.fault}")
    if exchange.credits:
        remarks.append(f"{exchange.credits:g} credits")
    parts = [
        f"+{exchange.at - start:9.3f} s",
        exchange.provider,
        f"{exchange.method} {exchange.target} → {exchange.status or 'no answer'}",
        "; ".join(remark for remark in remarks if remark),
    ]
    return "  ".join(part for part in parts if part)
