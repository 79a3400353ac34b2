"""Gateways outside of this process: one process, or one address, for all scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ..engine.outcome import Outcome
from .driver import Around
from .fence import Fence
from .file import GatewayFile
from .session import GatewaySession

if TYPE_CHECKING:
    from ..engine.stage import Stage
    from ..subjects.base import Ask
    from ..subjects.realtime import RealTimer

PATIENCE: Final = 180.0  # seconds of the gateway's for a call in real time, where it declares no deadline
BEYOND_DEADLINE: Final = 30.0  # seconds after a deadline that it declares

_MOMENT: Final = 0.2  # real seconds


class OutsideSession(GatewaySession):
    """One scenario with a gateway that lives on. `broken` becomes an error when it is of no use any more."""

    def __init__(
        self, file: GatewayFile, base_url: str, provider: str, stage: Stage, logged: Callable[[], str],
        *, fence: Fence, broken: asyncio.Future[Any], timer: RealTimer, around: Around = nullcontext,
    ) -> None:  # fmt: skip
        super().__init__(file, base_url, provider, stage, logged, fence.passed, around, f"-{uuid4().hex[:12]}")
        self._broken = broken
        self._timer = timer
        limit = PATIENCE if file.claims.deadline is None else file.claims.deadline + BEYOND_DEADLINE
        self._limit = None if stage.virtual is not None else stage.real(limit)

    async def call(self, ask: Ask) -> Outcome:
        """Make a call; see Session. In real time none is waited for as long as it likes."""
        work = asyncio.ensure_future(super().call(ask))
        try:
            await asyncio.wait({work, self._broken}, timeout=self._limit, return_when=asyncio.FIRST_COMPLETED)
            if work.done() and _is_unanswered(work.result()):
                await self._see_whether_it_died()
            if self._broken.done():
                self._broken.result()
            return work.result() if work.done() else Outcome("hung")
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def _see_whether_it_died(self) -> None:
        """Of the request, perhaps; its end may be known a moment later than that there is no answer."""
        passed = asyncio.get_running_loop().create_future()
        stop = self._timer.call_later(_MOMENT, passed.cancel)
        with self._stage.virtual.time.hold() if self._stage.virtual else nullcontext():
            await asyncio.wait({passed, self._broken}, return_when=asyncio.FIRST_COMPLETED)
        stop()


def _is_unanswered(outcome: Outcome) -> bool:
    return outcome.kind == "error" and outcome.status is None
