"""A transcript as lines to read: when, what kind of thing, what, and whether it is what the verdict is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from ..checks.seen import CLIENT_GONE
from ..suite.results import Event
from .bodies import says
from .tallies import Tone
from .texts import duration, elided, one_line, plural

BROKE: Final = "✗"
CALLER: Final = "▸"  # before what is asked of a gateway
LONG_PAUSE: Final = 600.0  # seconds from which a pause has a line of its own
_FEWEST_FOLDED: Final = 3  # lines that are all the same


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `at` is None for a pause and for what stands for several `events`."""

    at: float | None
    head: str
    text: str
    tone: Tone = "quiet"
    broke: bool = False
    events: tuple[Event, ...] = ()

    @property
    def when(self) -> str:
        """The virtual time as `+30.000 s`."""
        return "" if self.at is None else f"+{self.at:.3f} s"


def transcript_text(events: Iterable[Event], most: int | None = None) -> str:
    """The transcript as plain text in columns; of a longer one than `most` lines, what matters."""
    lines = transcript_lines(events)
    return "\n".join(columns(lines if most is None else excerpt(lines, most)))


def transcript_lines(events: Iterable[Event]) -> list[Line]:
    """The events in order of time, with the many that are alike folded and long pauses told."""
    ordered = sorted(events, key=lambda event: event.at)
    several = len({event.call for event in ordered if event.call is not None}) > 1
    lines = [_line(event, several) for event in ordered]
    return _with_pauses(_folded(lines))


def columns(lines: Sequence[Line]) -> list[str]:
    """Each line as text, aligned with the others."""
    when = max((len(line.when) for line in lines), default=0)
    head = max((len(line.head) for line in lines), default=0)
    return [
        f"{BROKE if line.broke else ' '} {line.when:>{when}}  {line.head:{head}}  {line.text}".rstrip()
        for line in lines
    ]


def excerpt(lines: Sequence[Line], most: int) -> list[Line]:
    """At most about so many lines: the first, the last, and those about what the verdict is about."""
    if len(lines) <= most:
        return list(lines)
    share = max(1, most // 3)
    broke = next((number for number, line in enumerate(lines) if line.broke), len(lines) - 1)
    shown = {*range(share), *range(len(lines) - share, len(lines)), *range(broke - share // 2, broke + share // 2 + 1)}
    picked: list[Line] = []
    for is_shown, numbers in groupby(range(len(lines)), key=shown.__contains__):
        group = list(numbers)
        picked += [lines[n] for n in group] if is_shown else [Line(None, "", f"… {plural(len(group), 'more line')}")]
    return picked


def _line(event: Event, several: bool) -> Line:
    number = f" {event.call + 1}" if several and event.call is not None else ""
    text = one_line(event.text)
    job = f" ({one_line(elided(event.job))})" if event.job else ""
    match event.kind:
        case "request" | "visit" | "heard":
            return _exchange_line(event, text)
        case "call":
            return Line(event.at, f"call{number}", text, "quiet", event.broke, (event,))
        case "outcome":
            return Line(event.at, f"end{number}", text, "quiet", event.broke, (event,))
        case "ledger":
            credits = "" if event.credits is None else f"{event.credits:+g}  "
            return Line(
                event.at, "ledger", f"{credits.replace('-', '−')}{text}{job}", "doubtful", event.broke, (event,)
            )
        case "fault":
            return Line(event.at, "fault", f"{text}{job}", "bad", event.broke, (event,))
        case _:
            return Line(event.at, event.kind, f"{text}{job}", "quiet", event.broke, (event,))


def _exchange_line(event: Event, text: str) -> Line:
    method, space, target = text.partition(" ")
    method, target = (method, target) if space else (event.kind, text)
    if event.kind == "visit":
        return Line(event.at, method, f"{target}  (not the provider)", "doubtful", event.broke, (event,))
    if event.kind == "heard":
        method = f"{CALLER}{method}"
    where = f"{elided(target)} → {answered(event)}"
    told = says(event.detail)
    return Line(event.at, method, f"{where}  {told}" if told else where, tone_of(event), event.broke, (event,))


def answered(event: Event) -> str:
    """The status of an answer, and when it came where that was later."""
    took = 0.0 if event.until is None else event.until - event.at
    after = f" after {duration(took)}" if took >= 0.001 else ""
    status = "the client left" if event.status == CLIENT_GONE else str(event.status or "no answer")
    return f"{status}{after}"


def tone_of(event: Event) -> Tone:
    """How good an answer is, whoever it is that did wrong."""
    if not event.status or event.status >= 499:
        return "bad"
    return "good" if event.status < 400 else "doubtful"


def _folded(lines: Iterable[Line]) -> list[Line]:
    folded: list[Line] = []
    for _, alike in groupby(lines, key=lambda line: (line.head, line.text, line.broke)):
        group = list(alike)
        middle = group[2:-1]
        folded += [*group[:2], _fold(group), *group[-1:]] if len(middle) >= _FEWEST_FOLDED else group
    return folded


def _fold(group: Sequence[Line]) -> Line:
    times = [line.at or 0.0 for line in group[1:]]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    least, most = duration(min(gaps)), duration(max(gaps))
    rhythm = f"{least} apart" if least == most else f"{least} to {most} apart"
    events = tuple(event for line in group[2:-1] for event in line.events)
    return Line(None, "", f"… {len(events)} more like this, {rhythm}", "quiet", False, events)


def _with_pauses(lines: Iterable[Line]) -> list[Line]:
    spaced: list[Line] = []
    reached = 0.0
    for line in lines:
        times = [(event.at, event.until or event.at) for event in line.events]
        if times and min(times)[0] - reached >= LONG_PAUSE:
            spaced.append(Line(None, "", f"⋯ {duration(min(times)[0] - reached)} pass ⋯"))
        reached = max([reached, *(until for _, until in times)])
        spaced.append(line)
    return spaced
