"""Every check of clients and gateways: those judged from a journal, and the properties that need a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from ...specs import provider_names
from ..checks.catalogue import checks
from ..checks.record import TIMED, Check
from ..checks.rules import GATEWAY, cited
from ..client import Capabilities
from ..gateway.upstream import UPSTREAM
from ..properties.catalogue import properties
from ..properties.record import Property
from ..subjects.base import EXACT_TIME
from .results import CheckResult, Level, Status

AnyCheck = Check | Property

_MODES = {"time": EXACT_TIME}  # what a check of journals needs, as the way a subject is run is called


class UnknownCheck(ValueError):
    """There is no check with that id; the message names the nearest."""

    def __init__(self, id: str) -> None:
        near = get_close_matches(id, all_checks(), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "`safelight checks` lists them."
        super().__init__(f"there is no check {id!r}; {hint}")


@cache
def all_checks() -> Mapping[str, AnyCheck]:
    """Every check by id, provider by provider, our own last."""
    found: dict[str, AnyCheck] = {**checks(), **properties()}
    order = {name: number for number, name in enumerate(provider_names())}
    return dict(sorted(found.items(), key=lambda item: order.get(item[1].provider or "", len(order))))


def find_check(id: str) -> AnyCheck:
    """The check with this id. Raises UnknownCheck."""
    if id not in all_checks():
        raise UnknownCheck(id)
    return all_checks()[id]


@dataclass(frozen=True, slots=True)
class Item:
    """One check on clients of one provider; `missing` names what the client would need for it to apply."""

    check: AnyCheck
    provider: str
    missing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As in results: the id, with the provider before it where several have that check."""
        return self.check.id if self.check.provider else f"{self.provider}/{self.check.id}"

    @property
    def level(self) -> Level:
        """The level of the rule. In a scenario the wish is known, so nothing is left in doubt."""
        level = self.check.cites.level
        return "HOUSE" if level == "FACT" else level

    def result(self, status: Status, **rest: object) -> CheckResult:
        """A result of this item."""
        rule = self.check.cites
        return CheckResult(
            self.check.id, self.provider, self.level, rule.basis, rule.statement, cited(rule), status,
            why=self.check.why, **rest,  # type: ignore[arg-type]
        )  # fmt: skip


def items_for(
    capabilities: Capabilities, conditions: Iterable[str], providers: Iterable[str], ids: Iterable[str] = ()
) -> list[Item]:
    """The items for a client or a gateway, in the order of the catalogue.

    `conditions` are those of the way it is run; `ids` leaves only these checks, if there are any. Raises UnknownCheck.
    """
    has = capabilities.features | set(conditions)
    chosen = [find_check(id) for id in ids] or list(all_checks().values())
    judging = [check for check in chosen if judges(check, is_gateway=GATEWAY in has)]
    return [
        Item(check, provider, tuple(sorted(need for need in _needs(check) if need not in has)))
        for number, provider in enumerate(providers)
        for check in judging
        if is_for(check, provider) and not (number and isinstance(check, Property) and check.once)
    ]


def judges(check: AnyCheck, *, is_gateway: bool) -> bool:
    """Whether a check is for clients, or for gateways, of which what they send to providers is judged alike."""
    if not isinstance(check, Property):
        return True
    return check.for_gateways or check.id in UPSTREAM if is_gateway else not check.for_gateways


def is_for(check: AnyCheck, provider: str) -> bool:
    """Whether clients of a provider are judged by a check."""
    return check.is_for(provider) if isinstance(check, Property) else check.provider in (None, provider)


def _needs(check: AnyCheck) -> list[str]:
    if isinstance(check, Property):
        return sorted(check.needs)
    return sorted(_MODES[need] for need in check.needs & TIMED if need in _MODES)
