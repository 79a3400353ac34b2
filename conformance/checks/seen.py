"""One exchange as judges see it: routed, and parsed when somebody looks."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from ...mockserver.journal import Exchange
from ...mockserver.problems import Problem
from ...mockserver.routing import Router
from ...specs import Operation

CLIENT_GONE: Final = 499
NO_ANSWER: Final = (0, CLIENT_GONE)
NOT_RECORDED: Final = "the request body is not in the recording"  # as a note on an exchange
RECORDED: Final = "the recording"  # the tenant of exchanges with real providers; no tenant's tag has a space
MEDIA: Final = "media"

_PLAIN_FAULT = re.compile(r"fault \d+[^:]*: (problem|status)\b")


class NotJson:
    """Stands for a body that is no JSON."""


NOT_JSON: Final = NotJson()


class Seen:
    """One exchange with a provider. Times are virtual unix seconds."""

    def __init__(self, exchange: Exchange, router: Router) -> None:
        self.exchange = exchange
        self.number, self.at, self.done = exchange.number, exchange.at, exchange.done
        self.method, self.status = exchange.method, exchange.status
        self.path, _, self.query_text = exchange.target.partition("?")
        self.operation: Operation | None = None
        self.params: Mapping[str, str] = {}
        if exchange.operation != MEDIA:
            with suppress(Problem):
                self.operation, self.params = router.match(exchange.method, self.path)

    @property
    def role(self) -> str:
        """The role of the operation, `media` for the fetching of a result, nothing for what no operation serves."""
        if self.operation is not None:
            return self.operation.role
        return MEDIA if self.exchange.operation == MEDIA else ""

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The request's headers by name in small letters."""
        return {name.lower(): value for name, value in self.exchange.request_headers.items()}

    @cached_property
    def answer_headers(self) -> Mapping[str, str]:
        """The answer's headers by name in small letters."""
        return {name.lower(): value for name, value in self.exchange.response_headers.items()}

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query."""
        return dict(parse_qsl(self.query_text, keep_blank_values=True))

    @cached_property
    def data(self) -> Any:
        """The JSON of the request; NOT_JSON for anything else."""
        return _parsed(self.exchange.request_body)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object of the request; an empty one for anything else."""
        return self.data if isinstance(self.data, dict) else {}

    @property
    def is_object(self) -> bool:
        """Whether the request's body is a JSON object."""
        return isinstance(self.data, dict)

    @cached_property
    def answer(self) -> Mapping[str, Any]:
        """The JSON object of the answer; an empty one for anything else."""
        parsed = _parsed(self.exchange.response_body)
        return parsed if isinstance(parsed, dict) else {}

    @property
    def clean(self) -> bool:
        """Whether the client can be taken to have got this answer whole and in time."""
        return self.exchange.fault is None and self.status not in NO_ANSWER

    @property
    def accepted(self) -> bool:
        """Whether the provider agreed."""
        return 200 <= self.status < 300

    @property
    def body_known(self) -> bool:
        """Whether the request's body was recorded as the client sent it."""
        if self.status in (*NO_ANSWER, 413) or "content-encoding" in self.headers:
            return False
        return all(note.text != NOT_RECORDED for note in self.exchange.notes)

    @cached_property
    def retry_after(self) -> float | None:
        """Seconds from the end of this answer for which it asks to be left alone.

        None where it does not, and where a fault may have kept the client from reading it. A date is held against the
        answer's own Date and against the time of the exchange, and the shorter wait counts.
        """
        value = self.answer_headers.get("retry-after", "").strip()
        if self.status not in (429, 503) or not value or not self._arrived():
            return None
        if value.isascii() and value.replace(".", "", 1).isdigit():
            return float(value)
        until, now = _instant(value), _instant(self.answer_headers.get("date", ""))
        return None if until is None else max(0.0, until - max(self.done, now if now is not None else self.done))

    def _arrived(self) -> bool:
        faults = [note.text for note in self.exchange.notes if note.text.startswith("fault ")]
        return self.exchange.fault is None or (bool(faults) and all(map(_PLAIN_FAULT.match, faults)))


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return NOT_JSON


def _instant(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
