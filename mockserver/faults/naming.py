"""Short names: a failure or a problem of a provider where a kind of fault is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...specs import Behaviour
from .errors import InvalidFault, unknown
from .kinds import kinds


def spell_out(document: Mapping[str, Any], behaviours: Iterable[Behaviour]) -> Mapping[str, Any]:
    """The document with `upstream-submit` as kind made a `failed` for that reason, `unavailable` made a `problem`.

    A name of nothing raises InvalidFault that suggests the nearest.
    """
    name = document.get("kind")
    known = list(kinds())
    if not isinstance(name, str) or name in known:
        return document
    for behaviour in behaviours:
        if name in behaviour.failures:
            return {**document, "kind": "failed", "reason": name}
        if name in behaviour.problems:
            return {**document, "kind": "problem", "problem": name}
        known += [*behaviour.failures, *behaviour.problems]
    raise InvalidFault(unknown("kind of fault", name, tuple(dict.fromkeys(known))))
