"""What a test of an SDK knows of the Tokaify it talks to."""

from dataclasses import dataclass
from typing import Any

import orjson

from safelight.mockserver.journal import Exchange
from safelight.mockserver.tenants import Tenant
from safelight.mockserver.threaded import SimulatorThread


@dataclass(frozen=True)
class Tokaify:
    """A running Tokaify and a key to it."""

    simulator: SimulatorThread
    base_url: str
    api_key: str

    @property
    def tenant(self) -> Tenant:
        return self.simulator.world.default

    @property
    def exchanges(self) -> list[Exchange]:
        """What was asked and answered so far."""
        return self.simulator.call(lambda: list(self.tenant.journal))

    @property
    def sent(self) -> list[Any]:
        """The JSON bodies received so far."""
        return [orjson.loads(exchange.request_body) for exchange in self.exchanges]
