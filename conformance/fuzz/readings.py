"""What a server may make of a body that is not quite as its schema says, and what of it is wrong for certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import jsonschema_rs

_GONE = object()  # stands for a property that is left out


def is_wrong(body: Any, validator: jsonschema_rs.Validator) -> bool:
    """Whether a body is invalid however kindly it is read.

    Numbers and truth may stand in texts and the other way round, and null may stand for what is not there.
    """
    read = body
    for error in validator.iter_errors(body):
        read = next((each for each in _read_otherwise(read, error.instance_path) if validator.is_valid(each)), read)
    return not validator.is_valid(read)


def trimmed(body: Any, validator: jsonschema_rs.Validator) -> Any:
    """A wrong body without the properties that have nothing to do with what is wrong."""
    if not isinstance(body, dict):
        return body
    mistakes = mistakes_in(body, validator)
    for name in list(body):
        shorter = {key: value for key, value in body.items() if key != name}
        left = mistakes_in(shorter, validator)
        if left and left <= mistakes and is_wrong(shorter, validator):
            body, mistakes = shorter, left
    return body


def mistakes_in(body: Any, validator: jsonschema_rs.Validator) -> set[tuple[str, ...]]:
    """Which keywords are broken, and where."""
    return {
        (*map(str, error.schema_path), "in", *map(str, error.instance_path)) for error in validator.iter_errors(body)
    }


def _read_otherwise(body: Any, path: Sequence[str | int]) -> Iterator[Any]:
    """A body with other readings of the value at a path, and then of those in it."""
    value = body
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return
    for other in _other_readings(value):
        yield _put(body, path, other)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, each in inside:
        for other in _other_readings(each):
            yield _put(body, [*path, part], other)


def _other_readings(value: Any) -> Iterator[Any]:
    if value is None:
        yield _GONE
    elif isinstance(value, bool):
        yield from (int(value), str(value).lower())
    elif isinstance(value, int | float):
        yield from (str(value), bool(value), int(value))
    elif isinstance(value, str):
        try:
            yield orjson.loads(value)
        except orjson.JSONDecodeError:
            yield value.strip()


def _put(body: Any, path: Sequence[str | int], value: Any) -> Any:
    if not path:
        return None if value is _GONE else value
    first, rest = path[0], path[1:]
    if isinstance(body, dict):
        made = {**body, first: _put(body[first], rest, value) if rest else value}
        return {name: each for name, each in made.items() if each is not _GONE}
    copy = list(body)
    copy[int(first)] = _put(copy[int(first)], rest, value) if rest else value
    return [each for each in copy if each is not _GONE]
