"""Copies of JSON values with something changed on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def objects(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy with every object changed, the inner ones first."""
    if isinstance(value, dict):
        return change({key: objects(item, change) for key, item in value.items()})
    return [objects(item, change) for item in value] if isinstance(value, list) else value


def everywhere(value: Any, changes: Mapping[str, Callable[[Any], Any]]) -> Any:
    """A copy with the values under certain names changed, wherever these stand."""

    def change(row: dict[str, Any]) -> dict[str, Any]:
        return {key: changes[key](item) if key in changes else item for key, item in row.items()}

    return objects(value, change)
