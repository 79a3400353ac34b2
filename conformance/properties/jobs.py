"""Judges of clients that submit a job and poll it: what was asked for in numbers, which job is followed, until when."""

from __future__ import annotations

from typing import Final

from ..checks.catalogue import DIALECTS
from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.run import Run
from .judging import images_match, shown
from .record import RunJudge
from .wire import ABSENT, at, pictures_of, results_of, sent

AT_ONCE: Final = 0.1  # seconds; whoever waits, waits longer

_EARLY = 1 / 6  # of a life, by which a client may tell an earlier end, to be on the safe side for instance
_LATE = 300.0  # seconds by which it may tell a later one, counting from the poll that brought the result


def count_arrives(run: Run) -> Ruling:
    """The submits ask for as many images as were wished for, all at once or shared out over several jobs."""
    wished = run.wish.count
    if wished is None or not run.submits:
        return None
    counts = [_count_of(seen) for seen in run.submits]
    if None in counts:
        return f"{wished} images were asked for; the submit has {_written(run)} as their number"
    total = sum(filter(None, counts))
    return FINE if total == wished else f"{wished} images were asked for, the submit asks for {total}"


def count_not_replaced(run: Run) -> Ruling:
    """More images than one job may have are refused, or shared out over several jobs; none is left out in silence."""
    delivered = len(run.outcome.images)
    if run.outcome.kind == "result" and delivered != run.wish.count:
        return f"{run.wish.count} images were asked for, the call succeeded with {delivered}"
    return FINE


def none_dropped(run: Run) -> Ruling:
    """References that cannot be had are refused, by the client or by the provider; none is left out in silence."""
    if run.outcome.kind == "result":
        sent_along = [len(pictures_of(seen)) for seen in run.submits]
        return (
            f"these {len(run.wish.images)} references cannot be taken, yet the call succeeded; "
            f"the submit had {sent_along}"
        )
    return FINE


def follows_answer(run: Run) -> Ruling:
    """What is polled is the job that the answer to the submit names."""
    field = DIALECTS[run.provider].id_field
    named = [seen.answer.get(field) for seen in run.submits if seen.clean and seen.accepted]
    if not named:
        return None
    polled = {id for seen in run.polls for id in seen.params.values()}
    missed = next((id for id in named if id not in polled), None)
    if missed is None:
        return FINE
    instead = f"{shown(sorted(polled)[0])} was" if polled else "nothing was"
    return f"the job is {missed}, but {instead} polled; the call ended with {run.outcome.described()}"


def believes_the_end(run: Run) -> Ruling:
    """A job whose end was told is not asked about any more, not even in the same instant."""
    ends = {id: seen for seen in reversed(run.polls) if seen.clean and _is_final(seen) for id in seen.params.values()}
    for seen in run.polls:
        end = next((ends[id] for id in seen.params.values() if id in ends), None)
        if end is not None and seen.number > end.number and seen.at >= end.done:
            return f"{seen.path} is asked for again after it was {end.answer['status']}"
    return FINE if ends else None


def waits_for_word(*fields: str) -> RunJudge:
    """The call does not end before a poll has had a final status, and then as that says.

    `fields` are those of a poll's answer that may be taken for an end.
    """

    def judge(run: Run) -> Ruling:
        early = [seen for seen in run.polls if seen.accepted and not _is_final(seen)]
        if not early or not run.jobs:
            return None
        images = next((found for seen in run.polls if (found := results_of(seen)) is not None), None)
        if images is not None:
            return images_match(run.outcome, images, run)
        if any(map(_is_final, run.polls)):
            return None
        if run.outcome.category == "timeout" and run.outcome.ended < run.jobs[0].ended:
            return None
        last = [early[-1].answer.get(name, ABSENT) for name in fields]
        if any([seen.answer.get(name, ABSENT) for name in fields] == last for seen in early[:-1]):
            return None  # whoever went on after the same answer before did not take it for an end
        told = ", ".join(f"`{name}` {shown(early[-1].answer.get(name, ABSENT))}" for name in fields)
        return f"a poll was answered with {told}, which is no end; the call ended with {run.outcome.described()}"

    return judge


def waits_when_limited(run: Run) -> Ruling:
    """After 429 the same request comes again after a wait if at all, or else the caller is told of the limit."""
    asked = (*run.submits, *run.polls)
    limited = [seen for seen in asked if seen.status == 429]
    if not limited:
        return None
    for seen in limited:
        again = [later for later in asked if later.number > seen.number and later.path == seen.path]
        if again and again[0].at - seen.done < AT_ONCE:
            return f"{seen.method} {seen.path} is sent again at once after it was answered with 429"
    if run.outcome.kind == "result" or run.outcome.category == "rate_limited":
        return FINE
    if run.outcome.category == "timeout" and len(limited) > 1:
        return FINE
    return f"after {len(limited)} answers with 429 the call ended with {run.outcome.described()}"


def not_repeated(run: Run, status: int) -> Ruling:
    """A submit that was refused with this status is not sent again."""
    refused = [seen for seen in run.submits if seen.status == status]
    if not refused:
        return None
    again = sum(seen.number > refused[0].number for seen in run.submits)
    return f"the submit that was refused with {status} was sent {again} more times" if again else FINE


def told_of_failure(run: Run) -> Ruling:
    """The first poll that says that the job failed is the end of the call, as an error that says so."""
    over = next(filter(_is_final, run.polls), None)
    if over is None:
        return None
    outcome, waited = run.outcome, run.outcome.ended - run.since_start(over.done)
    if waited > _LATE:
        return f"{waited:.0f} s after the job had failed the call ended with {outcome.described()}"
    if outcome.kind != "error" or outcome.category in (None, "timeout", "ambiguous", "cancelled"):
        return f"the job failed, but the call ended with {outcome.described()}"
    return FINE


def lasts(seconds: float) -> RunJudge:
    """A client without a deadline does not give up before so many seconds for each image."""

    def judge(run: Run) -> Ruling:
        if not run.submits:
            return None
        outcome, least = run.outcome, seconds * (run.wish.count or 1)
        if outcome.kind == "result" or (outcome.category == "timeout" and outcome.seconds >= least):
            return FINE
        return (
            f"an image may take {seconds:g} s; after {outcome.seconds:.0f} s the call ended with {outcome.described()}"
        )

    return judge


def tells_life(life: float) -> RunJudge:
    """A result of URLs tells when they lapse: so many seconds after the end of the job, or somewhat before."""

    def judge(run: Run) -> Ruling:
        if run.outcome.kind != "result" or not run.jobs:
            return None
        told = run.outcome.expires_at
        if told is None:
            has_urls = any(image.url for image in run.outcome.images)
            return "the result does not tell when its URLs lapse" if has_urls else FINE
        true = run.epoch + max(job.ended for job in run.jobs) + life
        if -_EARLY * life <= told - true <= _LATE:
            return FINE
        return f"the URLs lapse at {true:.0f} (unix seconds), the result tells {told:.0f}"

    return judge


def _is_final(seen: Seen) -> bool:
    dialect = DIALECTS[seen.exchange.provider]
    return seen.accepted and at(seen.answer, (dialect.status_field,)) in dialect.ended | dialect.failed


def _count_of(seen: Seen) -> int | None:
    """How many images a submit asks for; None for a number that is none."""
    said = sent(seen, "count")
    if said is ABSENT:
        return 1
    whole = isinstance(said, int | float) and not isinstance(said, bool) and said == int(said)
    return int(said) if whole else None


def _written(run: Run) -> str:
    return next(shown(sent(seen, "count")) for seen in run.submits if _count_of(seen) is None)
