"""Calls that have nothing to do with one another, as scenarios: one each where that costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ...subjects.base import SAME_PROCESS
from .stories import story

if TYPE_CHECKING:
    from ...scenarios.model import Call, Scenario
    from ...scenarios.space import Space

_SIZE: Final = 20


def batches(space: Space, calls: Sequence[Call], **parts: Any) -> list[Scenario]:
    """A scenario for each call; for many of them at a time where gateways have to be waited for between scenarios.

    There the calls are made all at once if the parts say `together`.
    """
    if SAME_PROCESS in space.can:
        parts.pop("together", None)
        return [story(space, call, **parts) for call in calls]
    return [story(space, *calls[start : start + _SIZE], **parts) for start in range(0, len(calls), _SIZE)]
