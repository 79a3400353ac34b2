"""What is wrong with data that people wrote? jsonschema-rs decides, being fast; jsonschema finds the words."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from .errors import did_you_mean
from .references import Place

if TYPE_CHECKING:
    from jsonschema import ValidationError


def complaint(schema: Mapping[str, Any], data: Any) -> tuple[Place, str] | None:
    """Where data breaks a schema and what is wrong there, in the case that is most to the point; None if it fits."""
    if jsonschema_rs.Draft202012Validator(dict(schema)).is_valid(data):
        return None

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema).iter_errors(data))
    if error is None:
        return (), "does not fit its schema"
    return tuple(error.absolute_path), _explain(error)


def _explain(error: ValidationError) -> str:
    expected: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    found = reprlib.repr(instance)
    match error.validator:
        case "required":
            missing = next(key for key in expected if key not in instance)
            return f"{missing!r} is missing"
        case "additionalProperties" if expected is False:
            known = tuple(schema["properties"])
            unknown = next(key for key in instance if key not in known)
            return f"{unknown!r} is not a known key{did_you_mean(unknown, known)}"
        case "enum":
            return f"{found} is not one of {', '.join(map(str, expected))}"
        case "type":
            return f"{found} is not of type {expected if isinstance(expected, str) else ' or '.join(expected)}"
        case _:
            return error.message
