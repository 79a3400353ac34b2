"""A check that is judged from a whole scenario: the rule, the scenarios that exercise it, and the judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...specs.model import Level, Rule
from ..checks.record import Ruling
from ..checks.rules import GATEWAY, OURS, find_rule

if TYPE_CHECKING:
    from ..engine.run import Run
    from ..scenarios.space import Space

RunJudge = Callable[["Run"], Ruling]
Explore = Callable[["Space"], Any]  # to a Hypothesis strategy for scenarios, or None where there are none
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Property:
    """One way to break a rule that shows in what a client does with a wish, a job and a fault.

    `explore` gives the scenarios of a space in which it can show, `judge` rules on one run: None where there was
    nothing to judge, FINE, or a sentence with what was seen and what was expected. `needs` are features of the
    client and of the way it is run, without which the check does not apply. `examples` is how many scenarios are
    tried by default, `providers` names those it is for where its id does not say it, `why` says in a sentence what
    goes wrong for people when it is broken. What is judged `once` is judged with
    one provider, whichever that is.
    """

    id: str
    rule: str
    explore: Explore
    judge: RunJudge
    needs: frozenset[str] = NOTHING
    examples: int = 20
    providers: tuple[str, ...] = ()
    why: str = ""
    once: bool = False

    @property
    def provider(self) -> str | None:
        """The provider whose clients it judges; None for several, and for gateways."""
        owner = self.id.partition(".")[0]
        return None if owner in OURS else owner

    def is_for(self, provider: str) -> bool:
        """Whether clients of a provider are judged by it."""
        if self.provider is not None:
            return self.provider == provider
        return not self.providers or provider in self.providers

    @property
    def for_gateways(self) -> bool:
        """Whether it is for gateways alone."""
        return self.id.startswith(f"{GATEWAY}.")

    @cached_property
    def cites(self) -> Rule:
        """The rule, with its statement and citation."""
        return find_rule(self.rule)

    @property
    def level(self) -> Level:
        """As the rule says."""
        return self.cites.level
