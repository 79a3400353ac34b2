"""What every client in a process of its own needs around it: a clock, a guard against orphans, timers in real time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

from .base import ClientSubject
from .clocks import parse_clock
from .errors import BadSubject
from .guard import Guard
from .http_clock import VARIABLE, HttpClock
from .pace import Pace
from .realtime import RealTimer

if TYPE_CHECKING:
    from ..engine.stage import Stage

SILENCE: Final = 20.0  # real seconds; shorter than what a whole scenario may take

_LONGEST_SLEEP: Final = 600.0  # a client's seconds between two requests, where its sleeps cannot be seen


class Apart(ClientSubject):
    """A subject's surroundings, from `begin` to `finish` on one event loop.

    `clock` is `virtual`, `real` or `faketime:N`; `silence` are real seconds, after which a client that does nothing
    is given up. Raises BadSubject for a clock that is none.
    """

    def __init__(self, clock: str, silence: float) -> None:
        self._clock = parse_clock(clock)
        self._silence = silence if self._clock.is_virtual else silence + _LONGEST_SLEEP / self._clock.rate
        self._guard = Guard()
        self._http_clock = HttpClock()
        self._timer: RealTimer | None = None

    @property
    def clock(self) -> Literal["virtual", "real"]:
        """Whether virtual time is to be on during scenarios."""
        return self._clock.kind

    @property
    def rate(self) -> float:
        """The client's seconds per real second, where its clock is its own."""
        return self._clock.rate

    def wall(self) -> float:
        """Unix time in seconds on the client's clock, where that is its own."""
        return self._clock.wall()

    @property
    def timer(self) -> RealTimer:
        """Timers in real time."""
        assert self._timer is not None
        return self._timer

    async def begin(self) -> None:
        """Be there from now on."""
        self._guard.start()
        self._timer = RealTimer(asyncio.get_running_loop())
        await self._http_clock.start()

    async def finish(self) -> None:
        """Kill what is left of whatever was started."""
        self._guard.stop()
        await self._http_clock.stop()
        if self._timer is not None:
            self._timer.close()

    def environment(self) -> dict[str, str]:
        """What a process that is started now finds in its environment."""
        return {**self._guard.environment, **self._clock.environment(), VARIABLE: self._http_clock.url}

    def pace(self, stage: Stage | None = None) -> Pace:
        """The time of a scenario, also over HTTP from now on."""
        before, pace = self._http_clock.pace, Pace(self._clock, self.timer, stage)
        pace.several_at_once = before is not None and before.several_at_once
        self._http_clock.pace = pace
        return pace

    def kill_all(self) -> None:
        """Kill whatever was started, now."""
        self._guard.kill()

    def tidy(self, pid: int) -> None:
        """Remove what is left of a process that has ended."""
        self._clock.tidy(pid)

    def check_sleep(self, who: str, *, virtual_sleep: bool) -> None:
        """Raise BadSubject if the clock is virtual and the client does not sleep with the harness's help."""
        if self._clock.is_virtual and not virtual_sleep:
            raise BadSubject(
                f"{who} does not declare `virtual_sleep`, so that its sleeps are real and its clock cannot be virtual; "
                "let it sleep through Safelight, or choose --clock faketime:20 or --clock real."
            )
