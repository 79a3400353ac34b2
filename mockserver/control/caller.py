"""Requests of the client, their answers as records."""

from collections.abc import Mapping
from typing import Any, TypeVar

from .records import ExchangeRecord, Record
from .transports import ControlRefused, Transport, UnexpectedAnswer

R = TypeVar("R", bound=Record)


class Caller:
    """Requests below one path, their answers as records."""

    def __init__(self, transport: Transport, root: str = "") -> None:
        self._transport = transport
        self._root = root

    def value(self, method: str, path: str, data: Any = None, **query: Any) -> Any:
        """The JSON value of an answer; query parameters that are None are left out. Raises ControlRefused."""
        parameters = {name: str(value) for name, value in query.items() if value is not None}
        status, value = self._transport.call(method, self._root + path, parameters, data)
        if status < 400:
            return value
        sentence = value.get("error") if isinstance(value, dict) else None
        raise ControlRefused(status, sentence or f"The answer to {method} {self._root}{path} has status {status}.")

    def record(self, kind: type[R], method: str, path: str, data: Any = None, **query: Any) -> R:
        """The record of an answer."""
        return read(kind, self.value(method, path, data, **query))

    def records(self, kind: type[R], method: str, path: str, data: Any = None, **query: Any) -> list[R]:
        """The records of an answer that is a list."""
        return [read(kind, row) for row in self.value(method, path, data, **query)]


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def read_journal(caller: Caller, **query: Any) -> list[ExchangeRecord]:
    """The exchanges of the journal below the caller's path."""
    return [read(ExchangeRecord, row) for row in caller.value("GET", "/journal", **query)["exchanges"]]


def read(kind: type[R], row: Any) -> R:
    """The record of an answer's JSON. Raises UnexpectedAnswer."""
    try:
        return kind.from_json(row)
    except (KeyError, TypeError, AttributeError) as error:
        raise UnexpectedAnswer(
            f"The simulator's answer is no {kind.__name__} ({error!r}): it is another version of Safelight."
        ) from error
