"""One run of the command that is a gateway, from its start to the end of all that it has started."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..subjects.child import Child, ending, split_command
from ..subjects.errors import GatewayError
from .at_rest import ports_of
from .ready import until_ready
from .tail import last_words
from .template import filled_text

if TYPE_CHECKING:
    from ..subjects.guard import Guard
    from .file import Start

_FAREWELL: Final = 5.0  # real seconds for a gateway to end when it is told to
_LOOKS: Final = 50  # for what it has started to follow it
_PAUSE: Final = 0.02  # real seconds between them
_KEPT: Final = 256 * 1024  # bytes of output


class Running:
    """A gateway that has been started on a port. `broken` becomes an error once it is of no use any more.

    Raises BadSubject where there is no such program.
    """

    def __init__(self, start: Start, port: int, environment: Mapping[str, str], guard: Guard) -> None:
        self.broken: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.broken.add_done_callback(_retrieve)
        self.port = port
        self._within = start.within
        self._ready = start.ready
        self._guard = guard
        self._printed = bytearray()
        self._before = ""
        self._ending = False
        words = [filled_text(word, {"port": port}) for word in split_command(start.command, "`start.command`")]
        self.child = Child(
            words, environment, directory=start.directory,
            on_output=self._take, on_error=lambda: None, on_end=self._notice_end,
        )  # fmt: skip
        self.child.close_input()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def ready(self) -> None:
        """Wait until it answers. Raises GatewayError."""
        asking = asyncio.ensure_future(until_ready(f"{self.url}{self._ready}", self._within))
        await asyncio.wait({asking, self.broken}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
        elif (problem := asking.result()) is not None:
            place = f"{self.url}{self._ready}"
            self.give_up(f"is not ready at {place} after {self._within:g} s: {problem}{self._elsewhere()}")
        if self.broken.done():
            self.broken.result()

    async def end(self) -> list[int]:
        """End it; the processes that it has started and that want to outlive it, which are there still."""
        self._ending = True
        self.child.kill(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self.child.ended), _FAREWELL)
        except TimeoutError:
            self.child.kill()
            await asyncio.shield(self.child.ended)
        for _ in range(_LOOKS):
            if not self._guard.living():
                break
            await asyncio.sleep(_PAUSE)
        return self._guard.living()

    def give_up(self, what: str) -> None:
        """It is of no use any more, because of what it does or does not."""
        if not self.broken.done():
            self.broken.set_exception(self.error(what))

    def error(self, what: str) -> GatewayError:
        """A sentence about it, with the end of what it has written."""
        words = self._last_words()
        said = f"its output ends with `{words}`" if words else "it wrote nothing"
        return GatewayError(f"the gateway {what}; {said}.")

    def logged(self) -> str:
        """What it has written, and was not forgotten."""
        return f"{self.child.errors()}{self._text()}"

    def forget(self) -> None:
        """Keep what it writes from now on."""
        self._before = self._last_words()
        self.child.forget_errors()
        self._printed.clear()

    def _last_words(self) -> str:
        return last_words(self.child.errors()) or last_words(self._text()) or self._before

    def _text(self) -> str:
        return self._printed.decode("utf-8", "replace")

    def _take(self, data: bytes) -> None:
        self._printed += data
        del self._printed[:-_KEPT]

    def _notice_end(self) -> None:
        if not self._ending:
            self.give_up(ending(self.child.returncode))

    def _elsewhere(self) -> str:
        """Where else it listens, for one that ignores its port."""
        ports = [port for port in ports_of(self._guard.living()) if port != self.port]
        if not ports:
            return ""
        return f"; it listens on port {', '.join(map(str, ports))}, but is to take {{port}} or the variable PORT"


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _retrieve(broken: asyncio.Future[Any]) -> None:
    """Whoever waits for it is told; there may be nobody."""
    if not broken.cancelled():
        broken.exception()
