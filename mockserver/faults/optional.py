"""Which parts of an answer may be missing: those without which it still fits its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import jsonschema_rs


def without_optional(value: Any, schema: Mapping[str, Any]) -> Any:
    """A copy of a valid JSON value without the fields that the schema does not insist on; outer ones go first."""
    fits = jsonschema_rs.Draft202012Validator(dict(schema)).is_valid
    rest = deepcopy(value)
    if not fits(rest):
        return rest
    for row in _objects(rest):
        for key in tuple(row):
            kept = dict(row)
            del row[key]
            if not fits(rest):
                row.clear()
                row.update(kept)
    return rest


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, outer ones first; what has been taken out of one meanwhile is not visited."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in list(inner):
        yield from _objects(item)
