"""A command that is run once per call; what it prints last is the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from ..client import Capabilities
from ..engine.outcome import Heard, Outcome
from .apart import SILENCE, Apart
from .base import EXACT_TIME, NEW_ADDRESS, Ask, Opening
from .clocks import VIRTUAL
from .oneshot import OneShot
from .pace import Pace
from .printed import WHO, read_hello, read_printed
from .template import OP, Template
from .translation import VIRTUAL_SLEEP, read_capabilities
from .wishes import as_environment, as_values

if TYPE_CHECKING:
    from ..engine.stage import Stage


class CommandSubject(Apart):
    """The client that `command` runs for each call, with placeholders such as {prompt}; for the rest see Apart.

    With the placeholder {op} in it, the command is asked with `hello` what it can do, and may be told to `list` and to
    `resume`; otherwise it can do what it has placeholders for. Raises BadSubject for a command that is none.
    """

    def __init__(self, command: str, *, clock: str = VIRTUAL, silence: float = SILENCE) -> None:
        super().__init__(clock, silence)
        self.command = command
        self._template = Template(command)
        self.capabilities = Capabilities(name="command", features=self._template.features | {"parallel"})

    @property
    def conditions(self) -> frozenset[str]:
        """What can be judged of a client that is run like this."""
        return frozenset({NEW_ADDRESS, EXACT_TIME} if self._clock.is_virtual else {NEW_ADDRESS})

    def described(self) -> dict[str, str]:
        """How to name it again."""
        return {"kind": "exec", "exec": self.command, "clock": self._clock.name}

    async def start(self) -> None:
        """Ask the command what it can do, if it takes questions. Raises SubjectError."""
        await self.begin()
        try:
            if OP in self._template.placeholders:
                await self._say_hello()
        except BaseException:
            await self.stop()
            raise

    async def open(self, opening: Opening, stage: Stage) -> CommandSession:
        """Calls for one scenario."""
        return CommandSession(self, opening, self.pace(stage))

    async def stop(self) -> None:
        """End every command that is still running."""
        await self.finish()

    def run(self, values: Mapping[str, Sequence[str]], environment: Mapping[str, str], pace: Pace) -> OneShot:
        """Start the command. Raises BadSubject where there is no such program."""
        arguments = self._template.filled(values)
        shot = OneShot(arguments, {**environment, **self.environment()}, pace, self.timer, self._silence)
        shot.child.ended.add_done_callback(lambda _: self.tidy(shot.child.pid))
        return shot

    async def _say_hello(self) -> None:
        shot = self.run({OP: ["hello"]}, {"SAFELIGHT_OP": "hello"}, self.pace())
        await shot.end()
        hello, line = read_hello(bytes(shot.printed), shot.returncode, shot.child.last_words())
        self.capabilities, features = read_capabilities(hello, line, WHO)
        self.check_sleep(WHO, virtual_sleep=bool(features.get(VIRTUAL_SLEEP)))


class CommandSession:
    """Calls of a command, each a process of its own."""

    def __init__(self, subject: CommandSubject, opening: Opening, pace: Pace) -> None:
        self._subject = subject
        self._opening = opening
        self._pace = pace
        self._folder = TemporaryDirectory(prefix="safelight-")
        self._logged: list[str] = []

    async def call(self, ask: Ask) -> Outcome:
        """Make a call; see Session."""
        values = as_values(ask, self._opening, Path(mkdtemp(dir=self._folder.name)))
        try:
            shot = self._subject.run(values, as_environment(values, ask), self._pace)
        except ValueError as error:  # a NUL, or half of a surrogate pair
            return Outcome("unsupported", category="unsupported", message=f"no argument can hold this: {error}")
        try:
            await shot.end()
        finally:
            self._logged.append(shot.child.errors())
        return read_printed(bytes(shot.printed), shot.returncode, shot.child.last_words(), ask.op)

    async def close(self) -> None:
        """Be done with the commands, and with what they have left behind."""
        self._pace.end()
        self._subject.kill_all()
        self._folder.cleanup()

    def logged(self) -> str:
        """What came on standard error."""
        return "\n".join(self._logged)

    def heard(self) -> tuple[Heard, ...]:
        """Nothing: it is no gateway."""
        return ()
