"""How jobs get on: with time, with the number of polls, or at once."""

import re
from dataclasses import dataclass
from typing import Literal

_POLLS = re.compile(r"polls:([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Progress:
    """`polls` is the number of the poll that finds the job ended, for kind polls."""

    kind: Literal["time", "polls", "immediate"] = "time"
    polls: int = 0

    def __str__(self) -> str:
        return f"polls:{self.polls}" if self.kind == "polls" else self.kind


def parse_progress(text: str) -> Progress:
    """The progress that `time`, `immediate` or `polls:N` names; ValueError says what is allowed."""
    if text == "time":
        return Progress("time")
    if text == "immediate":
        return Progress("immediate")
    match = _POLLS.fullmatch(text)
    if match is None:
        raise ValueError(f"progress must be time, immediate or polls:N such as polls:3, not {text!r}")
    return Progress("polls", int(match[1]))
