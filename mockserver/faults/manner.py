"""How an answer travels when it does not simply arrive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Wait = Callable[[float], Awaitable[None]]  # until an instant in virtual unix seconds; infinity is for ever


@dataclass(frozen=True, slots=True)
class Manner:
    """What the wire does with an answer.

    `reset` and `garbage` send nothing of it. Of the body, a `share` is sent before the connection is closed, in so
    many `pieces` with `pause` virtual seconds between them; in its middle the answer stalls for so many virtual
    seconds. `now` is the clock that all of this goes by, `wait` waits on it.
    """

    now: Callable[[], float]
    wait: Wait
    kind: Literal["reset", "garbage", "body"] = "body"
    share: float = 1.0
    pieces: int = 1
    pause: float = 0.0
    stall: float = 0.0
