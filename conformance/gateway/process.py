"""A gateway that a command starts, once for all scenarios."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..subjects.apart import SILENCE, Apart
from ..subjects.base import EXACT_TIME, LONG_LIVED
from ..subjects.clocks import VIRTUAL
from ..subjects.silence import Silence
from .at_rest import at_rest, name_of
from .capabilities import capabilities_of, conditions_of
from .fence import Fence
from .file import HOOK, GatewayFile, Start
from .outside import OutsideSession
from .running import Running, free_port
from .tempo import Tempo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..engine.stage import Stage
    from ..subjects.base import Opening

_SILENT: Final = (
    "was silent for {:g} s of real time while it was to answer: it asked the simulator for nothing and did not sleep "
    "through $SAFELIGHT_CLOCK; one that sleeps by itself needs `clock: faketime:20` or `clock: real`"
)


class StartedGateway(Apart):
    """The gateway that a file says how to start. `silence` are the real seconds for which it may do nothing.

    Raises BadSubject for a clock that is none.
    """

    lasting = True

    def __init__(self, file: GatewayFile, start: Start, *, silence: float = SILENCE) -> None:
        super().__init__(VIRTUAL if file.clock == HOOK else file.clock, silence)
        self.file = file
        self.claims = file.claims
        self.address = file.address
        self.capabilities = capabilities_of(file)
        exact = {EXACT_TIME} if self._clock.is_virtual else set()
        self.conditions = frozenset({LONG_LIVED, *exact}) | conditions_of(file)
        self._how = start
        self._opening: Opening | None = None
        self._running: Running | None = None
        self._pids: list[int] = []
        self._opened = 0

    def described(self) -> dict[str, str]:
        """How to name it again."""
        return {"kind": "gateway", "gateway": str(self.file.path)}

    def settle(self, opening: Opening) -> None:
        """Its environment is made of this."""
        self._opening = opening

    async def start(self) -> None:
        """Run the command and wait until the gateway is ready. Raises SubjectError."""
        await self.begin()
        self._tempo = self._http_clock.pace = Tempo(self._clock, self.timer, lambda: at_rest(self._pids))
        self._listener = Silence(self.timer, self._tempo, self._silence, lambda: self._tempo.calls > 0, self._tire)
        try:
            self._running = running = self._run(free_port())
            running.child.ended.add_done_callback(lambda _: self.tidy(running.child.pid))
            await running.ready()
        except BaseException:
            await self._end()
            raise

    async def open(self, opening: Opening, stage: Stage) -> OutsideSession:
        """A scenario with it. Raises GatewayError if it has died."""
        running = self._living()
        if self._opened:  # what it wrote when it was started belongs to the first scenario
            running.forget()
        self._opened += 1
        self._pids = self._guard.living()
        self._tempo.enter(stage)
        fence = Fence(stage, lambda: self._tempo.sleeps)
        return OutsideSession(
            self.file, running.url, opening.provider, stage, running.logged,
            around=self._owing, fence=fence, broken=running.broken, timer=self.timer,
        )  # fmt: skip

    async def stop(self) -> None:
        """End it and all that it has started. Raises GatewayError if some of that tried to stay."""
        stayed = await self._end()
        if stayed and self._running is not None:
            names = ", ".join(stayed)
            raise self._running.error(f"leaves processes behind when it is told to end, which were killed: {names}")

    def _run(self, port: int) -> Running:
        assert self._opening is not None
        told = {"PORT": str(port), **self.file.environment(self._opening, port)}
        return Running(self._how, port, {**told, **self.environment()}, self._guard)

    def _living(self) -> Running:
        assert self._running is not None
        if self._running.broken.done():
            self._running.broken.result()
        return self._running

    async def _end(self) -> list[str]:
        """End everything; the names of what tried to stay."""
        try:
            return list(map(name_of, await self._running.end())) if self._running is not None else []
        finally:
            await self.finish()

    @contextmanager
    def _owing(self) -> Iterator[None]:
        if self._clock.is_virtual:
            self._listener.watch()
        with self._tempo.owing():
            yield

    def _tire(self) -> None:
        self._living().give_up(_SILENT.format(self._silence))
