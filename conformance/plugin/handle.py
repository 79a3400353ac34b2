"""What a test holds in its hands: a tenant of its own, and each provider in it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from ...mockserver.control.records import EntryRecord, ExchangeRecord, JobRecord
from ...mockserver.control.tenant_control import TenantControl
from ...mockserver.control.transports import ControlError
from ...specs import Spec, load
from ...specs.model import Level
from . import assertions, report
from .options import BadMarker, options_of, scenarios_of
from .stage import Stage


class TenantHandle:
    """A small world of its own: all five providers, with one clock and one ledger."""

    def __init__(self, stage: Stage, control: TenantControl, *, started: float, virtual: bool) -> None:
        self._stage = stage
        self._virtual = virtual
        self.started = started
        self.control = control
        self._providers: dict[str, ProviderHandle] = {}

    @property
    def tag(self) -> str:
        """The tenant's tag, which its URLs carry."""
        return self.control.tag

    @property
    def now(self) -> float:
        """The tenant's time in unix seconds."""
        return self.control.clock().now

    def provider(self, name: str) -> "ProviderHandle":
        """One provider of this tenant, by name such as `reapi`."""
        if name not in self._providers:
            self._providers[name] = ProviderHandle(self, load(name))
        return self._providers[name]

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass for everybody: the providers and, in virtual time, the test and its client.

        In an async test `await asyncio.sleep(…)` does the same and lets other tasks run meanwhile.
        """
        whole = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if self._virtual:
            self._stage.advance(whole)
        else:
            self.control.advance(whole)

    def hold(self) -> AbstractContextManager[None]:
        """Let virtual time stand still for a while, for an `await` of something outside: a subprocess, a database."""
        return self._stage.hold()

    def scenario(self, name: str, *, provider: str | None = None) -> None:
        """Arm a named scenario, for one provider or for all that it is for."""
        self.control.apply_scenario(name, provider=provider)

    def targets_with_a_key(self) -> list[str]:
        """Method and masked path of every request whose URL has one of the tenant's keys in it."""

        def search() -> list[str]:
            tenant = self._stage.tenant(self.tag)
            keys = [key.text for key in tenant.keys.values()]
            return [
                f"{exchange.method} {exchange.target.partition('?')[0]}?…"
                for exchange in tenant.journal
                if any(key in exchange.target for key in keys)
            ]

        return self._stage.call(search)

    def assert_conformant(self, level: Level = "MUST") -> None:
        """No request to any provider broke a rule of its document.

        `level` HOUSE takes in our own rules on money, secrets and the end of a call, SHOULD what is only recommended
        or in doubt.
        """
        assertions.conformant(self.control.journal(), level, self.transcript())

    def transcript(self) -> str:
        """Every exchange so far, one line each, with virtual times."""
        return self.birth.transcript()

    @property
    def birth(self) -> "Mark":
        """The moment when the tenant was made."""
        return Mark(self, 0, self.started)

    def mark(self) -> "Mark":
        """The present moment, to see later what came after it."""
        exchanges = self.control.journal()
        return Mark(self, exchanges[-1].number if exchanges else 0, self.now)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in the life of a tenant: the number of the last exchange before it, and the time (unix seconds)."""

    tenant: TenantHandle
    number: int
    at: float

    def transcript(self) -> str:
        """Every exchange since then, with virtual times from then on."""
        return report.transcript(self.tenant.control.journal(after=self.number), self.at)


class ProviderHandle:
    """One provider in a test: where it is, what it does next, and what was done to it."""

    def __init__(self, tenant: TenantHandle, spec: Spec) -> None:
        self.tenant = tenant
        self.spec = spec
        self.name = spec.name

    def __repr__(self) -> str:
        return f"<{self.name} at {self.base_url}>"

    @property
    def base_url(self) -> str:
        """Where the provider is; the documented paths follow."""
        return self.tenant.control.base_url(self.name)

    @property
    def media_url(self) -> str:
        """The base of the URLs of results."""
        return self.tenant.control.media_url(self.name)

    @property
    def api_key(self) -> str:
        """A key that the provider takes."""
        return self.tenant.control.api_key(self.name)

    @property
    def requests(self) -> list[ExchangeRecord]:
        """The exchanges with this provider and its media, oldest first."""
        return self.tenant.control.journal(self.name)

    @property
    def jobs(self) -> list[JobRecord]:
        """The jobs at this provider, oldest first."""
        return self.tenant.control.jobs(self.name)

    @property
    def ledger(self) -> list[EntryRecord]:
        """The movements of credits at this provider, oldest first."""
        return list(self.tenant.control.ledger(self.name).entries)

    @property
    def credits(self) -> float:
        """The credits left."""
        return self.tenant.control.balance(self.name)

    def set_credits(self, credits: float) -> None:
        """Leave so many credits from now on."""
        self.tenant.control.set_credits(self.name, credits)

    def fail(
        self,
        kind: str = "internal",
        *,
        operation: str | None = None,
        job: str | None = None,
        when: Literal["before", "after"] | None = None,
        skip: int = 0,
        times: int | None = 1,
        probability: float | None = None,
        **options: Any,
    ) -> None:
        """Let something go wrong, `times` times (None: from now on) after `skip` requests that pass.

        `kind` is a kind of fault such as `reset`, `edge-page` or `delay`, a problem of the provider such as
        `rate-limited`, or a failure of its jobs; `options` are what the kind takes, such as `seconds=5`. Where the
        usual operation for the kind is not meant, `operation` is an id, a role such as `poll`, or `media`. With
        `when="after"` only the answer suffers: the job exists and is paid. Raises ControlError, which says what
        there is.
        """
        self.tenant.control.arm(
            self.name,
            kind,
            operation=operation,
            job=job,
            when=when,
            skip=skip,
            times=times,
            probability=probability,
            **options,
        )

    def scenario(self, name: str) -> None:
        """Arm a named scenario for this provider."""
        self.tenant.scenario(name, provider=self.name)

    def moderate_next(self, count: int = 1, *, stage: Literal["prompt", "output"] = "prompt") -> None:
        """Let the moderation refuse the next jobs, by their `prompt` or by their `output`."""
        self.tenant.control.moderate_next(self.name, count=count, stage=stage)

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass for everybody."""
        self.tenant.advance(seconds, minutes=minutes, hours=hours, days=days)

    def expire(self, job: str | None = None) -> None:
        """Let the results of a job lapse now, or those of every job."""
        for each in [job] if job is not None else [known.id for known in self.jobs]:
            self.tenant.control.expire_job(each)

    def end_job(self, job: str, ending: str = "cancelled") -> None:
        """End a job now: `succeeded`, `cancelled` or a failure of the provider."""
        self.tenant.control.end_job(job, ending)

    def revoke_key(self) -> None:
        """Let the key be refused from now on."""
        self.tenant.control.revoke_key(self.name)

    def reading(self, name: str, value: str) -> None:
        """Play a reading or knob of the provider, such as `processing-output`, in another way."""
        self.tenant.control.choose({f"{self.name}.{name}": value})

    def assert_paid_once(self) -> None:
        """Exactly one job was paid and not refunded."""
        assertions.paid(self, 1)

    def assert_paid(self, count: int) -> None:
        """Exactly so many jobs were paid and not refunded."""
        assertions.paid(self, count)

    def assert_no_key_leaked(self, *texts: str) -> None:
        """The key went to no media host and into no URL, and stands in none of the texts given (logs, output)."""
        assertions.no_key_leaked(self, texts)

    def assert_polled_within_band(self) -> None:
        """Every job was polled in the cadence that the provider's document recommends."""
        assertions.polled_within_band(self)

    def assert_conformant(self, level: Level = "MUST") -> None:
        """No request to this provider broke a rule of its document; the levels are those of the tenant's method."""
        assertions.conformant(self.requests, level, self.tenant.transcript())


@contextmanager
def open_tenant(stage: Stage, item: pytest.Item | None = None) -> Iterator[TenantHandle]:
    """A tenant that lasts as long as the block, set up as the test's markers want it. Raises BadMarker."""
    options = options_of(item)
    control, now = stage.create_tenant(options)
    try:
        handle = TenantHandle(stage, control, started=now, virtual=options.rate is None)
        for name, provider in scenarios_of(item):
            _arm_scenario(handle, name, provider)
        yield handle
    finally:
        control.delete()


def _arm_scenario(handle: TenantHandle, name: str, provider: str | None) -> None:
    try:
        handle.scenario(name, provider=provider)
    except ControlError as error:
        raise BadMarker(f"@pytest.mark.scenario: {error}") from None
