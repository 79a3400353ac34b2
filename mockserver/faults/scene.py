"""What a fault sees of the request that it strikes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..journal import Note
from ..problems import Problem
from ..replies import Reply
from .manner import Manner
from .records import Fault
from .table import Strike

if TYPE_CHECKING:
    from ..calls import Call
    from ..jobs import Job, State
    from ..journal import Exchange
    from ..media import Found, Media
    from ..providers.base import Provider
    from ..tenants import Tenant
    from ..world import World

CLOCK_RESOLUTION = 1e-6  # seconds; unix times as floats are hardly finer


@dataclass(slots=True)
class Scene:
    """A request under way and the faults that hit it.

    `call` is there for operations of the API, `found` for results. `refuse` words a problem, `end_of` waits for
    the end of a job.
    """

    world: World
    provider: Provider
    tenant: Tenant
    exchange: Exchange
    media: Media
    strike: Strike
    refuse: Callable[[Problem], Reply]
    end_of: Callable[[Job, Tenant], Awaitable[State]] | None = None
    call: Call | None = None
    found: Found | None = None

    def fault(self, effect: str) -> Fault | None:
        """The fault that hits by this effect."""
        armed = self.strike.get(effect)
        return None if armed is None else armed.fault

    def record(self) -> None:
        """Name the faults in the journal, the first one by its number, too."""
        exchange = self.exchange
        for armed in self.strike.values():
            exchange.fault = armed.id if exchange.fault is None else exchange.fault
            note = Note(armed.describe())
            if note not in exchange.notes:
                exchange.notes += (note,)

    def remaining(self) -> Strike:
        """What has not had its whole effect yet where the request turns out to be subject to further faults."""
        pace = self.fault("pace")
        done = {"pace"} if pace is not None and pace.before else set()
        return {effect: armed for effect, armed in self.strike.items() if effect not in done}

    def note(self, text: str) -> None:
        """Remark something in the journal."""
        self.exchange.notes += (Note(text),)

    async def wait(self, instant: float) -> None:
        """Return when the tenant's clock shows `instant`. Raises Problem unavailable when the simulator closes."""
        clock = self.tenant.clock
        while instant - clock.now() > CLOCK_RESOLUTION:
            if self.world.closing:
                raise Problem("unavailable")
            await clock.wait_for_change(instant)

    async def wait_since_arrival(self, seconds: float) -> None:
        """Wait until so many virtual seconds after the request came."""
        await self.wait(self.exchange.at + seconds)

    def travel(self, reply: Reply, **how: Any) -> Reply:
        """The answer with a manner of travelling, added to the one it may have."""
        manner = reply.manner or Manner(self.tenant.clock.now, self.wait)
        return replace(reply, manner=replace(manner, **how))
