"""From a documented request to its images, and the record of what happened on the way."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from ...fixtures.reading import find_exchange
from ...mockserver.clock import Clock
from .recipes import Recipe, pick
from .stage import NotDelivered, Picture, Stage, poll_times


@dataclass(frozen=True, slots=True)
class Moment:
    """A status as the client first saw it, `at` seconds of virtual time after the submit."""

    status: str
    at: float


class Life:
    """The statuses of one job in the order in which its client saw them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.submitted = clock.now()
        self.moments = [Moment("submitted", 0.0)]
        self.polls = 0

    @property
    def seconds(self) -> float:
        """Virtual time since the submit."""
        return self._clock.now() - self.submitted

    def see(self, status: str) -> None:
        """Note a status, unless it is the one already known."""
        if status != self.moments[-1].status:
            self.moments.append(Moment(status, self.seconds))


@dataclass(slots=True)
class Delivery:
    """What came of one example; `problem` says why nothing did, `skipped` why nobody tried."""

    provider: str
    via: str = ""
    moments: list[Moment] = field(default_factory=list)
    polls: int = 0
    virtual_seconds: float = 0.0
    real_seconds: float = 0.0
    credits: float = 0.0
    pictures: list[Picture] = field(default_factory=list)
    problem: str = ""
    skipped: str = ""


Performance = Callable[[Stage, Recipe, Life], Awaitable[list[bytes]]]
"""A way to get from a recipe to its images, noting on the job's life what it sees."""


async def deliver(stage: Stage, recipe: Recipe, perform: Performance, *, name: str = "", via: str = "") -> Delivery:
    """Perform a recipe and save what it brings as `name`. Raises Unwritable where a file cannot be written."""
    wallet = stage.tenant.wallets[recipe.provider]
    delivery = Delivery(recipe.provider, via)
    life = Life(stage.clock)
    started, balance = time.perf_counter(), wallet.balance(stage.clock.now())
    try:
        images = await perform(stage, recipe, life)
        delivery.pictures = _save(stage, recipe, images, name or recipe.provider)
    except (NotDelivered, aiohttp.ClientError, TimeoutError) as error:
        delivery.problem = str(error) or type(error).__name__
    delivery.moments, delivery.polls, delivery.virtual_seconds = life.moments, life.polls, life.seconds
    delivery.credits = balance - wallet.balance(stage.clock.now())
    delivery.real_seconds = time.perf_counter() - started
    return delivery


async def over_http(stage: Stage, recipe: Recipe, life: Life) -> list[bytes]:
    """The images of a recipe, by nothing but the requests that its document shows. Raises NotDelivered."""
    provider = recipe.provider
    request = find_exchange(provider, recipe.example).request.filled(key=stage.key(provider))
    if recipe.poll is None:
        answer = await stage.while_time_passes(stage.send(provider, request))
        if not _look(stage, recipe, life, answer):
            raise NotDelivered(f"the call ended as {life.moments[-1].status}")
    else:
        answer = await stage.send(provider, request)
        _look(stage, recipe, life, answer)
        jobs = pick(answer, recipe.job or "")
        if not jobs:
            raise NotDelivered(f"the answer to the submit has no {recipe.job}")
        answer = await _poll(stage, recipe, life, str(jobs[0]))
    found = pick(answer, recipe.images)
    if stage.behaviour(provider).store == "inline":
        return [b64decode(image) for image in found]
    return [await stage.download(url) for url in found]


def example_prompt(recipe: Recipe) -> str:
    """The prompt of a recipe's request."""
    prompt: str = pick(find_exchange(recipe.provider, recipe.example).request.body, recipe.prompt)[0]
    return prompt


async def _poll(stage: Stage, recipe: Recipe, life: Life, job: str) -> Any:
    """The answer that tells of success."""
    provider = recipe.provider
    request = find_exchange(provider, recipe.poll or "").request.filled(key=stage.key(provider), job_id=job)
    for seconds in poll_times(stage.behaviour(provider).polling):
        stage.wait_until(life.submitted + seconds)
        answer = await stage.send(provider, request)
        life.polls += 1
        if _look(stage, recipe, life, answer):
            return answer
    raise NotDelivered(f"the job has not ended after {life.seconds:.0f} s")


def _look(stage: Stage, recipe: Recipe, life: Life, answer: Any) -> bool:
    """Note the status in an answer; whether the job has succeeded. Raises NotDelivered if it ended otherwise."""
    states = stage.behaviour(recipe.provider).states
    for status in pick(answer, recipe.status)[:1]:
        life.see(status)
        if status in (states["failed"], states.get("cancelled")):
            raise NotDelivered(f"the job ended as {status}")
        return bool(status == states["succeeded"])
    return False


def _save(stage: Stage, recipe: Recipe, images: list[bytes], name: str) -> list[Picture]:
    if len(images) != recipe.count:
        raise NotDelivered(f"{len(images)} images came, not {recipe.count}")
    prompt = example_prompt(recipe)
    return [stage.save(f"{name}-{number}", data, prompt, recipe.size) for number, data in enumerate(images, start=1)]
