"""From what the control API tells of exchanges back to exchanges."""

from collections.abc import Iterable, Mapping

from ...mockserver.control.records import ExchangeRecord
from ...mockserver.journal import Exchange, Note


def exchange_of(record: ExchangeRecord) -> Exchange:
    """A record of the control API as the journal would have it, but for the masked keys."""
    return Exchange(
        record.number, record.tenant, record.provider, record.operation, record.method, record.target, record.at,
        record.real_at, headers_of(record.request.headers), record.request.body, record.status,
        headers_of(record.response.headers), record.response.body, record.at + record.duration,
        record.real_at + record.real_duration, record.verdict, record.problem, record.rule, record.reason,
        record.fault, record.job, record.credits, tuple(Note(note.text, note.rule) for note in record.notes),
    )  # fmt: skip


def headers_of(rows: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Headers by name in small letters; one that is repeated has its values in one."""
    headers: dict[str, str] = {}
    for name, value in rows:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
