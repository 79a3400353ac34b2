"""What is asked of a server, and what is judged of its answers.

Probe   a request that costs nothing
Order   a request that makes images and may cost money
Drift   a check: a rule of the document put to the test
Sheet   all of it for one provider
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from ...specs.model import Rule
from ..checks.rules import find_rule
from ..suite.results import Level

if TYPE_CHECKING:
    from .evidence import Answer, Evidence

Key = Literal["given", "none", "wrong"]
SUBMITS: Final = "submit"  # the role of operations that make images


@dataclass(frozen=True)
class Deviation:
    """What was seen and what the document says, and the answer that shows it."""

    sentence: str
    answer: Answer


@dataclass(frozen=True)
class Judged:
    """How many answers there were to judge, and the first that deviates."""

    answers: int
    deviation: Deviation | None = None


Judge = Callable[["Evidence"], Judged]


@dataclass(frozen=True)
class Probe:
    """A request that costs nothing: the document refuses it, or it only reads.

    `operation` is None for a path that the API does not have. A probe with a `problem` (a neutral kind of the
    catalogue) is refused, by `rule`; with `status` where the document names one. Without a problem it is served.
    """

    name: str
    operation: str | None
    rule: str
    key: Key = "given"
    problem: str | None = None
    status: int | None = None
    body: Mapping[str, Any] | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    level: Level | None = None


@dataclass(frozen=True)
class Order:
    """A request for images: its body, and what they are to be; None for a ratio, format or count where any will do."""

    name: str
    operation: str
    body: Mapping[str, Any]
    tier: str
    ratio: str | None = None
    format: str | None = None
    count: int | None = 1


@dataclass(frozen=True)
class Drift:
    """One way for a server to deviate from its document. `id` is permanent; `rule` is the one that is cited.

    A deviation from what the text says or an example shows is a MUST. What is known from elsewhere only warns, since
    the document does not hold the server to it; `level` says otherwise where a rule wants it. `paid` checks read the
    answers to orders.
    """

    id: str
    rule: str
    judge: Judge
    why: str
    paid: bool = False
    level: Level | None = None

    @property
    def provider(self) -> str:
        """Whose server it judges."""
        return self.id.partition(".")[0]

    @property
    def cites(self) -> Rule:
        """The rule with its statement and citation."""
        return find_rule(self.rule)

    @property
    def scored(self) -> Level:
        """The level at which a deviation counts."""
        return self.level or ("MUST" if self.cites.basis in ("text", "example") else "SHOULD")


@dataclass(frozen=True)
class Sheet:
    """What is particular to one provider.

    `missing` is a body without a required field and `params` fills the paths. `images` is the field with the URLs of
    results, None where images come inside the answer (`inline`).
    """

    provider: str
    missing: Mapping[str, Any]
    orders: tuple[Order, ...]
    probes: tuple[Probe, ...]
    checks: tuple[Drift, ...]
    images: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
