"""Reading JSON of unknown shape: what is not there, or not of the right type, is None or empty, never an exception."""

from typing import Any


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys; None where it does not lead anywhere."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_at(value: Any, *path: str) -> str | None:
    """The text at a path; None where there is none or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) and found else None


def rows_at(value: Any, *path: str) -> list[Any]:
    """The list at a path, empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def code_at(value: Any, *path: str) -> str | int | None:
    """The code of an error at a path, in words or as a number; None where there is none."""
    found = at(value, *path)
    return found if (isinstance(found, str) and found) or type(found) is int else None
