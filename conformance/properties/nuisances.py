"""What goes wrong on the way between any client and any provider, as documents of faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..scenarios.vocabulary import vocabulary
from ..subjects.base import SOCKET_TIMEOUTS

if TYPE_CHECKING:
    from ..scenarios.space import Space

Fault = Mapping[str, Any]

ASYNCHRONOUS: Final = ("reapi", "threedai", "gmicloud")  # that answer a submit with a job to poll
SYNCHRONOUS: Final = ("tokaify", "onemin")  # that answer it with the images
ENDING_WITHOUT_IMAGE: Final = ("gmicloud", "tokaify", "onemin")  # where a job may end well without an image
ENDING_WITH_FEWER: Final = ("reapi", "threedai", "gmicloud", "tokaify")  # whose answers may hold fewer than asked for
POLLED: Final = "poll"

_LOST: Final[tuple[Fault, ...]] = (
    {"kind": "reset", "when": "after"},
    {"kind": "garbage", "when": "after"},
    {"kind": "truncated"},
    {"kind": "edge-page", "when": "after", "status": 504},
    {"kind": "edge-page", "when": "after", "status": 502},
    {"kind": "empty", "when": "after"},
    {"kind": "truncated-json"},
    {"kind": "wrong-content-type"},
    {"kind": "edge-page", "when": "after", "status": 504, "seconds": 60},
)
_HANGING: Final[tuple[Fault, ...]] = (
    {"kind": "hang", "when": "after"},
    {"kind": "hang", "when": "after", "at": "body"},
)
_BROKEN: Final[tuple[Fault, ...]] = ({"kind": "reset"}, {"kind": "garbage"}, {"kind": "truncated"})


def lost_submits(space: Space) -> list[Fault]:
    """A submit creates a job, but its answer never comes, or makes no sense."""
    return [{**fault, "operation": "submit"} for fault in (*_LOST, *hanging(space))]


def hanging(space: Space) -> tuple[Fault, ...]:
    """The connection stays, but nothing comes; only for those whose time-outs are in the simulator's time."""
    return _HANGING if SOCKET_TIMEOUTS in space.can else ()


def broken(space: Space) -> list[Fault]:
    """The connection breaks, at any request."""
    return everywhere(space, (*_BROKEN, *hanging(space)))


def everywhere(space: Space, faults: Iterable[Fault]) -> list[Fault]:
    """These faults at each of the operations of a plain call, submits first."""
    operations = ("submit",) if vocabulary(space.provider).waits else ("submit", POLLED)
    listed = list(faults)
    return [{**fault, "operation": operation} for operation in operations for fault in listed]


def repeated(faults: Iterable[Fault], *times: int | None) -> list[tuple[Fault, ...]]:
    """Each fault so many times; None is for ever."""
    listed = list(faults)
    return [({**fault, "times": time},) for time in times for fault in listed]
