"""Control operations on what goes wrong: faults and scenarios."""

from typing import Any

from ...fixtures.catalogue import Scenario, ScenarioError, UnknownScenario, find_scenario, read_scenario, scenario_names
from ..faults import Armed, FaultError, kinds
from ..scenarios import apply_scenario
from .ask import Ask, Refused, sentence
from .handling import Handlers
from .records import FaultKindRecord, FaultRecord, ScenarioRecord


class FaultHandlers(Handlers):
    """What goes wrong."""

    def list_fault_kinds(self, ask: Ask) -> list[FaultKindRecord]:
        """Everything that can."""
        return [
            FaultKindRecord(kind.name, kind.summary, kind.effect, kind.operations, kind.when, kind.options)
            for kind in kinds().values()
        ]

    def list_faults(self, ask: Ask) -> list[FaultRecord]:
        """What is armed."""
        return [_describe(armed) for armed in self.tenant(ask).faults.armed]

    def arm_fault(self, ask: Ask) -> FaultRecord:
        """One more fault."""
        try:
            return _describe(self.world.arm(self.tenant(ask), ask.data))
        except FaultError as error:
            raise Refused(400, sentence(error)) from None

    def clear_faults(self, ask: Ask) -> None:
        """Disarm everything."""
        self.tenant(ask).faults.clear()

    def disarm_fault(self, ask: Ask) -> None:
        """Take one back."""
        tenant, number = self.tenant(ask), ask.params["fault"]
        if number not in [str(armed.id) for armed in tenant.faults.armed]:
            raise Refused(404, f"The tenant {tenant.tag!r} has no fault {number} armed.")
        tenant.faults.disarm(int(number))

    def list_scenarios(self, ask: Ask) -> list[ScenarioRecord]:
        """What there is by name."""
        return [_describe_scenario(find_scenario(name)) for name in scenario_names()]

    def apply_scenario(self, ask: Ask) -> list[FaultRecord]:
        """Arm a scenario, named or given."""
        tenant, named = self.tenant(ask), ask.data.get("provider")
        providers = None if named is None else [self.provider(named).name]
        try:
            scenario = scenario_of(ask.data["scenario"])
            return [_describe(armed) for armed in apply_scenario(tenant, scenario, providers=providers)]
        except ScenarioError as error:
            raise refusal(error) from None


def scenario_of(wanted: Any) -> Scenario:
    """The scenario with this name, or that this document describes. Raises ScenarioError."""
    return find_scenario(wanted) if isinstance(wanted, str) else read_scenario(wanted)


def refusal(error: ScenarioError) -> Refused:
    """What a request with a scenario that cannot be had is answered."""
    return Refused(404 if isinstance(error, UnknownScenario) else 400, str(error))


def _describe(armed: Armed) -> FaultRecord:
    fault = armed.fault
    return FaultRecord(
        id=armed.id,
        kind=fault.kind,
        providers=fault.providers,
        operation=fault.operation,
        job=armed.job,
        when=fault.when or None,
        skip=fault.skip,
        times=fault.times,
        probability=fault.probability,
        options=fault.options,
        hits=armed.hits,
        origin=armed.origin,
    )


def _describe_scenario(scenario: Scenario) -> ScenarioRecord:
    return ScenarioRecord(
        name=scenario.name,
        title=scenario.title,
        happens=scenario.happens,
        good_client=scenario.good_client,
        faults=scenario.faults,
        tenant=scenario.tenant,
        not_for=scenario.not_for,
    )
