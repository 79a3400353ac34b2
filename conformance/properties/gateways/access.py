"""Who gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import KEYS
from ...scenarios.model import Call, Manner, Scenario
from ..record import Property

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_REFUSED: Final = (401, 403)


def _strangers(space: Space) -> Any:
    """Calls of somebody without a key, or with one that is nobody's."""
    keys = space.st.sampled_from(("none", "wrong"))
    return keys.map(lambda key: Scenario(space.provider, (Call(manner=Manner(key=key)),), seed=space.seed))


def refused_at_the_door(run: Run) -> Ruling:
    """A stranger is refused, and no provider hears of it."""
    if run.upstream:
        return f"a call with {run.call.manner.key} as its key made the gateway send {run.upstream[0].method} upstream"
    status = run.outcome.status
    return FINE if status in _REFUSED else f"a call with {run.call.manner.key} as its key was answered with {status}"


PROPERTIES: Final = (
    Property(
        "gateway.access.key-wanted", "gateway.access.key-wanted", _strangers, refused_at_the_door,
        frozenset({KEYS}), examples=4, once=True,
        why="Anybody who finds the gateway has images made at the cost of whoever runs it.",
    ),
)  # fmt: skip
