"""Asking a server: free probes first, then at most so many orders, each followed to its images and beyond."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import inf
from time import time
from typing import Any, Final
from urllib.parse import quote

from ...specs import Operation, Spec
from .addresses import key_is_refused, look_at_address, refusal_of_key
from .caller import Caller
from .common import NOWHERE, links, probes_of
from .evidence import Answer, Evidence, Life, States
from .fields import values
from .pictures import pictures_inside, seen
from .record import SUBMITS, Order, Probe, Sheet
from .troubles import CannotJudge, WrongAddress

TOO_MANY: Final = 429
_PATIENCE: Final = 180.0  # seconds that a server may keep us waiting with 429
_PAUSE: Final = 20.0  # seconds to wait after a 429 that does not say how long
_USUAL_RHYTHM: Final = (5.0, 5.0)  # seconds before the first poll and between polls, where the document has none
_TRIES: Final = 3  # of a request that costs nothing and changes nothing, and of answers that make no sense
_SILENT: Final = 3  # probes without an answer in a row, from which on there is no use in more
_BETWEEN: Final = 1.0  # seconds between tries
_MOST_PICTURES: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """`most_paid` orders at most; seconds for one order from submit to end, and for any other request."""

    most_paid: int = 1
    deadline: float = 600.0
    request: float = 30.0


class Prober:
    """Asks one server. `run` raises CannotJudge where nothing could be learned."""

    def __init__(
        self, spec: Spec, sheet: Sheet, caller: Caller, limits: Limits, tell: Callable[[str], object] = lambda now: None
    ) -> None:
        """`tell` hears what is being done."""
        self._spec, self._sheet, self._caller, self._limits, self._tell = spec, sheet, caller, limits, tell
        self.evidence = Evidence(spec, States(spec))
        self._taken = 0  # requests that made a job although they were to be refused
        self._waited = 0.0
        self._silent = 0

    async def run(self) -> Evidence:
        """Everything that the limits allow."""
        self._tell("asking what costs nothing")
        for probe in probes_of(self._spec, self._sheet):
            if not self._may_cost(probe) or self._taken < max(1, self._limits.most_paid):
                self.evidence.free[probe.name] = probe, await self._probe(probe)
        look_at_address(self.evidence, self._caller.base_url)
        if self._limits.most_paid == 0 and key_is_refused(self.evidence):
            raise WrongAddress(refusal_of_key(self.evidence))
        for order in self._sheet.orders[: max(0, self._limits.most_paid - self._taken)]:
            if not await self._live(order):
                break
        self.evidence.requests = self._caller.count
        return self.evidence

    # ---- probes ----------------------------------------------------------------------------------------------------

    def _may_cost(self, probe: Probe) -> bool:
        """Whether a server that does not refuse it as documented would make a job of it."""
        operation = self._spec.operation(probe.operation) if probe.operation else None
        return operation is not None and operation.role == SUBMITS and probe.key == "given"

    async def _probe(self, probe: Probe) -> Answer:
        if probe.operation is None:
            answer = await self._repeatedly("GET", NOWHERE, self._spec.operations[0], probe)
        else:
            operation = self._spec.operation(probe.operation)
            path = _filled(operation.path, {**self._sheet.params, **probe.params})
            answer = await self._repeatedly(operation.method, path, operation, probe)
            if operation.role == SUBMITS and self._made_job(answer):
                self._taken += probe.key == "given"
        return answer

    async def _repeatedly(self, method: str, path: str, operation: Operation, probe: Probe) -> Answer:
        """The answer to a probe; of one that only reads, after some tries if the first ones say nothing."""
        for again in range(_TRIES if method == "GET" else 1):
            await asyncio.sleep(_BETWEEN if again else 0.0)
            answer = await self._patiently(method, path, operation, probe)
            self._silent = 0 if answer.status else self._silent + 1
            if self._silent >= _SILENT:
                raise CannotJudge(f"{self._caller.base_url} gives no answer that can be read: {answer.lost}.")
            if 0 < answer.status < 500:
                break
        return answer

    async def _patiently(self, method: str, path: str, operation: Operation, probe: Probe) -> Answer:
        while True:
            answer = await self._caller.ask(method, path, operation.security[0], probe.key, probe.body)
            if answer.status != TOO_MANY or not await self._pause(answer):
                return answer

    async def _pause(self, answer: Answer) -> bool:
        """Wait as a 429 says; False where that would take too long."""
        seconds = retry_after(answer.headers)
        if self._waited + seconds > _PATIENCE:
            return False
        self._waited += seconds
        await asyncio.sleep(seconds)
        return True

    def _made_job(self, answer: Answer) -> bool:
        refused = isinstance(answer.data, Mapping) and answer.data.get("error")
        return answer.served and not refused

    # ---- orders ----------------------------------------------------------------------------------------------------

    async def _live(self, order: Order) -> bool:
        """Place an order and follow it; whether another one makes sense."""
        operation = self._spec.operation(order.operation)
        self._tell(f"waiting for an order: {order.name}")
        life = Life(order, Answer(0, "", "", {}, b"", 0.0))
        await self._balance(life, "before")
        path = _filled(operation.path, self._sheet.params)
        seconds = self._limits.request if self.evidence.states.poll else self._limits.deadline
        while True:
            life.submit = await self._caller.ask(
                "POST", path, operation.security[0], "given", order.body, max(seconds, self._limits.request)
            )
            if life.submit.status != TOO_MANY or not await self._pause(life.submit):
                break
        self.evidence.lives.append(life)
        if not life.submit.served:
            self._say_why(life.submit)
            return False
        await self._follow(life, operation)
        await self._balance(life, "end")
        return True

    def _say_why(self, submit: Answer) -> None:
        problems, status = self.evidence.problems, submit.status
        if status in (401, 403) and key_is_refused(self.evidence):
            raise WrongAddress(refusal_of_key(self.evidence))
        if not submit.sent:
            problems.append(f"The order could not be placed: {submit.lost}.")
        elif not status:
            problems.append(f"The order got no answer ({submit.lost}); it may have been paid and was not repeated.")
        elif status in (401, 402, 403, TOO_MANY) or status >= 500:
            problems.append(f"The order was answered with {submit.told}, so no job could be looked at.")

    async def _follow(self, life: Life, operation: Operation) -> None:
        poll = self.evidence.states.poll
        if poll is None:
            life.pictures = pictures_inside(life.submit)
        else:
            name, field = links(self._spec, operation)
            found = [value for value in values(life.submit.data, field) if isinstance(value, str) and value]
            if not found:
                return
            life.task = found[0]
            path = _filled(poll.path, {name: life.task})
            await self._until_end(life, poll, path)
            if life.ending is not None:
                await self._beyond(life, poll, path)
        await self._fetch(life)

    async def _until_end(self, life: Life, poll: Operation, path: str) -> None:
        """Poll in the documented rhythm until the task is at its end, the time is up, or the answers make no sense."""
        states, senseless = self.evidence.states, 0
        while True:
            elapsed = self._caller.at - life.submit.until
            await asyncio.sleep(self._interval(elapsed if life.polls else None))
            answer = await self._caller.ask("GET", path, poll.security[0], "given")
            life.polls.append(answer)
            if answer.status == 200 and states.rank(answer.data) == 2:
                life.ending = states.kind(answer.data)
                return
            if answer.status == TOO_MANY and await self._pause(answer):
                life.polls.pop()
                continue
            senseless = 0 if answer.status == 200 and states.word(answer.data) else senseless + 1
            if senseless >= _TRIES:
                self.evidence.problems.append(f"The task {life.task} could not be followed: {answer.told}.")
                return
            if self._caller.at - life.submit.until >= self._limits.deadline:
                told = f"The task {life.task} was not at its end after {self._limits.deadline:g} s."
                self.evidence.problems.append(told)
                return

    def _interval(self, elapsed: float | None) -> float:
        """Seconds until the next poll; before the first one `elapsed` is None."""
        polling = self._spec.behaviour.polling
        if polling is None:
            return _USUAL_RHYTHM[elapsed is not None]
        if elapsed is None:
            return polling.first_after or 0.0
        band = next(band for band in polling.bands if elapsed < (inf if band.until is None else band.until))
        return (band.every[0] + min(band.every[1], 2 * band.every[0])) / 2

    async def _beyond(self, life: Life, poll: Operation, path: str) -> None:
        """Look at a task after its end: is the end final, do polls cost, do others see it?"""
        await self._balance(life, "ended")
        for _ in range(2):
            await asyncio.sleep(self._interval(self._caller.at - life.submit.until))
            life.after.append(await self._caller.ask("GET", path, poll.security[0], "given"))
        await self._balance(life, "polled")
        for key in ("none", "wrong"):
            life.strangers.append(await self._caller.ask("GET", path, poll.security[0], key))

    async def _fetch(self, life: Life) -> None:
        if self._sheet.images is None:
            return
        source = life.submit if self.evidence.states.poll is None else next(iter(life.polls[-1:]), life.submit)
        urls = [url for url in values(source.data, self._sheet.images) if isinstance(url, str)]
        for url in urls[:_MOST_PICTURES]:
            answer = await self._caller.fetch(url)
            if not 0 < answer.status < 500 or answer.status == TOO_MANY:
                await asyncio.sleep(_BETWEEN)
                answer = await self._caller.fetch(url)
            life.pictures.append(seen(answer, answer.body))

    async def _balance(self, life: Life, when: str) -> None:
        """Read the credits where the server has them to read."""
        operation = next((each for each in self._spec.operations if each.role == "balance"), None)
        if operation is None:
            return
        answer = await self._caller.ask(operation.method, operation.path, operation.security[0], "given")
        amount = _amount(answer.data) if answer.status == 200 else None
        if amount is not None:
            life.balances[when] = amount, answer


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait, in either form of the header."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return max(1.0, float(text))
    except ValueError:
        pass
    try:
        return max(1.0, parsedate_to_datetime(text).timestamp() - time())
    except (ValueError, TypeError):
        return _PAUSE


def _amount(data: Any) -> float | None:
    try:
        return float(data["balance"])
    except (KeyError, TypeError, ValueError):
        return None


def _filled(path: str, params: Mapping[str, str]) -> str:
    for name, value in params.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
