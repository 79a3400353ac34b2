"""Judges of polls: which job, how often, and when they stop."""

from collections.abc import Callable
from itertools import pairwise
from math import inf
from typing import Final

from .evidence import GOING_ON, Evidence
from .memory import Poll
from .record import FINE, Judge, Ruling

POLL: Final = ("poll",)
ASKED_AGAIN: Final = "the caller may have asked for the job again"

_SLACK = 0.25  # seconds by which a client may be early or late: its clock is not ours
_REPLAY = 0.01  # seconds; an HTTP library repeats a GET by itself when it finds its connection closed
_GRACE = 5.0  # seconds after the start of a band in which its rhythm may still be the old one
_AT_ONCE = 0.5  # seconds; nobody calls this waiting
_FURTHER = 3  # polls after the end of a job that no caller asks for by hand
_HAMMERING = 6  # polls in a row
_REFUSED = 4  # polls in a row
_FINAL = (400, 401, 402, 403, 410)
_NO_IDS = frozenset({"none", "null", "undefined", "nan", "[object object]", "{id}", "{task_id}", "{request_id}", "nil"})


def submitted_id(evidence: Evidence) -> Ruling:
    """What is polled is the id of a submit's answer. An id from elsewhere may well be known to the caller."""
    id = next(iter(evidence.latest.params.values()), "")
    true = evidence.submitted_as(id)
    if true == id:
        return FINE
    if evidence.latest.status != 404:
        return None
    if true is not None:
        return f"{id} is polled, but the id in the answer to the submit was {true}"
    if id.lower() in _NO_IDS and evidence.unpolled:
        return f"{id} is polled, which is no id; that of the submitted job is in `{evidence.dialect.id_field}`"
    return None


def stops(evidence: Evidence) -> Ruling:
    """Polls do not go on and on after an answer with a final status."""
    track = evidence.track
    if track is None or track.ended is None:
        return None
    if track.further >= _FURTHER:
        return f"poll {track.further} of {track.id} after it was {track.ended.word}; none was needed"
    return FINE


def asks_no_more(evidence: Evidence) -> Ruling:
    """Not a single poll after an answer with a final status."""
    track = evidence.track
    if track is None or track.ended is None:
        return None
    return f"{track.id} is polled again after it was {track.ended.word}" if track.further else FINE


def stops_at_failure(evidence: Evidence) -> Ruling:
    """Polls do not go on and on after a status that names failure."""
    track = evidence.track
    if track is None or track.failed is None:
        return None
    if track.further >= _FURTHER:
        return f"poll {track.further} of {track.id} after its status was {track.failed.word}, which names failure"
    return FINE


def first_wait(evidence: Evidence) -> Ruling:
    """The first poll comes late enough after the submit."""
    track, polling = evidence.track, evidence.spec.behaviour.polling
    if track is None or track.submitted is None or len(track.polls) != 1 or polling is None:
        return None
    wait, least = track.polls[0].at - track.submitted, polling.first_after or 0.0
    if 0 <= wait < least - _SLACK:
        return f"the first poll came {wait:.3g} s after the submit; {least:g} s or more are recommended"
    return FINE


def band(number: int, slowest: float | None = None) -> Judge:
    """Polls are as far apart as the band recommends in which the interval begins; `slowest` stretches its upper end."""

    def judge(evidence: Evidence) -> Ruling:
        track, polling = evidence.track, evidence.spec.behaviour.polling
        interval = track.interval() if track else None
        if track is None or track.submitted is None or track.further or interval is None or polling is None:
            return None
        previous, latest = interval
        age, gap = previous.at - track.submitted, latest.at - previous.at
        if gap <= _REPLAY:
            return None
        band = polling.bands[number]
        begins = (polling.bands[number - 1].until or 0.0) + _GRACE if number else (polling.first_after or 0.0) - _SLACK
        if not previous.clean or previous.status != 200 or not begins <= age < (band.until or inf):
            return None
        shortest, longest = band.every
        idle = latest.at - previous.done
        if gap >= shortest - _SLACK and idle <= (slowest or longest) + _SLACK:
            return FINE
        when = f"{age:.4g} s after the submit the next poll came {gap:.3g} s later"
        return f"{when}; {shortest:g} to {longest:g} s are recommended then"

    return judge


def heeds_retry_after(evidence: Evidence) -> Ruling:
    """No poll of a job before the time that its last answer asked for."""
    interval = evidence.track.interval() if evidence.track else None
    if interval is None or interval[0].retry_after is None:
        return None
    previous, latest = interval
    wait = latest.at - previous.done
    asked = previous.retry_after or 0.0
    if 0 <= wait < asked - _SLACK:
        return f"the next poll came {wait:.3g} s after an answer {previous.status} with a Retry-After of {asked:g} s"
    return FINE


def waits_after_429(evidence: Evidence) -> Ruling:
    """A client that was told to slow down does not try again at once, and again."""
    return _no_rush(evidence, 3, lambda poll: poll.status == 429, "answered with 429")


def backs_off(evidence: Evidence) -> Ruling:
    """A client that meets errors of the server does not try again at once, over and over."""
    return _no_rush(evidence, _HAMMERING, lambda poll: poll.status in (0, 429) or poll.status >= 500, "failed")


def ends_when_refused(evidence: Evidence) -> Ruling:
    """A poll that is refused for good is not repeated over and over."""
    polls = _latest(evidence, _REFUSED)
    if not polls or polls[-1].status not in _FINAL:
        return None
    going_on = len(polls) == _REFUSED and all(after.at - before.at <= GOING_ON for before, after in pairwise(polls))
    if going_on and all(poll.status in _FINAL for poll in polls):
        return f"this is poll {_REFUSED} in a row that was refused, now with {polls[-1].status}; the first said enough"
    return FINE


def _no_rush(evidence: Evidence, most: int, bad: Callable[[Poll], bool], what: str) -> Ruling:
    track, polls = evidence.track, _latest(evidence, most)
    if track is None or len(polls) < 2 or not bad(polls[-2]):
        return None
    rush = all(0 <= after.at - before.done < _AT_ONCE for before, after in pairwise(polls))
    if len(polls) == most and rush and all(map(bad, polls[:-1])):
        return f"this is poll {most} in a row of {track.id}, each at once after one that {what}"
    return FINE


def _latest(evidence: Evidence, most: int) -> list[Poll]:
    return list(evidence.track.polls)[-most:] if evidence.track else []
