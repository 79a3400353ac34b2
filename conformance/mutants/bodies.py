"""What goes wrong with bodies, whoever's they are."""

from typing import Any

Body = dict[str, Any]


def renamed(body: Body, old: str, new: str) -> Body:
    """A body with a field under another name."""
    return {new if name == old else name: value for name, value in body.items()}


def without(body: Body, lost: str) -> Body:
    """A body that lacks a field."""
    return {name: value for name, value in body.items() if name != lost}
