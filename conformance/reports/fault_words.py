"""What goes wrong in a scenario, in words: those of the table of faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ...mockserver.faults.kinds import Kind, kinds
from .texts import duration, one_line

_DURATIONS: Final = ("seconds", "retry_after")
_SHARED: Final = ("kind", "provider", "operation", "job", "skip", "times", "probability", "when")
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")
_NOUNS: Final[Mapping[str, str]] = {"media": "fetch of an image", "result": "answer with the result", "*": "request"}
_BEYOND_TABLE: Final = Kind("", "", "", (), ("request",))


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """`first submit: the connection is reset without an answer, after the provider has acted`."""
    name = str(fault.get("kind", "fault"))
    kind = kinds().get(name, _BEYOND_TABLE)
    happens = kind.summary.rstrip(".") or name
    options = _options({**kind.defaults(), **fault})
    told = f" ({', '.join(options)})" if options else ""
    side = fault.get("when", kind.when[0] if kind.when else "")
    acted = ", after the provider has acted" if side == "after" and not kind.changes else ""
    return one_line(f"{_which(fault, kind)}: {happens[0].lower()}{happens[1:]}{told}{acted}")


def _which(fault: Mapping[str, Any], kind: Kind) -> str:
    if kind.standing:
        return "all the time"
    operation = str(fault.get("operation", kind.operation[0]))
    noun = _NOUNS.get(operation, operation)
    share = f"{fault['probability']:.0%} of " if isinstance(fault.get("probability"), int | float) else ""
    skip, times = fault.get("skip", 0), fault.get("times", 1)
    if times is None:
        after = f" after the first {skip}" if skip else ""
        return f"{share}all {_several(noun)}{after}" if share else f"every {noun}{after}"
    if times == 1:
        return f"{share}{_ordinal(skip)} {noun}"
    return f"{share}{_several(noun)} {skip + 1} to {skip + times}"


def _several(noun: str) -> str:
    head, of, rest = noun.partition(" of ")
    return f"{head}{'es' if head.endswith('ch') else 's'}{of}{rest}"


def _ordinal(number: int) -> str:
    return _ORDINALS[number] if number < len(_ORDINALS) else f"number {number + 1}"


def _options(fault: Mapping[str, Any]) -> list[str]:
    named = ((name, value) for name, value in fault.items() if name not in _SHARED and value is not None)
    return [_option(name, value) for name, value in named if name != "retry_after_as" or "retry_after" in fault]


def _option(name: str, value: Any) -> str:
    plain = name.replace("_", " ")
    if name in _DURATIONS and isinstance(value, int | float):
        length = f"{'−' if value < 0 else ''}{duration(abs(value))}"
        return length if name == "seconds" else f"{plain} {length}"
    joined = " ".join(map(str, value)) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)
    return f"{plain} {joined}"
