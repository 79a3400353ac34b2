"""Arming faults on a tenant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import ImpossibleFault
from .naming import spell_out
from .records import EVERY, Fault, read_fault
from .table import Armed
from .targets import Target, find_targets

if TYPE_CHECKING:
    from ..providers.base import Provider
    from ..tenants import Tenant

_HEX = re.compile(r"[0-9a-f]{32}")


def arm(
    providers: Mapping[str, Provider],
    tenant: Tenant,
    order: Fault | Mapping[str, Any],
    *,
    origin: str = "",
    cyclic: bool = False,
) -> Armed:
    """Arm a fault, given as such or as its document. Raises FaultError.

    `origin` says who ordered it; a `cyclic` one begins anew once it is spent.
    """
    fault = order if isinstance(order, Fault) else read_fault(_spelled_out(order, tenant))
    targets = find_targets(fault, tenant.specs)
    job = None if fault.job is None else _hex_of(fault.job, providers, targets)
    armed = tenant.faults.make(fault, origin=origin, job=job, cyclic=cyclic)
    tenant.faults.arm(armed, targets)
    return armed


def _spelled_out(order: Mapping[str, Any], tenant: Tenant) -> Mapping[str, Any]:
    named = order.get("provider", EVERY)
    specs = tenant.specs
    chosen = [specs[name] for name in ([named] if isinstance(named, str) else named) if name in specs]
    return spell_out(order, [spec.behaviour for spec in chosen or specs.values()])


def _hex_of(job: str, providers: Mapping[str, Provider], targets: Iterable[Target]) -> str:
    if _HEX.fullmatch(job):
        return job
    for name in dict.fromkeys(name for name, _ in targets):
        found = providers[name].parse_id(job)
        if found is not None:
            return found
    raise ImpossibleFault(f"{job!r} is no id of a job; give the provider's id or its 32 hex digits")
