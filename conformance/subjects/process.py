"""An adapter that is started once and spoken to in JSON lines, as protocol.yaml has it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from ..client import Capabilities
from ..engine.outcome import Heard, Outcome
from .apart import SILENCE, Apart
from .base import EXACT_TIME, LONG_LIVED, NEW_ADDRESS, Ask, Opening
from .child import split_command
from .clocks import VIRTUAL
from .dialogue import Dialogue, Reply
from .errors import AdapterError
from .pace import Pace
from .protocol import VERSION
from .translation import VIRTUAL_SLEEP, read_answer, read_capabilities, write_ask, write_opening

if TYPE_CHECKING:
    from ..engine.stage import Stage

_FAREWELL: Final = 2.0  # real seconds for an adapter to end by itself


class ProcessSubject(Apart):
    """The client behind the adapter that `command` runs; for the rest see Apart.

    Raises BadSubject for a command that is none.
    """

    def __init__(self, command: str, *, clock: str = VIRTUAL, silence: float = SILENCE) -> None:
        super().__init__(clock, silence)
        self.command = command
        self.capabilities = Capabilities(features=frozenset())
        self._arguments = split_command(command, "--command")
        self._parallel: int | None = None
        self._dialogue: Dialogue | None = None
        self._session: ProcessSession | None = None

    @property
    def conditions(self) -> frozenset[str]:
        """What can be judged of a client that is run like this."""
        always = {LONG_LIVED, NEW_ADDRESS}
        return frozenset({EXACT_TIME, *always} if self._clock.is_virtual else always)

    def described(self) -> dict[str, str]:
        """How to name it again."""
        return {"kind": "command", "command": self.command, "clock": self._clock.name}

    async def start(self) -> None:
        """Run the adapter and ask what it can do. Raises SubjectError."""
        await self.begin()
        try:
            await self._run(self.pace())
        except BaseException:
            await self.stop()
            raise

    async def open(self, opening: Opening, stage: Stage) -> ProcessSession:
        """A client for one scenario; an adapter that is not at rest is run anew. Raises AdapterError."""
        if self._session is not None:  # the scenario was given up
            self._session.give_up()
        pace = self.pace(stage)
        dialogue = self._dialogue
        if dialogue is None or not dialogue.is_alive or not dialogue.is_idle:
            dialogue = await self._run(pace)
        else:
            dialogue.change_pace(pace)
        dialogue.child.forget_errors()
        reply = await dialogue.ask("open", **write_opening(opening))[1]
        self._session = ProcessSession(self, dialogue, self._parallel, _refusal(reply, dialogue.who))
        return self._session

    async def stop(self) -> None:
        """End the adapter and all that it has started."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            await self._end(dialogue)
        await self.finish()

    def done_with(self, session: ProcessSession) -> None:
        """The session is over; an adapter that has not answered everything is ended."""
        self._session = None
        session.dialogue.pace.end()
        if session.dialogue.is_alive and not session.dialogue.is_idle:
            self._kill(session.dialogue)

    async def _run(self, pace: Pace) -> Dialogue:
        if self._dialogue is not None:
            self._kill(self._dialogue)
        dialogue = Dialogue(self._arguments, self.environment(), pace, self.timer, self._silence)
        self._dialogue = dialogue
        dialogue.child.ended.add_done_callback(lambda _: self.tidy(dialogue.child.pid))
        suite = f"safelight {version('safelight')}"
        reply = await dialogue.ask("hello", protocol=VERSION, suite=suite, clock=self.clock)[1]
        _check_done(reply, "say hello", dialogue.who)
        self.capabilities, features = read_capabilities(reply.message["ok"], reply.line, dialogue.who)
        self._parallel = _at_once(features)
        self.check_sleep(dialogue.who, virtual_sleep=bool(features.get(VIRTUAL_SLEEP)))
        return dialogue

    def _kill(self, dialogue: Dialogue) -> None:
        dialogue.kill()
        self.kill_all()

    async def _end(self, dialogue: Dialogue) -> None:
        if dialogue.is_alive:
            dialogue.say_goodbye()
            unwait = self.timer.call_later(_FAREWELL, dialogue.kill)
            await asyncio.shield(dialogue.child.ended)
            unwait()
        self._kill(dialogue)
        await asyncio.shield(dialogue.child.ended)


class ProcessSession:
    """One client of an adapter. `refusal` is what each call comes to where the adapter would not make it."""

    def __init__(
        self, subject: ProcessSubject, dialogue: Dialogue, parallel: int | None, refusal: Outcome | None
    ) -> None:
        self.dialogue = dialogue
        self._subject = subject
        self._refusal = refusal
        self._features = subject.capabilities.features
        self._turns = asyncio.Semaphore(parallel) if parallel else nullcontext()
        self._given_up = False

    async def call(self, ask: Ask) -> Outcome:
        """Make a call; see Session."""
        if self._refusal is not None:
            return self._refusal
        async with self._turns:
            if self._given_up:
                return Outcome("hung")
            number, answer = self.dialogue.ask(ask.op, **write_ask(ask))
            try:
                reply = await asyncio.shield(answer)
            except asyncio.CancelledError:
                reply = await self._cancel(number, answer)
            return read_answer(reply.message, ask.op, reply.line, self.dialogue.who)

    async def close(self) -> None:
        """Be done with the client; see Session."""
        try:
            if self._given_up or (self.dialogue.is_alive and not self.dialogue.is_idle):
                return
            if self.dialogue.broken is not None:
                raise self.dialogue.broken
            if "close" in self._features:
                _check_done(await self.dialogue.ask("close")[1], "close", self.dialogue.who)
        finally:
            self._subject.done_with(self)

    def logged(self) -> str:
        """What came on standard error."""
        return self.dialogue.child.errors()

    def heard(self) -> tuple[Heard, ...]:
        """Nothing: it is no gateway."""
        return ()

    def give_up(self) -> None:
        """End the adapter, which does something that nobody waits for any more."""
        self._given_up = True
        self.dialogue.kill()

    async def _cancel(self, number: int, answer: asyncio.Future[Reply]) -> Reply:
        if "cancel" not in self._features:
            self.give_up()
            raise asyncio.CancelledError
        with self.dialogue.pace.pressing():
            self.dialogue.ask("cancel", target=number)
            try:
                return await asyncio.shield(answer)
            except AdapterError:  # whoever closes the session is told
                raise asyncio.CancelledError from None


def _refusal(reply: Reply, who: str) -> Outcome | None:
    """What every call comes to after this answer to `open`; None if there is a client. Raises AdapterError."""
    if "ok" in reply.message:
        return None
    outcome = read_answer(reply.message, "open", reply.line, who)
    if outcome.kind == "unsupported":
        return outcome
    raise AdapterError(f"{who} could not open a client: {outcome.described()}.")


def _check_done(reply: Reply, op: str, who: str) -> None:
    if "ok" not in reply.message:
        outcome = read_answer(reply.message, op, reply.line, who)
        raise AdapterError(f"{who} failed to {op}: {outcome.described()}.")


def _at_once(features: Mapping[str, Any]) -> int | None:
    """How many calls an adapter takes at once; None for any number."""
    declared = features.get("parallel", False)
    return None if declared is True else int(declared) or 1
