"""The clock of a scenario over HTTP, for clients in any language: `GET /sleep?seconds=5` and `GET /now`.

Its URL is in SAFELIGHT_CLOCK. Both are answered with unix seconds, `sleep` when so much time has passed: virtual time
does that at once, unless another call works meanwhile.
"""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from aiohttp import web

from .pace import Pace

VARIABLE: Final = "SAFELIGHT_CLOCK"


class HttpClock:
    """On a port of this machine from `start` to `stop`; `pace` is that of the scenario."""

    def __init__(self) -> None:
        self.pace: Pace | None = None
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Listen on any free port."""
        self._runner = web.ServerRunner(web.Server(self._answer, handler_cancellation=True), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address: Any = self._runner.addresses[0]
        self.url = f"http://127.0.0.1:{address[1]}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        pace = self.pace
        if pace is None:
            return web.Response(status=409, text="there is no scenario at present, and so no time\n")
        if request.path == "/sleep":
            seconds = _seconds(request.query.get("seconds", ""))
            if seconds is None:
                return web.Response(status=400, text="seconds is a number from 0, as in /sleep?seconds=2.5\n")
            await pace.sleep(seconds)
        elif request.path != "/now":
            return web.Response(status=404, text="this clock knows /sleep?seconds=N and /now\n")
        return web.Response(text=f"{pace.now():.6f}\n")


def _seconds(text: str) -> float | None:
    """A length of time; None for a text that is none."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None
