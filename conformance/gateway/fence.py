"""The fence between two scenarios of a gateway that lives on: what it still does for the first one comes to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..engine.stage import Stage

_LOOK: Final = 5.0  # virtual seconds between looks
_CALM: Final = 180.0  # virtual seconds without a request upstream, after which whoever sleeps does so for other reasons
_LONGEST: Final = 900.0  # virtual seconds for all of it
_REST: Final = 900.0  # virtual seconds in which a gateway may forget what went wrong: who was out is asked again
_REAL_LOOK: Final = 0.05
_REAL_CALM: Final = 0.3
_REAL_LONGEST: Final = 10.0


class Fence:
    """Watches the requests of one scenario to the simulator; `sleeping` tells how many of its sleeps are under way."""

    def __init__(self, stage: Stage, sleeping: Callable[[], int] = lambda: 0) -> None:
        self._stage = stage
        self._sleeping = sleeping
        self._last = stage.now
        stage.watchers.append(self._note)

    async def passed(self) -> None:
        """Wait until the gateway is done, or does no more than it does at any time.

        In virtual time this costs nothing, so that background work is waited for to its end. In real time a moment of
        calm has to do; what is asked later about jobs of this scenario is kept out of others by the simulator.
        """
        virtual = self._stage.virtual is not None
        look, calm, longest = (_LOOK, _CALM, _LONGEST) if virtual else (_REAL_LOOK, _REAL_CALM, _REAL_LONGEST)
        rate = 1.0 if virtual else self._stage.rate
        for _ in range(int(longest / look)):
            if not self._goes_on(calm * rate, virtual=virtual):
                break
            await asyncio.sleep(look)
        self._stage.watchers.remove(self._note)
        await asyncio.sleep(_REST if virtual else 0)

    def _goes_on(self, calm: float, *, virtual: bool) -> bool:
        if self._stage.in_flight:
            return True
        is_calm = self._stage.now - self._last >= calm
        return not is_calm and (bool(self._sleeping()) or not virtual)

    def _note(self) -> None:
        self._last = self._stage.now
