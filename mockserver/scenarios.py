"""Playing a scenario: its faults armed on a tenant, and the tenant set as it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..fixtures.catalogue import Scenario, ScenarioError
from .faults import Armed, Fault, FaultError, ImpossibleFault, InvalidFault, read_fault
from .faults.records import EVERY
from .faults.targets import Target, find_targets, is_operation
from .progress import parse_progress

if TYPE_CHECKING:
    from ..specs import Spec
    from .tenants import Tenant

Plan = list[tuple[Fault, list[Target]]]


def apply_scenario(
    tenant: Tenant, scenario: Scenario, *, providers: Iterable[str] | None = None, cyclic: bool = False
) -> list[Armed]:
    """Arm a scenario and set the tenant accordingly, for all providers that it is for or for those named.

    Raises ScenarioError, without having changed anything, if it is not for a named provider or not valid.
    """
    chosen = _choose(tenant.specs, scenario, providers)
    _check_operations(scenario, tenant.specs)
    plans = {name: faults_for(scenario, tenant.specs[name]) for name in chosen}
    if scenario.faults and not any(plans.values()) and not scenario.tenant:
        raise _impossible(scenario, tenant.specs)
    _check_settings(tenant, scenario)
    armed = []
    for plan in plans.values():
        for fault, targets in plan:
            each = tenant.faults.make(fault, origin=scenario.name, cyclic=cyclic)
            tenant.faults.arm(each, targets)
            armed.append(each)
    _set(tenant, scenario.tenant, chosen)
    return armed


def faults_for(scenario: Scenario, spec: Spec) -> Plan:
    """The scenario's faults that make sense for a provider, each with its operations. Raises ScenarioError."""
    plan: Plan = []
    for document in scenario.faults_for(spec.name):
        place = ("faults", scenario.faults.index(document))
        try:
            fault = replace(read_fault(document), providers=(spec.name,))
            plan.append((fault, find_targets(fault, {spec.name: spec})))
        except InvalidFault as error:
            raise scenario.error(str(error), place) from None
        except ImpossibleFault as error:
            if document.get("provider", EVERY) != EVERY:
                raise scenario.error(str(error), place) from None
    return plan


def _choose(specs: Mapping[str, Spec], scenario: Scenario, providers: Iterable[str] | None) -> list[str]:
    if providers is None:
        return [name for name in specs if name not in scenario.not_for]
    chosen = list(providers)
    for name in chosen:
        if name in scenario.not_for:
            raise ScenarioError(f"{scenario.name} is not for {name}: {scenario.not_for[name].rstrip('.')}.")
    return chosen


def _check_operations(scenario: Scenario, specs: Mapping[str, Spec]) -> None:
    """A name of no operation at all must be told; one that a provider lacks only leaves the provider out."""
    for number, document in enumerate(scenario.faults):
        if not is_operation(document.get("operation", EVERY), specs.values()):
            try:
                find_targets(read_fault(document), specs)
            except FaultError as error:
                raise scenario.error(str(error), ("faults", number)) from None


def _impossible(scenario: Scenario, specs: Mapping[str, Spec]) -> ScenarioError:
    """Why none of the faults can be armed, said of the first."""
    try:
        find_targets(read_fault(scenario.faults[0]), specs)
    except FaultError as error:
        return scenario.error(str(error), ("faults", 0))
    return ScenarioError(f"{scenario.name} is for none of {', '.join(specs)}.")


def _check_settings(tenant: Tenant, scenario: Scenario) -> None:
    settings = scenario.tenant
    try:
        for name, value in _readings(tenant, settings).items():
            tenant.check_choice(name, value)
        parse_progress(settings.get("progress", "time"))
    except ValueError as error:
        raise scenario.error(str(error), ("tenant",)) from None


def _set(tenant: Tenant, settings: Mapping[str, Any], chosen: list[str]) -> None:
    for name, value in _readings(tenant, settings).items():
        tenant.choose(name, value)
    if "progress" in settings:
        tenant.progress = parse_progress(settings["progress"])
    if "clock_offset" in settings:
        tenant.clock.advance(settings["clock_offset"])
    credits = settings.get("credits", {})
    for name in chosen:
        left = credits.get(name) if isinstance(credits, Mapping) else credits
        if left is not None:
            tenant.wallets[name].set_balance(left, tenant.clock.now())
        limit = settings.get("rate_limits", {}).get(name)
        if limit is not None:
            tenant.rate_limits[name] = int(limit)


def _readings(tenant: Tenant, settings: Mapping[str, Any]) -> dict[str, str]:
    """Those of providers that this simulator has."""
    readings: Mapping[str, str] = settings.get("readings", {})
    return {name: value for name, value in readings.items() if name.partition(".")[0] in tenant.specs}
