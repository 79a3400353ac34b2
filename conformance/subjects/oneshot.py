"""One run of a command, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from .child import Child
from .errors import AdapterError
from .pace import Pace
from .protocol import quoted
from .realtime import RealTimer
from .silence import Silence


class OneShot:
    """A command that is running. `silence` are the real seconds for which it may do nothing.

    Raises BadSubject where there is no such program.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], pace: Pace, timer: RealTimer, silence: float
    ) -> None:
        self.printed = bytearray()
        self._pace = pace
        self._silent = False
        self._silence = Silence(timer, pace, silence, lambda: self.child.returncode is None, self._give_up)
        self.child = Child(
            arguments, environment, on_output=self._take, on_error=self._silence.note, on_end=self._silence.stop
        )
        self.child.close_input()

    @property
    def returncode(self) -> int | None:
        """Its exit code, once it has ended."""
        return self.child.returncode

    async def end(self) -> None:
        """Wait for its end; cancelling this kills it. Raises AdapterError where it has to be killed for its silence."""
        self._pace.change(calls=1)
        self._silence.watch()
        try:
            await asyncio.shield(self.child.ended)
        finally:
            self.child.kill()
            self._pace.change(calls=-1)
        if self._silent:
            words = self.child.last_words()
            said = f"; its standard error ends with {quoted(words)}" if words else ""
            raise AdapterError(
                f"the command was silent for {self._silence.seconds:g} s of real time: it printed nothing, asked the "
                "simulator for nothing and did not sleep through $SAFELIGHT_CLOCK; a command that sleeps by itself "
                f"needs --clock faketime:20 or --clock real{said}."
            )

    def _take(self, data: bytes) -> None:
        self.printed += data
        self._silence.note()

    def _give_up(self) -> None:
        self._silent = True
        self.child.kill()
