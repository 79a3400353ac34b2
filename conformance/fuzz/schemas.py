"""The schemas of an OpenAPI file, compiled when they are first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

if TYPE_CHECKING:
    import jsonschema_rs

Side = Literal["request", "response"]

_HERE: Final = "urn:openapi"
_HIDDEN: Final = {"request": "readOnly", "response": "writeOnly"}  # what a side need not have although it is required
_DATA: Final = frozenset({"example", "examples", "default", "const", "enum"})  # where no schemas stand


class Schemas:
    """Validators of the schemas of a file, by where they stand. Formats are taken as notes, as JSON Schema has it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._is_old = str(data.get("openapi")).startswith("3.0")
        self._registries: dict[Side, Any] = {}
        self._validators: dict[tuple[str, Side], jsonschema_rs.Validator] = {}

    def validator(self, pointer: str, side: Side) -> jsonschema_rs.Validator:
        """The validator of the schema at a pointer, for requests or for responses."""
        key = pointer, side
        if key not in self._validators:
            reference = f"{_HERE}#{quote(pointer, safe='/~')}"
            self._validators[key] = self._kind[0]({"$ref": reference}, registry=self._registry(side))
        return self._validators[key]

    def _registry(self, side: Side) -> Any:
        import jsonschema_rs

        if side not in self._registries:
            document = _adapted(self._data, _HIDDEN[side], self._is_old)
            self._registries[side] = jsonschema_rs.Registry([(_HERE, document)], draft=self._kind[1])
        return self._registries[side]

    @cached_property
    def _kind(self) -> tuple[Any, Any]:
        """Validator and draft: 3.0 means what draft 4 does, 3.1 is JSON Schema."""
        import jsonschema_rs as rs

        return (rs.Draft4Validator, rs.Draft4) if self._is_old else (rs.Draft202012Validator, rs.Draft202012)


def _adapted(node: Any, hidden: str, is_old: bool) -> Any:
    """A document in which hidden properties are not required, and `nullable` is said as JSON Schema does."""
    if isinstance(node, list):
        return [_adapted(each, hidden, is_old) for each in node]
    if not isinstance(node, Mapping):
        return node
    made = {name: each if name in _DATA else _adapted(each, hidden, is_old) for name, each in node.items()}
    properties = node.get("properties")
    if isinstance(properties, Mapping) and isinstance(node.get("required"), list):
        kept = [name for name in node["required"] if not _is_hidden(properties.get(name), hidden)]
        made["required"] = kept
        if is_old and not kept:
            del made["required"]  # draft 4 has no empty ones
    return _with_null(made) if is_old and node.get("nullable") is True else made


def _is_hidden(schema: Any, hidden: str) -> bool:
    return isinstance(schema, Mapping) and schema.get(hidden) is True


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return {"anyOf": [{"type": "null"}, schema]}
    made = {**schema, "type": [schema["type"], "null"]}
    return {**made, "enum": [*schema["enum"], None]} if "enum" in schema else made
