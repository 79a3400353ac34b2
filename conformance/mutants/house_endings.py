"""Clients that end too late or too early, or say the wrong thing when they do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final

from ..client import ClientError, Result
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from ..reference.job import Job
from ..reference.polled import PolledClient
from .shared import each_of

_DEADLINE: Final = ("house.endings.by-deadline",)
_EARLY: Final = ("house.endings.not-early",)


@each_of(ReapiClient, OneMinClient, kills=_DEADLINE)
class IgnoresDeadlines(ReferenceClient):
    """The deadline that the caller gives is not looked at."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key)


@each_of(ThreeDaiClient, TokaifyClient, kills=_DEADLINE)
class ObeysWhateverItTakes(ReferenceClient):
    """A Retry-After is waited for even where it is longer than the call may last."""

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        return await work

    def next_wait(self, age: float) -> float:
        if age > self.deadline:
            raise self.error("time is up", "timeout")
        return 5.0


class _Unguarded(PolledClient):
    """Looks at its deadline between polls only."""

    submit_patience = poll_patience = None

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        return await work

    def next_wait(self, age: float) -> float:
        if age > self.deadline:
            raise self.error("time is up", "timeout")
        return super().next_wait(age)


@each_of(ReapiClient, GmiCloudClient, kills=("house.endings.hung-connection",))
class WaitsForSilence(_Unguarded):
    """A connection on which nothing comes is waited for without end."""


@each_of(TokaifyClient, OneMinClient, kills=("house.endings.hung-connection",))
class NeverTimesOut(ReferenceClient):
    """A call waits for its answer without end, whatever its deadline."""

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        return await work


@each_of(ThreeDaiClient, TokaifyClient, kills=("house.endings.by-itself",))
class WaitsForEver(ReferenceClient):
    """Without a deadline a call has no end."""

    default_deadline = 1e9


@each_of(GmiCloudClient, TokaifyClient, kills=_EARLY)
class OneMinuteIsEnough(ReferenceClient):
    """No call lasts longer than a minute, whatever its caller allows."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        super().__init__(base_url=base_url, api_key=api_key, deadline=min(deadline or 900.0, 60.0))


@each_of(ReapiClient, OneMinClient, kills=_EARLY)
class SharesOutDeadline(ReferenceClient):
    """Every try has its share of the deadline, also where the first succeeds."""

    def __init__(self, *, base_url: str, api_key: str, deadline: float | None = None) -> None:
        share = None if deadline is None else deadline / self.most_submits
        super().__init__(base_url=base_url, api_key=api_key, deadline=share)


@each_of(ThreeDaiClient, GmiCloudClient, kills=("house.endings.time-out-told",))
@each_of(OneMinClient, TokaifyClient, kills=("house.endings.silence-told",))
class TimeUpMeansFailed(ReferenceClient):
    """A job that was not done in time is reported as failed."""

    def given_up(self, job: Job) -> ClientError:
        return self.error("the generation failed", "failed", job=job)


@each_of(ReapiClient, GmiCloudClient, kills=("house.endings.id-kept",))
class ForgetsIdInTheEnd(ReferenceClient):
    """The error of a call whose time is up does not tell the id of its job."""

    def given_up(self, job: Job) -> ClientError:
        return super().given_up(replace(job, id=""))


@each_of(ThreeDaiClient, kills=("house.endings.id-kept",))
class PlainTimeouts(ReferenceClient):
    """A call whose time is up ends with nothing but these words."""

    async def within_deadline(self, job: Job, work: Awaitable[Result]) -> Result:
        try:
            return await asyncio.wait_for(work, self.deadline)
        except TimeoutError:
            raise self.error("time is up", "timeout") from None
