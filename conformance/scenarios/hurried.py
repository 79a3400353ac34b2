"""Scenarios for whoever lives in real time: what would take minutes takes seconds, in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .model import Call, Scenario

_FASTER: Final = 20.0
_LONGEST: Final = 10.0  # seconds
_LONGEST_REST: Final = 1.0  # seconds of a Retry-After, which may be obeyed several times
_UNOBEYED: Final = 60.0  # seconds from which a Retry-After is seldom obeyed while a caller waits
_OF_A_CLOCK: Final = "clock-skew"  # its seconds are no time that passes


def hurried(scenario: Scenario) -> Scenario:
    """The scenario with shorter times. Deadlines, which are the client's own time, stay as they are."""
    return replace(
        scenario,
        seconds=None if scenario.seconds is None else _shorter(scenario.seconds),
        faults=tuple(map(_hurried_fault, scenario.faults)),
        calls=tuple(map(_hurried_call, scenario.calls)),
    )


def _hurried_fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    shorter = dict(fault)
    if "seconds" in fault and fault["kind"] != _OF_A_CLOCK:
        shorter["seconds"] = _shorter(fault["seconds"])
    if fault.get("retry_after", _UNOBEYED) < _UNOBEYED:
        shorter["retry_after"] = min(_LONGEST_REST, fault["retry_after"])
    return shorter


def _hurried_call(call: Call) -> Call:
    leaves = None if call.cancel_after is None else _shorter(call.cancel_after)
    return replace(call, wait=_shorter(call.wait), cancel_after=leaves)


def _shorter(seconds: float) -> float:
    return min(_LONGEST, seconds / _FASTER)
