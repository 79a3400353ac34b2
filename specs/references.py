"""Where a specification file refers to the rules of rules.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]
RULE_KEYS = frozenset({"rule", "refund_rule", "life_rule", "x-safelight-rule"})
RULE_LIST_KEYS = frozenset({"x-safelight-beyond-schema"})


def rule_references(node: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every reference to a rule below the node, as (place, rule id)."""
    for key, value in children(node):
        here = (*place, key)
        if key in RULE_KEYS and isinstance(value, str):
            yield here, value
        elif key in RULE_LIST_KEYS:
            yield from (((*here, index), rule) for index, rule in enumerate(value))
        else:
            yield from rule_references(value, here)


def children(node: Any) -> Iterator[tuple[str | int, Any]]:
    """Keys or indices of a mapping or list with their values; nothing for a scalar."""
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)


def dotted(place: Place) -> str:
    """A place as people write it, `paths./v1/jobs.post.parameters[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")
