"""Control operations that decide what happens next: clock, readings, moderation, credits, faults."""

from dataclasses import asdict

from ..faults import Fault
from ..jobs import CANCELLED
from ..planning import STUCK
from ..providers.base import Provider
from .ask import Ask, Refused, pick, sentence
from .clocks import advance, clock_record, read_rate
from .handling import Handlers
from .records import ClockRecord, FaultRecord


class SteeringHandlers(Handlers):
    """What is to come."""

    def get_clock(self, ask: Ask) -> ClockRecord:
        """The tenant's time."""
        return clock_record(self.tenant(ask).clock)

    def change_clock(self, ask: Ask) -> ClockRecord:
        """Another rate, then a move; both or none."""
        clock = self.tenant(ask).clock
        rate = read_rate(ask.data["rate"]) if "rate" in ask.data else clock.rate
        advance(clock, ask.data.get("advance", 0))
        if rate != clock.rate:
            clock.set_rate(rate)
        return clock_record(clock)

    def get_readings(self, ask: Ask) -> dict[str, str]:
        """Present values."""
        return self.tenant(ask).describe_choices()

    def choose_readings(self, ask: Ask) -> dict[str, str]:
        """Other values; all of them or none."""
        tenant = self.tenant(ask)
        before = {name: dict(chosen) for name, chosen in tenant.choices.items()}
        try:
            for name, value in ask.data.items():
                tenant.choose(name, value)
        except ValueError as error:
            tenant.choices = before
            raise Refused(400, sentence(error)) from None
        return tenant.describe_choices()

    def get_moderation(self, ask: Ask) -> dict[str, list[str]]:
        """What awaits the next jobs."""
        return {name: list(queue) for name, queue in self.tenant(ask).moderations.items()}

    def moderate(self, ask: Ask) -> dict[str, list[str]]:
        """Refuse the next jobs."""
        tenant = self.tenant(ask)
        named = ask.data.get("provider")
        ending = f"moderated-{ask.data.get('stage', 'prompt')}"
        for name in self.world.providers if named is None else [self.provider(named).name]:
            tenant.moderations[name].extend([ending] * int(ask.data["next"]))
        return self.get_moderation(ask)

    def clear_moderation(self, ask: Ask) -> None:
        """Refuse nothing that has not been submitted."""
        for queue in self.tenant(ask).moderations.values():
            queue.clear()

    def set_credits(self, ask: Ask) -> dict[str, float]:
        """Another balance."""
        tenant, provider = self.tenant(ask), self.provider(ask.params["provider"], status=404)
        wallet, now = tenant.wallets[provider.name], tenant.clock.now()
        wallet.set_balance(ask.data["credits"], now)
        return {provider.name: wallet.balance(now)}

    def list_faults(self, ask: Ask) -> list[FaultRecord]:
        """What is armed."""
        return [_fault_record(fault) for fault in self.tenant(ask).faults.armed]

    def arm_fault(self, ask: Ask) -> FaultRecord:
        """One more fault."""
        tenant, provider = self.tenant(ask), self.provider(ask.data["provider"])
        operation = ask.data.get("operation", "submit")
        operations = _operations(provider, operation)
        problem, outcome = _effect(provider, ask.data.get("problem"), ask.data.get("outcome"))
        if outcome is not None and any(provider.spec.operation(id).role != "submit" for id in operations):
            raise Refused(400, f"An outcome is for operations that submit a job, not for {operation}.")
        times = ask.data.get("times", 1)
        fault = Fault(
            id=0,
            provider=provider.name,
            operation=operation,
            problem=problem,
            when=ask.data.get("when", "before"),
            outcome=outcome,
            skip=int(ask.data.get("skip", 0)),
            times=None if times is None else int(times),
        )
        return _fault_record(tenant.faults.arm(fault, operations))

    def clear_faults(self, ask: Ask) -> None:
        """Disarm everything."""
        self.tenant(ask).faults.clear()


def _operations(provider: Provider, name: str) -> list[str]:
    """The ids of the operations that an id or a role names. Raises Refused."""
    known: dict[str, list[str]] = {}
    for operation in provider.spec.operations:
        for known_as in {operation.id, operation.role}:
            known.setdefault(known_as, []).append(operation.id)
    return pick(f"operation of {provider.name}", name, known)


def _effect(provider: Provider, problem: str | None, outcome: str | None) -> tuple[str | None, str | None]:
    """What goes wrong, of which the provider must know. Raises Refused."""
    behaviour = provider.spec.behaviour
    if (problem is None) == (outcome is None):
        raise Refused(400, "A fault has either a problem, which is answered, or an outcome, which jobs come to.")
    if problem is not None:
        pick(f"problem of {provider.name}", problem, behaviour.problems)
    if outcome is not None:
        pick(f"outcome of {provider.name}", outcome, dict.fromkeys([*behaviour.failures, CANCELLED, STUCK]))
    return problem, outcome


def _fault_record(fault: Fault) -> FaultRecord:
    return FaultRecord.from_json(asdict(fault))
