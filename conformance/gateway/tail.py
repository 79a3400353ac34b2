"""The end of what a gateway has written, for a sentence."""

from __future__ import annotations

from typing import Final

_LINES: Final = 3
_LONGEST: Final = 300


def last_words(log: str) -> str:
    """Its last lines on one line; nothing where there are none."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    text = repr(" / ".join(lines[-_LINES:]))[1:-1]
    return text if len(text) <= _LONGEST else f"...{text[-_LONGEST:]}"
