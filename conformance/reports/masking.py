"""Keeping keys out of reports, whatever the transcript, an error or a log of the client has of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from ...mockserver.journal import Exchange
from ...mockserver.masking import Masker
from ...mockserver.transcript import printable
from ..suite.results import CheckResult, Counterexample, Event, Report
from .bodies import HEADERS, headers_of

_MASKED: Final = "***"


def without_keys(report: Report, secrets: Iterable[str] = ()) -> Report:
    """The report without the keys that requests carry, nor any of `secrets`, wherever they turn up."""
    return replace(report, results=tuple(result_without_keys(result, secrets) for result in report.results))


def result_without_keys(result: CheckResult, secrets: Iterable[str] = ()) -> CheckResult:
    """The same for one result."""
    found = result.counterexample
    if found is None:
        return result
    masks = _Masks(found.transcript, tuple(secrets))
    masked = Counterexample(
        masks.text(found.sentence), masks.data(found.scenario), tuple(map(masks.event, found.transcript)), found.runs
    )
    return replace(result, counterexample=masked, note=masks.text(result.note))


class _Masks:
    """The keys of a whole transcript: what one request carried may turn up anywhere."""

    def __init__(self, events: Iterable[Event], secrets: tuple[str, ...]) -> None:
        carried = dict.fromkeys(map(_carried, events)) or [("", ())]
        self._maskers = [Masker(_exchange(target, headers), secrets) for target, headers in carried]

    def event(self, event: Event) -> Event:
        """The event without keys."""
        detail = self.data(event.detail)
        for name in HEADERS:
            if name in detail:
                detail[name] = {header: self._header(header, value) for header, value in headers_of(detail, name)}
        return replace(event, text=self.text(event.text), job=self._optional(event.job), detail=detail)

    def text(self, text: str) -> str:
        """The text without keys, also where it is a request line."""
        for masker in self._maskers:
            text = masker.target(text) if _may_carry(text) else masker.text(text)
        return text

    def data(self, value: Any) -> Any:
        """JSON data without keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.data(each) for key, each in value.items()}
        return [self.data(each) for each in value] if isinstance(value, list | tuple) else value

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)

    def _header(self, name: str, value: str) -> str:
        for masker in self._maskers:
            value = value if value.endswith(_MASKED) else masker.header(name, value)
        return value


def _may_carry(text: str) -> bool:
    """Whether this is a request line with parameters that nobody has masked yet."""
    return "?" in text and _MASKED not in text and text.partition(" ")[0].isupper()


def _carried(event: Event) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The target and the headers in which a request may carry a key that nobody has masked yet."""
    headers = tuple(row for row in headers_of(event.detail, HEADERS[0]) if not row[1].endswith(_MASKED))
    return (event.text if event.kind in ("heard", "request", "visit") and _may_carry(event.text) else "", headers)


def _exchange(target: str, headers: Iterable[tuple[str, str]]) -> Exchange:
    carried = {printable(name): printable(value) for name, value in headers}
    return Exchange(0, "", "", "", "", printable(target), 0.0, 0.0, carried)
