"""A dialogue with one running adapter: operations and their answers, sleeps, and everything that can go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .child import Child, ending
from .errors import AdapterError
from .pace import Pace
from .protocol import LONGEST_LINE, check, quoted, read_event, read_message
from .realtime import RealTimer
from .silence import Silence

CALLS: Final = ("generate", "list", "resume")

_MOMENT: Final = 0.5  # real seconds until an adapter whose pipe is closed is known to have exited, or not to


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and the line it stood on."""

    message: Mapping[str, Any]
    line: bytes


@dataclass(frozen=True, slots=True)
class _Pending:
    op: str
    answer: asyncio.Future[Reply]


@dataclass(frozen=True, slots=True)
class _Sleep:
    timer: asyncio.TimerHandle
    call: int | None
    counts: bool  # else it is a leftover of a call that has been answered


class Dialogue:
    """From the start of an adapter to its end.

    `silence` are the real seconds for which it may say nothing and ask for nothing while something is asked of it.
    Once it breaks the protocol it is killed, `broken` says why, and whoever waits or asks gets that error.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], pace: Pace, timer: RealTimer, silence: float
    ) -> None:
        self._timer = timer
        self._silence = Silence(timer, pace, silence, self._is_expected, self._notice_silence)
        self._pending: dict[int, _Pending] = {}
        self._answered: set[int] = set()
        self._sleeps: dict[str | int, _Sleep] = {}
        self._line = bytearray()
        self._number = 0
        self._closing = False
        self.broken: AdapterError | None = None
        self.pace = pace
        self.who = "the adapter"
        self.child = Child(
            arguments, environment,
            on_output=self._take, on_error=self._silence.note, on_end=self._notice_end, on_deaf=self._suspect_deafness,
        )  # fmt: skip

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.broken is None and self.child.returncode is None

    @property
    def is_idle(self) -> bool:
        """Whether it has answered everything."""
        return not self._pending

    def change_pace(self, pace: Pace) -> None:
        """Live in another scenario's time; what still sleeps has nobody who waits for it."""
        self._end_sleeps()
        self.pace.end()
        self.pace = self._silence.pace = pace

    def ask(self, op: str, **fields: Any) -> tuple[int, asyncio.Future[Reply]]:
        """The id of an operation and its answer to come, which may be an AdapterError."""
        self._number += 1
        number = self._number
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_retrieve)
        if self.broken is not None:
            answer.set_exception(self.broken)
            return number, answer
        self._pending[number] = _Pending(op, answer)
        self.pace.change(calls=1)
        self._silence.watch()
        timed = {} if op == "hello" else {"t": self.pace.now()}
        self._send({"op": op, "id": number, **fields, **timed})
        if self.child.returncode is not None:
            self._notice_end()
        return number, answer

    def say_goodbye(self) -> None:
        """Ask it to end."""
        self._closing = True
        self._send({"op": "bye"})
        self.child.close_input()

    def kill(self, reason: AdapterError | None = None) -> None:
        """End it at once; `reason` is what those get who wait for an answer."""
        self._closing = True
        self.broken = self.broken or reason or AdapterError(f"{self.who} was ended while it was at work.")
        self.child.kill()
        self._end_sleeps()
        self.pace.end()
        self._silence.stop()
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(self.broken)
        self._pending.clear()

    def _send(self, message: Mapping[str, Any]) -> None:
        self.child.write(json.dumps(message).encode() + b"\n")

    def _take(self, data: bytes) -> None:
        self._silence.note()
        if not data:
            self._timer.call_later(_MOMENT, self._notice_muteness)
            return
        start = len(self._line)
        self._line += data
        while self.broken is None and (end := self._line.find(b"\n", start)) >= 0:
            line = bytes(self._line[:end])
            del self._line[: end + 1]
            start = 0
            if line.strip():
                self._read(line)
        if len(self._line) > LONGEST_LINE:
            self._break(f"wrote a line of more than {LONGEST_LINE // 2**20} MB: {quoted(bytes(self._line[:400]))}.")

    def _read(self, line: bytes) -> None:
        try:
            message = read_message(line, self.who)
            if "event" in message:
                self._handle(message, line)
            else:
                self._resolve(message, line)
        except AdapterError as error:
            self.kill(error)

    def _resolve(self, message: dict[str, Any], line: bytes) -> None:
        number = message.get("id")
        if number is None:
            raise AdapterError(f"{self.who} wrote a line with neither `id` nor `event`: {quoted(line)}.")
        if isinstance(number, bool) or not isinstance(number, int):
            raise AdapterError(f"{self.who} answered with an `id` that is no integer: {quoted(line)}.")
        if number in self._answered:
            raise AdapterError(f"{self.who} answered id {number} twice; the second time: {quoted(line)}.")
        if number not in self._pending:
            raise AdapterError(
                f"{self.who} answered id {number}, which nothing was asked under: {quoted(line)}{self._expected()}."
            )
        pending = self._pending[number]
        check("answer", message, line, f"{self.who} answered {pending.op} in a wrong shape")
        del self._pending[number]
        self._answered.add(number)
        for sleep in [name for name, each in self._sleeps.items() if each.call == number]:
            self._end_sleep(sleep)
        self.pace.change(calls=-1)
        if not pending.answer.done():
            pending.answer.set_result(Reply(message, line))

    def _handle(self, message: dict[str, Any], line: bytes) -> None:
        name = read_event(message, line, self.who)
        if name == "now":
            self._send({"op": "time", "now": message["id"], "t": self.pace.now()})
        elif name == "sleep":
            self._sleep(message, line)
        else:
            self._end_sleep(message["id"])

    def _sleep(self, message: Mapping[str, Any], line: bytes) -> None:
        sleep, call = message["id"], message.get("for")
        if sleep in self._sleeps:
            raise AdapterError(f"{self.who} began the sleep {sleep!r} twice: {quoted(line)}.")
        if call is not None and call not in self._pending and call not in self._answered:
            raise AdapterError(
                f"{self.who} sleeps for the call {call}, which there is none of: {quoted(line)}{self._expected()}."
            )
        timer = self.pace.call_later(message["seconds"], lambda: self._wake(sleep))
        self._sleeps[sleep] = _Sleep(timer, call, counts=call is None or call in self._pending)
        self.pace.change(sleeps=self._sleeps[sleep].counts)

    def _wake(self, sleep: str | int) -> None:
        self._silence.note()
        self._end_sleep(sleep)
        self._send({"op": "wake", "sleep": sleep, "t": self.pace.now()})

    def _end_sleep(self, sleep: str | int) -> None:
        ended = self._sleeps.pop(sleep, None)
        if ended is not None:
            ended.timer.cancel()
            self.pace.change(sleeps=-ended.counts)

    def _end_sleeps(self) -> None:
        for sleep in list(self._sleeps):
            self._end_sleep(sleep)

    def _expected(self) -> str:
        if not self._pending:
            return "; nothing is open"
        return f"; open are {', '.join(f'{number} ({each.op})' for number, each in self._pending.items())}"

    def _is_expected(self) -> bool:
        return bool(self._pending) and self.is_alive

    def _notice_silence(self) -> None:
        number, pending = next(iter(self._pending.items()))
        self._break(
            f"was silent for {self._silence.seconds:g} s of real time while it was to answer {pending.op} (id "
            f"{number}): it neither wrote a line, nor asked the simulator, nor slept by an event"
        )

    def _suspect_deafness(self) -> None:
        self._timer.call_later(_MOMENT, self._notice_deafness)

    def _notice_deafness(self) -> None:
        if self.is_alive and not self._closing:
            self._break("closed its standard input, where operations come from")

    def _notice_muteness(self) -> None:
        if self.is_alive and not self._closing:
            self._break("closed its standard output, where answers go to")

    def _notice_end(self) -> None:
        if self._closing or self.broken is not None:
            return
        asked = next((f" before it answered {each.op} (id {number})" for number, each in self._pending.items()), "")
        rest = f"; it left half a line: {quoted(bytes(self._line))}" if self._line.strip() else ""
        self._break(f"{ending(self.child.returncode)}{asked}{rest}")

    def _break(self, what: str) -> None:
        words = self.child.last_words()
        said = f"; its standard error ends with {quoted(words)}." if words else "."
        self.kill(AdapterError(f"{self.who} {what.removesuffix('.')}{said}"))


def _retrieve(answer: asyncio.Future[Reply]) -> None:
    """Whoever asked may have gone; the error is said to the next one."""
    if not answer.cancelled():
        answer.exception()
