"""Making the calls of a scenario: one after another or all at once, each with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Final

from ..client import Bytes, GenerateRequest, Url
from ..scenarios.model import Call, Picture, Scenario, Wish
from ..subjects.base import Ask, Session
from .client_tasks import ClientTasks
from .gallery import Gallery, drawn
from .outcome import Kind, Outcome
from .stage import Stage

PATIENCE: Final = 4 * 3_600.0  # virtual seconds: no client's own deadline is longer for one picture
BEYOND_DEADLINE: Final = 1_200.0  # virtual seconds for a call with a deadline after that
_CLEANING: Final = 60.0  # virtual seconds for a cancelled call to clean up

_SHARED: Final = (
    "prompt", "ratio", "resolution", "count", "output_format", "temperature", "top_p", "channel",
)  # fmt: skip


class Calls:
    """The calls of one scenario to one session."""

    def __init__(
        self, scenario: Scenario, session: Session, stage: Stage, gallery: Gallery, tasks: ClientTasks
    ) -> None:
        self._scenario = scenario
        self._session = session
        self._stage = stage
        self._gallery = gallery
        self._tasks = tasks
        self._outcomes: dict[int, Outcome] = {}

    @property
    def references(self) -> tuple[bytes, ...]:
        """The pictures of the first call."""
        return tuple(map(drawn, map(_plain, self._scenario.wish.images)))

    @property
    def reference_urls(self) -> tuple[str, ...]:
        """Where the pictures of the first call lie that were handed over as URLs."""
        return tuple(self._gallery.url_of(each) for each in self._scenario.wish.images if each.by == "url")

    async def make(self, too_many: asyncio.Future[None]) -> tuple[Outcome, ...]:
        """Every call's outcome. `too_many` is done when a client has asked for so much that it will not end."""
        self._too_many = too_many
        calls = list(enumerate(self._scenario.calls))
        if self._scenario.together:
            await asyncio.gather(*(self._make(number, call) for number, call in calls))
        else:
            for number, call in calls:
                await self._make(number, call)
        return tuple(self._outcomes[number] for number, _ in calls)

    async def _make(self, number: int, call: Call) -> None:
        if call.wait:
            await self._stage.sleep(call.wait)
        started = self._stage.now
        ask = self._ask(number, call)
        outcome = Outcome("unsupported") if ask is None else await self._end(self._session.call(ask), call)
        self._outcomes[number] = replace(outcome, started=started, ended=self._stage.now)

    async def _end(self, work: Coroutine[Any, Any, Outcome], call: Call) -> Outcome:
        task = self._tasks.start(work)
        limit = PATIENCE if self._scenario.deadline is None else self._scenario.deadline + BEYOND_DEADLINE
        gives_up = call.cancel_after is not None and call.cancel_after <= limit
        limit = limit if call.cancel_after is None else min(limit, call.cancel_after)
        ends: tuple[asyncio.Future[Any], ...] = (task, self._too_many)
        await asyncio.wait(ends, timeout=self._stage.real(limit), return_when="FIRST_COMPLETED")
        if task.done():
            return task.result()
        cancelled = gives_up and not self._too_many.done()
        return await _cancel(task, "cancelled" if cancelled else "hung", self._stage.real(_CLEANING))

    def _ask(self, number: int, call: Call) -> Ask | None:
        """None where an earlier call left nothing to go on from."""
        earlier = None if call.follows is None else self._outcomes.get(call.follows)
        if call.op == "list":
            return Ask("list", model="gemini-3-pro-image-preview")
        if call.op == "models":
            return Ask("models", number=number, manner=call.manner)
        if call.op in ("resume", "status"):
            id = call.manner.job or (earlier.task_id if earlier else None)
            return None if id is None else Ask(call.op, task_id=id, number=number, manner=call.manner)
        previous = None
        if call.follows is not None:
            if earlier is None or earlier.conversation is None:
                return None
            previous = earlier.conversation
        return Ask(call.op, self._request(call.wish, previous), number=number, manner=call.manner)

    def _request(self, wish: Wish, previous: Any = None) -> GenerateRequest:
        shared = {name: getattr(wish, name) for name in _SHARED}
        return GenerateRequest(images=tuple(map(self._reference, wish.images)), previous=previous, **shared)

    def _reference(self, picture: Picture) -> Url | Bytes:
        if picture.by == "url":
            return Url(self._gallery.url_of(picture))
        return Bytes(drawn(_plain(picture)), f"image/{picture.format}")


def _plain(picture: Picture) -> Picture:
    return replace(picture, by="url", url=None)


async def _cancel(task: asyncio.Task[Outcome], kind: Kind, patience: float) -> Outcome:
    """What a call came to that was cancelled. It has a while to clean up."""
    task.cancel()
    await asyncio.wait([task], timeout=patience)
    if task.done() and not task.cancelled() and task.exception() is None:
        ended = task.result()
        return ended if kind == "cancelled" else replace(ended, kind=kind)
    return Outcome(kind)
