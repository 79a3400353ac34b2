"""What judging a client came to, as reports and `replay` take it. Everything here is plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal[
    "pass", "fail", "warn", "not-exercised", "not-applicable", "expected-fail", "stale-baseline", "adapter-error"
]
Level = Literal["MUST", "SHOULD", "HOUSE"]
EventKind = Literal["call", "heard", "request", "answer", "ledger", "job", "fault", "outcome", "visit"]


@dataclass(frozen=True, slots=True)
class Event:
    """One moment of a transcript; `at` in virtual seconds since the start, `until` where it lasts.

    `call`      a call to the client begins (`text` what is asked)
    `heard`     a caller's request to a gateway, and its answer
    `request`   a request to a provider (`text` method and path), with its answer `until` seconds, `status`, `detail`
                with bodies, `broke` where this is the exchange that the verdict is about
    `ledger`    credits move (`text` the reason, `credits` how many)
    `job`       a job changes its state (`text` the state, `job` its id)
    `fault`     what was done to the exchange on purpose
    `visit`     a request to a host that is not the provider's
    `outcome`   a call ends (`text` how)
    """

    at: float
    kind: EventKind
    text: str
    until: float | None = None
    status: int | None = None
    job: str | None = None
    credits: float | None = None
    call: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    broke: bool = False


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest scenario that was found to break a check.

    `sentence` says what was seen and what was expected; `scenario` is the document of a Scenario; `runs` is how many
    scenarios it took to find and shrink it.
    """

    sentence: str
    scenario: Mapping[str, Any]
    transcript: tuple[Event, ...]
    runs: int = 0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check on a client of one provider.

    `examples` counts the scenarios in which there was something to judge, `tried` all that were run for it.
    `note` says why a check does not apply, was not exercised, or is expected to fail.
    """

    id: str
    provider: str
    level: Level
    basis: str
    statement: str
    citation: str
    status: Status
    why: str = ""
    examples: int = 0
    tried: int = 0
    counterexample: Counterexample | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """Unique among results: a check of ours is judged once per provider."""
        return self.id if self.id.startswith(f"{self.provider}.") else f"{self.provider}/{self.id}"


@dataclass(frozen=True, slots=True)
class Effort:
    """What it took: scenarios run, real seconds, virtual seconds lived through."""

    scenarios: int = 0
    seconds: float = 0.0
    virtual_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a client. `subject` tells what was judged and how to run it again (name, kind, arguments)."""

    subject: Mapping[str, Any]
    results: tuple[CheckResult, ...]
    effort: Effort
    seed: int
    requirements: str
    fail_on: tuple[Level, ...] = ("MUST", "HOUSE")
    unexplored: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    version: str = ""

    def of_status(self, *statuses: Status) -> list[CheckResult]:
        """Those results."""
        return [result for result in self.results if result.status in statuses]
