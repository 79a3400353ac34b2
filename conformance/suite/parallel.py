"""Judging a subject in several processes at once, each with some of its providers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from typing import Any, Final

from ..engine.engine import Engine
from ..subjects.base import SAME_PROCESS, Subject
from .described import subject_described
from .judging import Listener, Order, judge_subject, plan_items, providers_of, sorted_as
from .results import CheckResult, Effort, Report

_LOOK: Final = 0.1  # seconds between looks at what the processes tell

_told: Any = None  # in a process of the pool: the queue to the one that started it


def can_share(subject: Subject, order: Order) -> bool:
    """Whether other processes can make a subject of their own of this kind, and take a provider each."""
    declared = bool(subject.capabilities.providers)
    return declared and SAME_PROCESS in subject.conditions and len(providers_of(subject.capabilities, order)) > 1


def judge_in_parallel(
    subject: Subject, order: Order, today: date, listener: Listener | None = None, jobs: int = 2
) -> Report:
    """The report on a subject, of which `jobs` processes judge a provider each at a time.

    Raises SubjectError, UnknownCheck and UnknownRequirements.
    """
    tell = listener or Listener()
    items = plan_items(subject, order)
    providers = providers_of(subject.capabilities, order)
    tell.begin(len(items))
    started = time.perf_counter()
    # Each process starts anew: virtual time patches the process it is in, and threads do not survive a fork.
    context = get_context("spawn")
    queue = context.SimpleQueue()
    with ProcessPoolExecutor(min(jobs, len(providers)), context, _remember, (queue,)) as pool:
        shares = [pool.submit(_judge_share, subject.described(), order, today, name) for name in providers]
        try:
            _follow(shares, queue, tell)
            reports = [share.result() for share in shares]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return _merged(reports, time.perf_counter() - started, items)


def _remember(queue: Any) -> None:
    global _told
    _told = queue


def _judge_share(row: dict[str, str], order: Order, today: date, provider: str) -> Report:
    listener = Listener(running=_tell("running"), done=_tell("done"))
    with Engine(subject_described(row)) as engine:
        return judge_subject(engine, order, today, listener, [provider])


def _tell(what: str) -> Any:
    return lambda value: _told.put((what, value))


def _follow(shares: Sequence[Future[Report]], queue: Any, tell: Listener) -> None:
    """Pass on what the processes tell, until all are done or one has failed."""
    while True:
        done, left = wait(shares, timeout=_LOOK, return_when="FIRST_EXCEPTION")
        while not queue.empty():
            what, value = queue.get()
            (tell.running if what == "running" else tell.done)(value)
        if not left or any(share.exception() for share in done):
            return


def _merged(reports: Sequence[Report], seconds: float, items: Sequence[Any]) -> Report:
    results: list[CheckResult] = [result for report in reports for result in report.results]
    efforts = [report.effort for report in reports]
    effort = Effort(
        sum(each.scenarios for each in efforts), seconds, sum(each.virtual_seconds for each in efforts)
    )  # fmt: skip
    unexplored = tuple(name for report in reports for name in report.unexplored)
    return replace(reports[0], results=sorted_as(items, results), effort=effort, unexplored=unexplored)
