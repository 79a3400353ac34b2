"""A transcript as a picture: what lies where on which lane. Positions are in pixels; a template draws them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from ..suite.results import Event
from .axis import Axis
from .lanes import LaneKind, Span, reached, spans
from .tallies import Tone
from .texts import duration, shortened

LETTER: Final = 6.3  # pixels, roughly
ROW: Final = 20
LEFT: Final = 18  # pixels before the first instant, so that what stands on it is whole
RIGHT: Final = 96  # and after the last one, where its label goes
TOP: Final = 42  # the axis
_BAR: Final = 9  # the narrowest bar
_MARK: Final = 13
_MOST_ROWS: Final = 4  # of marks with labels; more of them stand without
_TICK: Final = 62  # pixels that the label of an instant needs
_PAUSE: Final = 44  # and that of a pause
_LANES: Final[Sequence[tuple[LaneKind, str]]] = (
    ("call", "calls"),
    ("heard", "gateway"),
    ("request", "requests"),
    ("fault", "faults"),
    ("job", "jobs"),
    ("ledger", "ledger"),
    ("visit", "elsewhere"),
)
_MARKS: Final = ("fault", "ledger", "visit")


@dataclass(frozen=True, slots=True)
class Item:
    """A bar from `x` over `width`, or a mark at `x` where there is no width, on a row of its lane.

    The label stands `inside` the bar, or behind it; `number` is that of the event in order of time.
    """

    x: float
    width: float
    label: str
    inside: bool
    title: str
    tone: Tone
    number: int
    broke: bool
    row: int = 0
    reach: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane from `y` downwards."""

    kind: LaneKind
    name: str
    y: int
    height: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A text about a position."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything to draw, and what is said to those who cannot see it."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Label, ...]
    breaks: tuple[Label, ...]
    pauses: tuple[Label, ...]
    spoken: str


def timeline(events: Iterable[Event]) -> Timeline:
    """The picture of a transcript."""
    ordered = sorted(events, key=lambda event: event.at)
    drawn = spans(ordered)
    axis = Axis([event.at for event in ordered] + [span.end for span in drawn])
    lanes = _lanes(drawn, axis)
    lasted = reached(ordered) - ordered[0].at if ordered else 0.0
    return Timeline(
        width=round(max([LEFT + axis.width + RIGHT, *(item.reach for lane in lanes for item in lane.items)])),
        height=(lanes[-1].y + lanes[-1].height if lanes else TOP) + 4,
        lanes=lanes,
        ticks=_ticks(ordered, axis),
        breaks=tuple(Label(LEFT + (gap.start + gap.end) / 2, duration(gap.seconds)) for gap in axis.gaps if gap.broken),
        pauses=_pauses(drawn, axis),
        spoken=f"Timeline of {len(ordered)} events in {duration(lasted)}, which the transcript tells in words.",
    )


def _lanes(drawn: Sequence[Span], axis: Axis) -> tuple[Lane, ...]:
    lanes: list[Lane] = []
    y = TOP
    for kind, name in _LANES:
        mine = [span for span in drawn if span.kind == kind]
        if mine:
            items = _placed(mine, axis)
            lanes.append(Lane(kind, name, y, (1 + max(item.row for item in items)) * ROW + 10, items))
            y += lanes[-1].height
    return tuple(lanes)


def _placed(mine: Sequence[Span], axis: Axis) -> tuple[Item, ...]:
    """Each on the first row on which there is space."""
    items = _on_rows(mine, [_item(span, axis) for span in mine])
    if mine[0].kind in _MARKS and max(item.row for item in items) >= _MOST_ROWS:
        items = _on_rows(
            mine, [replace(_item(span, axis), label="", reach=LEFT + axis.at(span.start) + _MARK) for span in mine]
        )
    return tuple(items)


def _on_rows(mine: Sequence[Span], items: Iterable[Item]) -> list[Item]:
    placed: list[Item] = []
    ends: list[float] = []  # up to where each row is taken
    rows: dict[str, int] = {}
    for span, item in zip(mine, items, strict=True):
        row = rows.get(span.group) if span.group else None
        if row is None:
            row = next((row for row, end in enumerate(ends) if end <= item.x + 0.01), len(ends))
        if row == len(ends):
            ends.append(0.0)
        ends[row] = inf if span.group else item.reach  # the rest of the row is for the group
        if span.group:
            rows[span.group] = row
        placed.append(replace(item, row=row))
    return placed


def _item(span: Span, axis: Axis) -> Item:
    x = LEFT + axis.at(span.start)
    text = len(span.label) * LETTER
    if span.kind in _MARKS:
        return Item(
            x, 0.0, span.label, False, span.title, span.tone, span.number, span.broke, reach=x + _MARK + text + 12
        )
    width = max(axis.at(span.end) - axis.at(span.start), _BAR)
    label, inside = span.label, text + 10 <= width
    if not inside and span.kind == "call":
        label, inside = shortened(label, max(1, int((width - 10) / LETTER))) if width > 50 else "", True
    elif not inside and not (span.kind == "job" and span.last):
        label, inside = span.short, True
    reach = x + width + (1.5 if inside else text + 12)
    return Item(x, width, label, inside, span.title, span.tone, span.number, span.broke, reach=reach)


def _ticks(ordered: Sequence[Event], axis: Axis) -> tuple[Label, ...]:
    """As many instants as there is space for: the first, those behind a break, then the others."""
    behind = {gap.end for gap in axis.gaps if gap.broken}
    starts = sorted({event.at for event in ordered})
    chosen: list[float] = []
    for at in sorted(starts, key=lambda at: (at != starts[0] and axis.at(at) not in behind, at)):
        if all(abs(axis.at(at) - axis.at(other)) >= _TICK for other in chosen):
            chosen.append(at)
    return tuple(Label(LEFT + axis.at(at), f"+{duration(at)}") for at in sorted(chosen))


def _pauses(drawn: Sequence[Span], axis: Axis) -> tuple[Label, ...]:
    """How long there is no request under way, where there is space to say it."""
    broken = [gap for gap in axis.gaps if gap.broken]
    labels: list[Label] = []
    over: float | None = None
    for span in (span for span in drawn if span.kind == "request"):
        if over is not None and span.start > over:
            start, end = axis.at(over) + _BAR, axis.at(span.start)
            if end - start >= _PAUSE and not any(start - _BAR <= gap.start and gap.end <= end for gap in broken):
                labels.append(Label(LEFT + (start + end) / 2, duration(span.start - over)))
        over = span.end if over is None else max(over, span.end)
    return tuple(labels)
