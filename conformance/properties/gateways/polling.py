"""How often providers are asked after jobs: that is between them and the gateway, whatever its callers do."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import ASYNC, NAMED
from ...scenarios.model import Call, Manner, Wish
from ...subjects.base import EXACT_TIME
from ..nuisances import ASYNCHRONOUS
from ..record import Property
from .stories import asked, story

if TYPE_CHECKING:
    from ...checks.seen import Seen
    from ...engine.run import JobView, Run
    from ...scenarios.space import Space

_ASYNC: Final = Manner(flow="async")
_SLACK: Final = 0.25  # seconds
_FACTOR: Final = 2.0  # how many times as often a provider may be asked for callers in a hurry
_SPARE: Final = 3  # polls more that make no difference
_CALM: Final = Wish("a blue whale")
_CROWD: Final = 4  # callers who ask a hundred times a second together


def _in_a_hurry(space: Space) -> Any:
    return space.st.just(story(space, asked("async", poll_every=1.0), seconds=70.0))


def _for_minutes(space: Space) -> Any:
    return space.st.just(story(space, asked("async", poll_every=2.0), seconds=240.0))


def _crowd(space: Space) -> Any:
    """A job that is asked after a hundred times a second for a while, and one that is asked after now and then."""
    hasty = Manner(flow="async", poll_every=_CROWD / 100)
    crowd = tuple(Call(op="resume", follows=0, wait=44.0 + number / 100, manner=hasty) for number in range(_CROWD))
    calls = (Call(op="submit", manner=_ASYNC), asked("async", _CALM), *crowd)
    return space.st.just(story(space, *calls, together=True, seconds=45.0))


def _afterwards(space: Space) -> Any:
    looks = tuple(Call(op="status", follows=0, wait=wait, manner=_ASYNC) for wait in (60.0, 2.0, 2.0, 2.0, 30.0, 2.0))
    return space.st.sampled_from(
        [
            story(space, Call(op="submit", manner=_ASYNC), *looks, ending=ending, seconds=2.0)
            for ending in ("succeeded", "failed")
        ]
    )


def in_band(run: Run) -> Ruling:
    """No poll comes before the time that the provider recommends."""
    polling = run.spec.behaviour.polling
    if polling is None or not run.jobs or not run.polls:
        return None
    for job in run.jobs:
        polls = list(run.exchanges_of(job))
        first = run.since_start(polls[0].at) - job.submitted if polls else inf
        if first < (polling.first_after or 0.0) - _SLACK:
            return f"the caller was in a hurry: {first:.3g} s after its submit the job was polled for the first time"
        for before, after in pairwise(polls):
            age, gap = run.since_start(before.at) - job.submitted, after.at - before.at
            shortest = next(band.every[0] for band in polling.bands if age < (band.until or inf))
            if gap < shortest - _SLACK:
                return (
                    f"the caller was in a hurry: {age:.4g} s after its submit the job was polled again in {gap:.3g} s"
                )
    return FINE


def no_more_for_a_crowd(run: Run) -> Ruling:
    """A job that many ask after is not polled more often than one that is asked after now and then."""
    by_prompt = {job.prompt: job for job in run.jobs}
    crowded, calm = by_prompt.get(run.wish.prompt), by_prompt.get(_CALM.prompt)
    if crowded is None or calm is None or run.outcomes[0].kind != "result":
        return None
    many, few = (len(_until_end(run, job)) for job in (crowded, calm))
    asked_for = len([heard for heard in run.heard if heard.role == "poll" and heard.call > 1])
    if many > _FACTOR * few + _SPARE:
        return f"{asked_for} polls of callers led to {many} polls of the provider; a few of them led to {few}"
    return FINE


def asks_no_more(run: Run) -> Ruling:
    """After the end of a job its provider is not asked again, whoever asks the gateway."""
    if run.outcomes[0].kind != "result" or not run.jobs:
        return None
    for job in run.jobs:
        late = [seen for seen in run.exchanges_of(job) if run.since_start(seen.at) >= job.ended]
        if len(late) > 1:
            return f"{job.id} was over, and {len(late) - 1} of the caller's polls were passed on to the provider"
    return FINE


def _until_end(run: Run, job: JobView) -> list[Seen]:
    return [seen for seen in run.exchanges_of(job) if run.since_start(seen.at) <= job.ended + 5.0]


_NEEDS: Final = frozenset({ASYNC, EXACT_TIME, NAMED})

PROPERTIES: Final = (
    Property(
        "gateway.polling.in-band", "gateway.polling.in-band", _in_a_hurry, in_band, _NEEDS, examples=1,
        providers=("reapi",),
        why="A gateway that passes on its callers' impatience is limited, and then all of them wait.",
    ),
    Property(
        "gateway.polling.late-band", "gateway.polling.in-band", _for_minutes, in_band, _NEEDS, examples=1,
        providers=("reapi",),
        why="Jobs that take minutes are polled most often; the provider asks for patience with them.",
    ),
    Property(
        "gateway.polling.not-multiplied", "gateway.polling.not-multiplied", _crowd, no_more_for_a_crowd, _NEEDS,
        examples=1, providers=ASYNCHRONOUS,
        why="A hundred browser tabs that wait for one image must not become a hundred requests a second upstream.",
    ),
    Property(
        "gateway.polling.asks-no-more", "gateway.polling.asks-no-more", _afterwards, asks_no_more, _NEEDS, examples=2,
        providers=ASYNCHRONOUS,
        why="What is over does not change; each question after it costs a request of those that are counted.",
    ),
)  # fmt: skip
