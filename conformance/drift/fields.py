"""Fields of JSON data by path (`output.image_urls[]`), and where data breaks a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import orjson

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_CHOOSING = ("const", "enum")  # what tells the branches of a choice apart


@dataclass(frozen=True, slots=True)
class Flaw:
    """One field that is missing, or not of the documented form; `told` says it."""

    field: str
    kind: Literal["missing", "form"]
    told: str


def values(data: Any, path: str) -> list[Any]:
    """Every value at a path; `[]` stands for each item of an array."""
    found = [data]
    for part in path.replace("[]", ".[]").split("."):
        if part == "[]":
            found = [item for each in found if isinstance(each, list) for item in each]
        else:
            found = [each[part] for each in found if isinstance(each, Mapping) and part in each]
    return found


def flaws(schema: Mapping[str, Any], data: Any) -> list[Flaw]:
    """Where data breaks a standalone schema; of a choice, what is wrong in the branch that fits best."""
    return [flaw for error in _validator(orjson.dumps(schema)).iter_errors(data) for flaw in _flaws(error)]


@lru_cache(64)
def _validator(schema: bytes) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(orjson.loads(schema))


def _flaws(error: ValidationError) -> Iterator[Flaw]:
    if error.validator in ("oneOf", "anyOf") and error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for each in error.context:
            branches.setdefault(each.schema_path[0], []).append(each)
        for each in min(branches.values(), key=_distance):
            yield from _flaws(each)
        return
    place = _dotted(error.absolute_path)
    instance: Any = error.instance
    expected: Any = error.validator_value
    if error.validator == "required":
        for name in (name for name in expected if name not in instance):
            field = f"{place}.{name}".lstrip(".")
            yield Flaw(field, "missing", f"`{field}` is missing")
    else:
        yield Flaw(place, "form", f"`{place or 'the answer'}` is {_shown(instance)}, not {_wanted(error)}")


def _distance(errors: Iterable[ValidationError]) -> tuple[int, int]:
    errors = list(errors)
    return sum(error.validator in _CHOOSING for error in errors), len(errors)


def _dotted(path: Iterable[str | int]) -> str:
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _shown(value: Any) -> str:
    text = orjson.dumps(value, default=str).decode("utf-8", "replace")
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"


def _wanted(error: ValidationError) -> str:
    expected: Any = error.validator_value
    match error.validator:
        case "const":
            return _shown(expected)
        case "enum":
            return f"one of {', '.join(map(_shown, expected))}"
        case "type":
            return f"of type {expected if isinstance(expected, str) else ' or '.join(expected)}"
        case "pattern":
            return f"of the form {expected}"
        case _:
            return f"as its schema says ({error.validator} {_shown(expected)})"
