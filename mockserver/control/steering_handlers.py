"""Control operations that decide what happens next: clock, readings, moderation, credits."""

from .ask import Ask, Refused, sentence
from .clocks import advance, clock_record, read_rate
from .handling import Handlers
from .records import ClockRecord


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
