"""The specification of a provider as the rest of Safelight sees it: plain frozen records.

Durations are in seconds, prices in the provider's own credits. Schemas are *standalone*: their local
references resolve inside the mapping itself, so any JSON Schema validator takes them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

Level = Literal["MUST", "SHOULD", "HOUSE", "FACT"]
Basis = Literal["text", "example", "inferred", "extension"]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One way to hand over a key; `parameter` names the header or the query parameter."""

    name: str
    kind: Literal["bearer", "header", "query"]
    parameter: str


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter outside the body."""

    name: str
    location: Literal["path", "query", "header"]
    required: bool
    schema: Mapping[str, Any]
    rule: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One method on one path."""

    id: str
    handler: str
    role: str
    method: str
    path: str
    security: tuple[SecurityScheme, ...]
    parameters: tuple[Parameter, ...]
    body_schema: Mapping[str, Any] | None
    body_required: bool
    body_types: tuple[str, ...]
    responses: Mapping[int, Mapping[str, Any] | None]
    extension: bool
    beyond_schema: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Lines `first` to `last` (from 1, inclusive) of a source document, and the SHA-256 of their bytes."""

    document: str
    first: int
    last: int
    sha256: str

    @property
    def lines(self) -> str:
        """The range as people write it, `7` or `7-9`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One normative statement about a provider."""

    id: str
    level: Level
    basis: Basis
    statement: str
    citations: tuple[Citation, ...]
    source: str | None
    note: str | None

    @property
    def topic(self) -> str:
        """The area of the provider that the rule belongs to: the second part of its id."""
        return self.id.split(".")[1]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A point with several ways to behave: a reading (scored) or a knob (never scored)."""

    name: str
    statement: str
    default: str
    values: Mapping[str, str]
    rule: str
    scored: bool


@dataclass(frozen=True, slots=True, eq=False)
class ProblemText:
    """How a provider says one neutral problem; `extra` holds further variables of the envelope."""

    kind: str
    status: int
    code: int | str | None
    message: str
    envelope: str
    headers: Mapping[str, str]
    rule: str
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Override:
    """An exception to the table of problems for one field and keyword of the schema."""

    field: str
    keyword: str | None
    problem: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A way for a job to end badly; `after` is the seconds from submit at which it shows, where fixed."""

    reason: str
    code: int | str | None
    message: str
    rule: str
    after: float | None


@dataclass(frozen=True, slots=True)
class Band:
    """Poll every `every` seconds until `until` seconds after submit (None for the last band)."""

    until: float | None
    every: Range


@dataclass(frozen=True, slots=True)
class Polling:
    """The recommended cadence of polls."""

    first_after: float | None
    bands: tuple[Band, ...]
    rule: str


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """What OpenAPI cannot say about a provider; `raw` is the file as read."""

    provider: str
    title: str
    api_origin: str
    media_origins: tuple[str, ...]
    key_prefix: str
    identifiers: Mapping[str, str]
    states: Mapping[str, str]
    queued: Range
    durations: Mapping[str, Range]
    each_extra_image: float
    prices: Mapping[str, float]
    refunded: frozenset[str]
    polling: Polling | None
    store: str
    media_paths: Mapping[str, str]
    media_signed: bool
    media_life: float | None
    expired_media: Mapping[str, Mapping[str, Any]]
    body_limit: int
    submits_per_minute: int | None
    envelopes: Mapping[str, Any]
    envelope_reading: str | None
    problems: Mapping[str, ProblemText]
    overrides: tuple[Override, ...]
    failures: Mapping[str, Failure]
    choices: Mapping[str, Choice]
    raw: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Spec:
    """Everything known about one provider."""

    name: str
    title: str
    openapi: Mapping[str, Any] = field(repr=False)
    behaviour: Behaviour = field(repr=False)
    operations: tuple[Operation, ...] = field(repr=False)
    folder: Path
    read_rules: Callable[[], Mapping[str, Rule]] = field(repr=False)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules by id, read on first use: the simulator runs without them."""
        return self.read_rules()

    @cached_property
    def _operations_by_id(self) -> Mapping[str, Operation]:
        return {operation.id: operation for operation in self.operations}

    def operation(self, id: str) -> Operation:
        """The operation with this operationId; KeyError where there is none."""
        return self._operations_by_id[id]
