"""What the control API answers with, as frozen records: made by the handlers, read back by the client.

Field for field these are the schemas of openapi.yaml. Times are virtual unix seconds, None for never.
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Record:
    """Anything with a JSON form whose keys are the field names."""

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object; keys that this version does not know are left out, lists become tuples."""
        values = {field.name: row[field.name] for field in fields(cls)}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class OperationRecord(Record):
    """One operation of a provider; `extension` if no document mentions it."""

    id: str
    role: str
    method: str
    path: str
    summary: str
    extension: bool


@dataclass(frozen=True, slots=True)
class ChoiceRecord(Record):
    """A reading (scored) or knob by its full name, what it is about and what its values mean."""

    name: str
    scored: bool
    statement: str
    default: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProviderRecord(Record):
    """A simulated provider: failures with their messages, problems with their HTTP statuses."""

    name: str
    title: str
    base_url: str
    operations: tuple[OperationRecord, ...]
    choices: tuple[ChoiceRecord, ...]
    failures: Mapping[str, str]
    problems: Mapping[str, int]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object."""
        operations = tuple(map(OperationRecord.from_json, row["operations"]))
        choices = tuple(map(ChoiceRecord.from_json, row["choices"]))
        return super(ProviderRecord, cls).from_json({**row, "operations": operations, "choices": choices})


@dataclass(frozen=True, slots=True)
class ClockRecord(Record):
    """A tenant's time; `rate` is real, manual or xN."""

    now: float
    iso: str
    rate: str


@dataclass(frozen=True, slots=True)
class AccessRecord(Record):
    """How a tenant meets a provider; `api_key` is the first of `api_keys`, which include revoked ones."""

    base_url: str
    media_url: str
    api_key: str
    api_keys: tuple[str, ...]
    credits: float

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object."""
        return super(AccessRecord, cls).from_json({**row, "api_keys": tuple(row["api_keys"])})


@dataclass(frozen=True, slots=True)
class TenantRecord(Record):
    """A tenant's settings, and its access to each provider by name."""

    tag: str
    seed: int
    clock: ClockRecord
    progress: str
    rate_limits: Mapping[str, int]
    providers: Mapping[str, AccessRecord]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object."""
        providers = {name: AccessRecord.from_json(access) for name, access in row["providers"].items()}
        nested = {"clock": ClockRecord.from_json(row["clock"]), "providers": providers}
        return super(TenantRecord, cls).from_json({**row, **nested})


@dataclass(frozen=True, slots=True)
class JobRecord(Record):
    """A job as it stands: `phase` is queued, running, succeeded, failed or cancelled."""

    id: str
    hex: str
    provider: str
    operation: str
    model: str
    phase: str
    reason: str
    progress: float
    submitted: float
    ends: float | None
    expires: float | None
    polls: int
    price: float
    refunded: bool
    prompt: str
    tier: str
    width: int
    height: int
    count: int
    format: str


@dataclass(frozen=True, slots=True)
class KeyRecord(Record):
    """One key of a tenant."""

    provider: str
    key: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class FaultRecord(Record):
    """An armed fault. No `providers` are all that it makes sense for, no `operation` is where its kind is at home;
    `options` are the fields of its kind, `hits` the requests that it hit, `origin` the scenario that armed it."""

    id: int
    kind: str
    providers: tuple[str, ...]
    operation: str | None
    job: str | None
    when: str | None
    skip: int
    times: int | None
    probability: float | None
    options: Mapping[str, Any]
    hits: int
    origin: str


@dataclass(frozen=True, slots=True)
class FaultKindRecord(Record):
    """A kind of fault: what it acts on, the roles it makes sense for, its own fields by their JSON Schema."""

    kind: str
    summary: str
    effect: str
    operations: tuple[str, ...]
    when: tuple[str, ...]
    options: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ScenarioRecord(Record):
    """A named scenario; `not_for` has the providers that it makes no sense for, each with the reason."""

    name: str
    title: str
    happens: str
    good_client: str
    faults: tuple[Mapping[str, Any], ...]
    tenant: Mapping[str, Any]
    not_for: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EntryRecord(Record):
    """One movement of credits; `job` is the job's hex digits."""

    at: float | None
    provider: str
    credits: float
    reason: str
    job: str | None


@dataclass(frozen=True, slots=True)
class LedgerRecord(Record):
    """Movements up to now in order of time, and what is left by provider."""

    entries: tuple[EntryRecord, ...]
    balances: Mapping[str, float]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object."""
        entries = tuple(map(EntryRecord.from_json, row["entries"]))
        return super(LedgerRecord, cls).from_json({**row, "entries": entries})


@dataclass(frozen=True, slots=True)
class MessageRecord(Record):
    """One side of an exchange, with keys masked; a repeated header stands repeatedly."""

    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object."""
        body = row["body"] or {"text": ""}
        data = b64decode(body["base64"]) if "base64" in body else body["text"].encode()
        return cls(tuple((header["name"], header["value"]) for header in row["headers"]), data)

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def json(self) -> Any:
        """The JSON value of the body. ValueError if it is none."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class NoteRecord(Record):
    """A remark on an exchange."""

    text: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class ExchangeRecord(Record):
    """One request and its answer. `real_*` are real time, all other times are virtual; durations in seconds."""

    number: int
    tenant: str
    provider: str
    operation: str
    method: str
    target: str
    at: float
    at_iso: str
    duration: float
    real_at: float
    real_at_iso: str
    real_duration: float
    request: MessageRecord
    status: int
    response: MessageRecord
    verdict: str
    problem: str | None
    rule: str | None
    reason: str | None
    fault: int | None
    job: str | None
    credits: float | None
    notes: tuple[NoteRecord, ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The record of a JSON object."""
        nested = {
            "request": MessageRecord.from_json(row["request"]),
            "response": MessageRecord.from_json(row["response"]),
            "notes": tuple(map(NoteRecord.from_json, row["notes"])),
        }
        return super(ExchangeRecord, cls).from_json({**row, **nested})
