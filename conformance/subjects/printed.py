"""What a command printed, as the outcome of a call: JSON on the last line, or URLs."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ..engine.outcome import Delivered, Outcome
from .child import ending
from .errors import AdapterError
from .protocol import check, quoted
from .translation import read_answer

WHO: Final = "the command"

_URL = re.compile(r"https?://\S+")


def read_printed(printed: bytes, returncode: int | None, last_words: str, op: str) -> Outcome:
    """What a call came to. Raises AdapterError for a success that shows nothing.

    Without an answer, an exit code other than 0 is an error without a category.
    """
    text = printed.decode("utf-8", "replace")
    lines = _lines(text)
    answer = _answer_in(lines)
    if answer is not None:
        return read_answer(answer, op, text, WHO)
    if returncode != 0:
        message = last_words or f"{WHO} {ending(returncode)}"
        return Outcome("error", exception=f"exit {returncode}", message=message, told=text)
    if lines and all(map(_URL.fullmatch, lines)):
        return Outcome("result", images=tuple(Delivered(url=line) for line in lines), told=text)
    raise AdapterError(
        f"{WHO} exited with code 0, but {_seen(lines, last_words)}; expected is a JSON object with `ok`, `error` or "
        "`unsupported` on the last line, or a URL on every line."
    )


def read_hello(printed: bytes, returncode: int | None, last_words: str) -> tuple[Any, str]:
    """What is under `ok` in the answer to hello, and its line. Raises AdapterError."""
    lines = _lines(printed.decode("utf-8", "replace"))
    answer = _answer_in(lines)
    if answer is None or "ok" not in answer:
        raise AdapterError(
            f"{WHO} does not answer `hello` ({ending(returncode)}; {_seen(lines, last_words)}); with {{op}} in it, it "
            'is to print {"ok": {"name": ..., "features": {...}}}.'
        )
    return answer["ok"], lines[-1]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _answer_in(lines: list[str]) -> dict[str, Any] | None:
    """The answer on the last line, if there is a JSON object. Raises AdapterError where that is none."""
    try:
        answer = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    check("answer", {"id": 1, **answer}, lines[-1], f"{WHO} answered in a wrong shape")
    return answer


def _seen(lines: list[str], last_words: str) -> str:
    what = f"its last line is {quoted(lines[-1])}" if lines else "it printed nothing"
    return f"{what}, and its standard error ends with {quoted(last_words)}" if last_words else what
