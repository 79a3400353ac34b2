"""Control operations on providers, tenants and keys."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ...fixtures.catalogue import Scenario, ScenarioError
from ..clock import Clock
from ..progress import parse_progress
from ..providers.base import Provider
from ..scenarios import apply_scenario
from ..tenants import Key, Tenant, TenantSettings
from ..world import UNATTRIBUTED_TAG
from .ask import Ask, Refused, pick, sentence
from .clocks import clock_record, read_rate
from .fault_handlers import refusal, scenario_of
from .handling import Handlers
from .records import AccessRecord, ChoiceRecord, KeyRecord, OperationRecord, ProviderRecord, TenantRecord


class TenantHandlers(Handlers):
    """Who there is."""

    def list_providers(self, ask: Ask) -> list[ProviderRecord]:
        """What is simulated."""
        return [self._describe_provider(provider) for provider in self.world.providers.values()]

    def list_tenants(self, ask: Ask) -> list[TenantRecord]:
        """Every tenant."""
        return [self._describe(tenant) for tenant in self.world.tenants.values()]

    def create_tenant(self, ask: Ask) -> TenantRecord:
        """A new tenant."""
        tag = ask.data.get("tag")
        if tag in self.world.tenants or tag == UNATTRIBUTED_TAG:
            raise Refused(409, f"There is a tenant {tag!r} already; delete it first or choose another tag.")
        try:
            settings = _settings(self.world.settings.tenant, ask.data)
            scenarios = [scenario_of(wanted) for wanted in ask.data.get("scenarios", ())]
            tenant = self.world.create_tenant(tag, settings, self._clock(ask.data.get("clock")))
            self._play(tenant, scenarios)
        except ScenarioError as error:
            raise refusal(error) from None
        except ValueError as error:
            raise Refused(400, sentence(error)) from None
        return self._describe(tenant)

    def get_tenant(self, ask: Ask) -> TenantRecord:
        """One tenant."""
        return self._describe(self.tenant(ask))

    def change_tenant(self, ask: Ask) -> TenantRecord:
        """Other settings; all of them or none."""
        tenant = self.tenant(ask)
        limits = {self.provider(name).name: limit for name, limit in ask.data.get("rate_limits", {}).items()}
        try:
            progress = parse_progress(ask.data["progress"]) if "progress" in ask.data else tenant.progress
        except ValueError as error:
            raise Refused(400, sentence(error)) from None
        tenant.progress = progress
        tenant.rate_limits.update({name: None if limit is None else int(limit) for name, limit in limits.items()})
        return self._describe(tenant)

    def delete_tenant(self, ask: Ask) -> None:
        """Forget a tenant."""
        try:
            self.world.delete_tenant(self.tenant(ask))
        except ValueError as error:
            raise Refused(409, sentence(error)) from None

    def reset_tenant(self, ask: Ask) -> TenantRecord:
        """A tenant as it was at first."""
        tenant = self.tenant(ask)
        tenant.reset()
        return self._describe(tenant)

    def list_keys(self, ask: Ask) -> list[KeyRecord]:
        """The tenant's keys."""
        return [_key_record(key) for key in self.tenant(ask).keys.values()]

    def add_key(self, ask: Ask) -> KeyRecord:
        """One more key."""
        tenant, provider = self.tenant(ask), self.provider(ask.data["provider"])
        try:
            return _key_record(self.world.add_key(tenant, provider.name, ask.data.get("key")))
        except ValueError as error:
            raise Refused(409, sentence(error)) from None

    def revoke_keys(self, ask: Ask) -> list[KeyRecord]:
        """Revoke one key or all of a provider."""
        tenant, provider = self.tenant(ask), self.provider(ask.data["provider"])
        keys = {key.text: key for key in tenant.keys.values() if key.provider == provider.name}
        named = ask.data.get("key")
        revoked = list(keys.values()) if named is None else [pick(f"{provider.name} key", named, keys, status=404)]
        for key in revoked:
            key.revoked = True
        return [_key_record(key) for key in revoked]

    def _play(self, tenant: Tenant, scenarios: list[Scenario]) -> None:
        try:
            for scenario in scenarios:
                tenant.prepare_with(partial(apply_scenario, tenant, scenario))
        except ScenarioError:
            self.world.delete_tenant(tenant)
            raise

    def _clock(self, text: str | None) -> Clock | None:
        return None if text is None else self.world.clock.sibling(read_rate(text))

    def _describe(self, tenant: Tenant) -> TenantRecord:
        if not self.world.api_bases:
            raise Refused(409, "The simulator does not listen yet, so that tenants have no addresses; start it first.")
        return TenantRecord(
            tag=tenant.tag,
            seed=tenant.seed,
            clock=clock_record(tenant.clock),
            progress=str(tenant.progress),
            rate_limits={name: limit for name, limit in tenant.rate_limits.items() if limit is not None},
            providers={name: self._access(tenant, name) for name in self.world.providers},
        )

    def _access(self, tenant: Tenant, provider: str) -> AccessRecord:
        return AccessRecord(
            base_url=self.world.api_url(tenant, provider),
            media_url=self.world.media_url(tenant, provider),
            api_key=self.world.ready_key(tenant, provider),
            api_keys=tuple(key.text for key in tenant.keys.values() if key.provider == provider),
            credits=tenant.wallets[provider].balance(tenant.clock.now()),
        )

    def _describe_provider(self, provider: Provider) -> ProviderRecord:
        behaviour, name = provider.spec.behaviour, provider.name
        return ProviderRecord(
            name=name,
            title=provider.spec.title,
            base_url=self.world.api_url(self.world.default, name) if self.world.api_bases else "",
            operations=tuple(
                OperationRecord(row.id, row.role, row.method, row.path, row.summary, row.extension)
                for row in provider.spec.operations
            ),
            choices=tuple(_choices(provider, self.world.settings.tenant.choices)),
            failures={reason: failure.message for reason, failure in behaviour.failures.items()},
            problems={kind: row.status for kind, row in behaviour.problems.items()},
        )


def _choices(provider: Provider, chosen: Mapping[str, str]) -> list[ChoiceRecord]:
    records = []
    for choice in provider.spec.behaviour.choices.values():
        name = f"{provider.name}.{choice.name}"
        default = chosen.get(name, choice.default)
        records.append(ChoiceRecord(name, choice.scored, choice.statement, default, choice.values))
    return records


def _settings(settings: TenantSettings, data: Mapping[str, Any]) -> TenantSettings:
    return replace(
        settings,
        seed=int(data.get("seed", settings.seed)),
        credits=float(data.get("credits", settings.credits)),
        progress=parse_progress(data["progress"]) if "progress" in data else settings.progress,
        choices={**settings.choices, **data.get("readings", {})},
    )


def _key_record(key: Key) -> KeyRecord:
    return KeyRecord(key.provider, key.text, key.revoked)
