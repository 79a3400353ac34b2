"""What can go wrong with a specification.

    SpecError
    ├── UnknownProvider    a name that no built-in folder has
    └── InvalidSpec        a file that is missing, is not YAML, breaks its schema or refers to nothing

Each carries one sentence for people as its message; the rest are details for tools.
"""

from __future__ import annotations

from pathlib import Path


class SpecError(Exception):
    """Anything wrong with the specifications."""


class UnknownProvider(SpecError):
    """No built-in provider has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(f"There is no provider {name!r}{did_you_mean(name, known)}. Known: {', '.join(known)}.")


class InvalidSpec(SpecError):
    """A specification file cannot be used.

    Args:
        file: The file at fault.
        problem: What is wrong and what is expected, without a full stop.
        location: Where in the file, dotted; empty for the file as a whole.
        line: The line in the file, from 1, where known.
    """

    def __init__(self, file: Path, problem: str, location: str = "", line: int | None = None) -> None:
        self.file = file
        self.problem = problem
        self.location = location
        self.line = line
        place = str(file) if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {location + ': ' if location else ''}{problem}.")


def did_you_mean(name: str, known: tuple[str, ...]) -> str:
    """What to add after an unknown name: a question for the nearest known one, if any is near."""
    from difflib import get_close_matches

    nearest = get_close_matches(name, known, n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""
