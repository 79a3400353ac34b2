"""The events of a transcript as what lasts and what happens, each on its lane, in virtual seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..suite.results import Event
from .tallies import Tone
from .texts import elided, one_line, shortened
from .transcript import answered, tone_of

LaneKind = Literal["call", "heard", "request", "fault", "job", "ledger", "visit"]
_GOING_ON: Final = frozenset({"submitted", "queued", "pending", "running", "processing"})
_WELL: Final = frozenset({"succeeded", "success", "completed", "finished"})
_SIGNS: Final[dict[Tone, str]] = {"bad": "×", "doubtful": "!"}  # for those who cannot tell the colours


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`, which are the same for what has no duration.

    `label` is wanted, `short` is what stands in for it where there is no space; `title` says all. `number` is that of
    the event in order of time. Spans of one `group` share a row. `last` of its group, or on its own.
    """

    kind: LaneKind
    start: float
    end: float
    label: str
    title: str
    tone: Tone
    number: int
    broke: bool
    short: str = ""
    group: str = ""
    last: bool = True


def spans(ordered: Sequence[Event]) -> list[Span]:
    """What is drawn of the events, which are in order of time."""
    end = reached(ordered)
    found: list[Span] = []
    for number, event in enumerate(ordered):
        match event.kind:
            case "call":
                found.append(_call(ordered, number, event, end))
            case "job":
                found.append(_state(ordered, number, event, end))
            case "heard":
                found.append(_exchange("heard", number, event))
            case "request" | "answer":
                found.append(_exchange("request", number, event))
            case "ledger":
                credits = one_line(event.text) if event.credits is None else f"{event.credits:+g}".replace("-", "−")
                found.append(_instant("ledger", number, event, credits, "doubtful"))
            case "fault" | "visit":
                tone: Tone = "bad" if event.kind == "fault" else "doubtful"
                found.append(_instant(event.kind, number, event, shortened(elided(one_line(event.text)), 40), tone))
            case "outcome":
                pass  # the end of its call
    return found


def reached(events: Sequence[Event]) -> float:
    """When the last of it was over."""
    return max((max(event.at, event.until or event.at) for event in events), default=0.0)


def _title(event: Event) -> str:
    return f"+{event.at:.3f} s  {one_line(event.text)}"


def _exchange(kind: LaneKind, number: int, event: Event) -> Span:
    until = event.at if event.until is None else max(event.at, event.until)
    tone, title = tone_of(event), f"{_title(event)} → {answered(event)}"
    label, short = str(event.status or "no answer"), _SIGNS.get(tone, "")
    return Span(kind, event.at, until, label, title, tone, number, event.broke, short)


def _instant(kind: LaneKind, number: int, event: Event, label: str, tone: Tone) -> Span:
    job = f" ({one_line(event.job)})" if event.job else ""
    credits = f" {label}" if kind == "ledger" else ""
    return Span(kind, event.at, event.at, label, f"{_title(event)}{credits}{job}", tone, number, event.broke)


def _call(ordered: Sequence[Event], number: int, event: Event, end: float) -> Span:
    """From its beginning to its outcome, or to the end where it has none."""
    ends = (each for each in ordered[number:] if each.kind == "outcome" and each.call == event.call)
    outcome = next(ends, None)
    label = one_line(event.text)
    if outcome is None:
        return Span("call", event.at, end, label, _title(event), "quiet", number, event.broke)
    title = f"{_title(event)}\n{_title(outcome)}"
    return Span("call", event.at, outcome.at, label, title, "quiet", number, event.broke or outcome.broke)


def _state(ordered: Sequence[Event], number: int, event: Event, end: float) -> Span:
    """From one state of a job to its next; the last one is an instant, unless the job goes on."""
    following = next((each for each in ordered[number + 1 :] if each.kind == "job" and each.job == event.job), None)
    text = one_line(event.text)
    tone = _tone_of_state(text.lower())
    until = following.at if following else (end if tone == "quiet" else event.at)
    last = following is None
    title = f"{_title(event)}{f' ({one_line(event.job)})' if event.job else ''}"
    return Span("job", event.at, until, text, title, tone, number, event.broke, "", event.job or "", last)


def _tone_of_state(state: str) -> Tone:
    if state in _GOING_ON:
        return "quiet"
    if state in _WELL:
        return "good"
    return "doubtful" if state == "cancelled" else "bad"  # what is left names a failure
