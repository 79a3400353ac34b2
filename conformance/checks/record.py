"""What a check is: a record of the rule it enforces and of the function that judges, and what comes of judging.

Check      one way to break a rule, with a permanent id
Finding    one exchange that broke it
Verdict    a check and all that was found by it
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from ...specs.model import Level, Rule
from .rules import OURS, find_rule

if TYPE_CHECKING:
    from .evidence import Evidence

FINE: Final = True
JOURNAL: Final = frozenset({"journal"})  # what a check needs that judges recorded exchanges
TIMED: Final = JOURNAL | {"time"}  # and one of a rhythm that makes sense only where jobs take their time

Ruling = str | Literal[True] | None
Judge = Callable[["Evidence"], Ruling]
Status = Literal["pass", "warn", "fail", "not-exercised"]


@dataclass(frozen=True)
class Check:
    """One way to break a rule.

    `judge` is asked after each exchange whose role is among `on` (`submit`, `poll` and the other roles of operations,
    `media` for results, an empty word for what no operation serves). It reads the evidence and rules on its latest
    exchange: None where there is nothing to judge, FINE, or a sentence with what was seen and what was expected. A
    judge has no side effects, and no clock or socket of its own.

    `needs` are the capabilities and records without which the check cannot be judged. `once_per_job` keeps a judge
    that complains of every further poll from being repeated. `doubt` says why what it finds may be right after all:
    such a check warns, whatever the level of its rule. `why` says in a sentence what goes wrong for people.
    """

    id: str
    rule: str
    on: tuple[str, ...]
    judge: Judge
    needs: frozenset[str] = JOURNAL
    once_per_job: bool = False
    doubt: str | None = None
    why: str = ""

    @property
    def provider(self) -> str | None:
        """The provider whose clients it judges; None for all."""
        owner = self.id.partition(".")[0]
        return None if owner in OURS else owner

    @cached_property
    def cites(self) -> Rule:
        """The rule, with its statement and citation."""
        return find_rule(self.rule)

    @property
    def level(self) -> Level:
        """How bad a finding is: as the rule says, but no more than a warning where there is doubt."""
        return "SHOULD" if self.doubt else self.cites.level


@dataclass(frozen=True, slots=True)
class Finding:
    """One exchange that broke the rule of a check: `at` in unix seconds, `sentence` with what was seen and expected."""

    check: Check
    tenant: str
    provider: str
    exchange: int
    at: float
    job: str | None
    sentence: str


@dataclass(slots=True)
class Verdict:
    """A check, the number of exchanges it had something to say about, and what it found."""

    check: Check
    cases: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """`warn` for findings at level SHOULD, `not-exercised` where nothing came up."""
        if self.findings:
            return "warn" if self.check.level == "SHOULD" else "fail"
        return "pass" if self.cases else "not-exercised"


class DuplicateCheck(ValueError):
    """Two checks have one id."""

    def __init__(self, id: str, rule: str) -> None:
        super().__init__(f"there is a check {id!r} already, for the rule {rule}; an id is given once")


_REGISTERED: dict[str, Check] = {}


def register(*checks: Check) -> tuple[Check, ...]:
    """Put checks into the catalogue. Raises DuplicateCheck."""
    for check in checks:
        if check.id in _REGISTERED:
            raise DuplicateCheck(check.id, _REGISTERED[check.id].rule)
        _REGISTERED[check.id] = check
    return checks
