"""`Control`: a simulator in the hands of a test.

    control = Control.connect("http://127.0.0.1:4010")
    tenant = control.create_tenant(clock="manual")
    ... point the client under test at tenant.base_url("reapi"), with tenant.api_key("reapi") ...
    tenant.advance(90)

All methods block until done, raise ControlError (see `transports`), and take and give virtual seconds.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from .caller import Caller, given, read_journal
from .records import ExchangeRecord, FaultKindRecord, ProviderRecord, ScenarioRecord, TenantRecord
from .tenant_control import TenantControl
from .transports import HttpTransport, InProcessTransport, Transport, segment

if TYPE_CHECKING:
    from .api import ControlApi


class Control:
    """A simulator, and the way to its tenants."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._caller = Caller(transport)

    @classmethod
    def connect(cls, base_url: str, token: str | None = None) -> Self:
        """Control over HTTP, of a simulator at an address such as `http://127.0.0.1:4010`."""
        return cls(HttpTransport(base_url, token))

    @classmethod
    def within(cls, api: "ControlApi", loop: asyncio.AbstractEventLoop) -> Self:
        """Control of a simulator that runs on an event loop of this process."""
        return cls(InProcessTransport(api, loop))

    def providers(self) -> list[ProviderRecord]:
        """What is simulated, and what about it can be chosen."""
        return self._caller.records(ProviderRecord, "GET", "/providers")

    def tenants(self) -> list[TenantControl]:
        """Every tenant, the default one first."""
        rows = self._caller.records(TenantRecord, "GET", "/tenants")
        return [TenantControl(self._transport, row) for row in rows]

    def tenant(self, tag: str = "default") -> TenantControl:
        """The tenant with this tag."""
        row = self._caller.record(TenantRecord, "GET", f"/tenants/{segment(tag)}")
        return TenantControl(self._transport, row)

    def create_tenant(
        self,
        tag: str | None = None,
        *,
        seed: int | None = None,
        credits: float | None = None,
        progress: str | None = None,
        readings: Mapping[str, str] | None = None,
        clock: str | None = None,
        scenarios: Sequence[str | Mapping[str, Any]] | None = None,
    ) -> TenantControl:
        """A new tenant; what is left out is as for the default one.

        `progress` is time, immediate or polls:N; `clock` real, manual or xN; `scenarios` are names or documents of
        what is armed at the start and after each reset.
        """
        wanted = {
            "tag": tag, "seed": seed, "credits": credits, "progress": progress,
            "readings": None if readings is None else dict(readings), "clock": clock,
            "scenarios": None if scenarios is None else list(scenarios),
        }  # fmt: skip
        return TenantControl(self._transport, self._caller.record(TenantRecord, "POST", "/tenants", given(wanted)))

    def fault_kinds(self) -> list[FaultKindRecord]:
        """Everything that can go wrong."""
        return self._caller.records(FaultKindRecord, "GET", "/fault-kinds")

    def scenarios(self) -> list[ScenarioRecord]:
        """The named scenarios."""
        return self._caller.records(ScenarioRecord, "GET", "/scenarios")

    def unattributed(self) -> list[ExchangeRecord]:
        """The requests that belong to no tenant."""
        return read_journal(Caller(self._transport, "/tenants/unattributed"))
