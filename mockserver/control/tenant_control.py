"""One tenant in the hands of a test."""

from collections.abc import Mapping
from typing import Any, Literal

from ...specs.errors import UnknownProvider
from .caller import Caller, given, read_journal
from .records import (
    AccessRecord,
    ClockRecord,
    ExchangeRecord,
    FaultRecord,
    JobRecord,
    KeyRecord,
    LedgerRecord,
    TenantRecord,
)
from .transports import Transport, segment


class TenantControl:
    """One tenant. `record` describes it as it was when this object was made or last armed or disarmed something."""

    def __init__(self, transport: Transport, record: TenantRecord) -> None:
        self.record = record
        self._caller = Caller(transport, f"/tenants/{segment(record.tag)}")

    @property
    def tag(self) -> str:
        """What names the tenant in URLs."""
        return self.record.tag

    def base_url(self, provider: str) -> str:
        """Where this tenant meets a provider; the documented paths follow. Raises UnknownProvider."""
        return self._access(provider).base_url

    def media_url(self, provider: str) -> str:
        """The base of this tenant's result URLs at a provider. Raises UnknownProvider."""
        return self._access(provider).media_url

    def api_key(self, provider: str) -> str:
        """The tenant's first key for a provider. Raises UnknownProvider."""
        return self._access(provider).api_key

    def describe(self) -> TenantRecord:
        """The tenant as it is now."""
        return self._caller.record(TenantRecord, "GET", "")

    def reset(self) -> None:
        """Back to the start, but for clock and keys; revoked keys are valid again."""
        self._caller.value("POST", "/reset")

    def delete(self) -> None:
        """Forget the tenant and its keys."""
        self._caller.value("DELETE", "")

    def clock(self) -> ClockRecord:
        """The tenant's time."""
        return self._caller.record(ClockRecord, "GET", "/clock")

    def advance(self, seconds: float) -> ClockRecord:
        """Move the tenant's time forward."""
        return self._caller.record(ClockRecord, "PATCH", "/clock", {"advance": seconds})

    def set_clock(self, rate: str) -> ClockRecord:
        """Go on from now at another rate: real, manual or xN."""
        return self._caller.record(ClockRecord, "PATCH", "/clock", {"rate": rate})

    def set_progress(self, progress: str) -> None:
        """How jobs submitted from now on get on: time, immediate or polls:N."""
        self._caller.value("PATCH", "", {"progress": progress})

    def limit_rate(self, provider: str, per_minute: int | None) -> None:
        """Allow so many submits per minute; None goes back to the provider's own limit."""
        self._caller.value("PATCH", "", {"rate_limits": {provider: per_minute}})

    def readings(self) -> dict[str, str]:
        """Every reading and knob by full name, with its present value."""
        return dict(self._caller.value("GET", "/readings"))

    def choose(self, readings: Mapping[str, str]) -> None:
        """Set readings and knobs, such as `{"reapi.processing-output": "absent"}`; all of them or none."""
        self._caller.value("PATCH", "/readings", dict(readings))

    def moderate_next(
        self, provider: str | None = None, count: int = 1, stage: Literal["prompt", "output"] = "prompt"
    ) -> None:
        """Let moderation refuse the next jobs of a provider, or of each."""
        self._caller.value("POST", "/moderation", given({"provider": provider, "next": count, "stage": stage}))

    def pending_moderation(self) -> dict[str, list[str]]:
        """The moderated ends that await the next jobs, by provider."""
        return dict(self._caller.value("GET", "/moderation"))

    def clear_moderation(self) -> None:
        """Refuse nothing that has not been submitted."""
        self._caller.value("DELETE", "/moderation")

    def fail_next(self, provider: str, problem: str = "internal", *, operation: str | None = None) -> FaultRecord:
        """Answer the next request to an operation (id or role) with a problem, before it takes effect."""
        return self.arm(provider, "problem", operation=operation, problem=problem)

    def arm(
        self,
        provider: str,
        kind: str,
        *,
        operation: str | None = None,
        job: str | None = None,
        when: Literal["before", "after"] | None = None,
        skip: int = 0,
        times: int | None = 1,
        probability: float | None = None,
        **options: Any,
    ) -> FaultRecord:
        """Let something go wrong at a provider, or at all for `*`.

        `kind` is one of `Control.fault_kinds`, or a problem or failure of the provider; `options` are the fields of
        the kind. `operation` is an id, a role, result, media or `*`; where the kind is at home if None. `skip`
        requests pass first, then `times` are hit (None: all), of which `probability` makes a share. `after` the
        commit only the answer suffers: the job exists and is paid.
        """
        matching = {"provider": provider, "operation": operation, "job": job, "when": when, "probability": probability}
        counting = {} if skip == 0 and times == 1 else {"skip": skip, "times": times}
        record = self._caller.record(
            FaultRecord, "POST", "/faults", {"kind": kind, **given(matching), **counting, **options}
        )
        self.record = self.describe()
        return record

    def apply_scenario(self, scenario: str | Mapping[str, Any], *, provider: str | None = None) -> list[FaultRecord]:
        """Arm a scenario, by name or as a document, for one provider or for all that it is for."""
        wanted = scenario if isinstance(scenario, str) else dict(scenario)
        order = given({"scenario": wanted, "provider": provider})
        records = self._caller.records(FaultRecord, "POST", "/scenarios", order)
        self.record = self.describe()
        return records

    def faults(self) -> list[FaultRecord]:
        """What is armed, spent faults too."""
        return self._caller.records(FaultRecord, "GET", "/faults")

    def disarm(self, fault: int) -> None:
        """Take back one fault, by its id."""
        self._caller.value("DELETE", f"/faults/{fault}")
        self.record = self.describe()

    def clear_faults(self) -> None:
        """Disarm everything."""
        self._caller.value("DELETE", "/faults")
        self.record = self.describe()

    def jobs(self, provider: str | None = None) -> list[JobRecord]:
        """Every job as it stands, oldest first."""
        return self._caller.records(JobRecord, "GET", "/jobs", provider=provider)

    def job(self, job: str) -> JobRecord:
        """One job, by the provider's id or by its hex digits."""
        return self._caller.record(JobRecord, "GET", f"/jobs/{segment(job)}")

    def end_job(self, job: str, ending: str = "cancelled") -> JobRecord:
        """End a job now: succeeded, cancelled or one of the provider's failures."""
        return self._caller.record(JobRecord, "POST", f"/jobs/{segment(job)}/end", {"ending": ending})

    def expire_job(self, job: str) -> JobRecord:
        """Let a job's results lapse now."""
        return self._caller.record(JobRecord, "POST", f"/jobs/{segment(job)}/expire")

    def list_keys(self) -> list[KeyRecord]:
        """Every key, revoked ones too."""
        return self._caller.records(KeyRecord, "GET", "/keys")

    def add_key(self, provider: str, key: str | None = None) -> str:
        """One more key, made up where none is given."""
        return self._caller.record(KeyRecord, "POST", "/keys", given({"provider": provider, "key": key})).key

    def revoke_key(self, provider: str, key: str | None = None) -> None:
        """Revoke a key of a provider, or all of them."""
        self._caller.value("POST", "/keys/revoke", given({"provider": provider, "key": key}))

    def ledger(self, provider: str | None = None) -> LedgerRecord:
        """Movements of credits up to now, and what is left."""
        return self._caller.record(LedgerRecord, "GET", "/ledger", provider=provider)

    def balance(self, provider: str) -> float:
        """Credits left at a provider."""
        return self.ledger(provider).balances[provider]

    def set_credits(self, provider: str, credits: float) -> None:
        """Set what is left at a provider."""
        self._caller.value("PUT", f"/credits/{segment(provider)}", {"credits": credits})

    def journal(
        self, provider: str | None = None, operation: str | None = None, after: int | None = None
    ) -> list[ExchangeRecord]:
        """What went over the wire, oldest first, keys masked; `after` is the number of an exchange."""
        return read_journal(self._caller, provider=provider, operation=operation, after=after)

    def har(self, provider: str | None = None) -> dict[str, Any]:
        """The journal as a HAR 1.2 document."""
        return dict(self._caller.value("GET", "/journal", format="har", provider=provider))

    def clear_journal(self) -> None:
        """Forget the exchanges so far."""
        self._caller.value("DELETE", "/journal")

    def _access(self, provider: str) -> AccessRecord:
        providers = self.record.providers
        if provider not in providers:
            raise UnknownProvider(provider, tuple(providers))
        return providers[provider]
