"""The table of kinds.yaml as records, read when the first fault is armed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ...specs.cache import read_yaml
from .errors import InvalidFault, unknown

FILE = Path(__file__).with_name("kinds.yaml")

_STANDING = ("kind", "provider", "operation")  # the fields of a fault that is there as long as it is armed


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault; the head of kinds.yaml says what the fields mean."""

    name: str
    summary: str
    effect: str
    operations: tuple[str, ...]
    operation: tuple[str, ...]
    when: tuple[str, ...] = ()
    changes: bool = False
    inline: bool = False
    standing: bool = False
    magic: bool = True
    needs: str | None = None
    lacks: str = ""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def fits(self, name: str, role: str) -> bool:
        """Whether it makes sense for an operation of a role, asked for by a name that may stand for several."""
        if self.standing or role == "media":
            return name in self.operations
        return role in self.operations or "api" in self.operations

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a document that describes such a fault."""
        shared = dict(_data()["fields"])
        if self.standing:
            shared = {name: shared[name] for name in _STANDING}
        elif not self.when:
            del shared["when"]
        else:
            shared["when"] = {"enum": list(self.when)}
        properties = {**shared, "kind": {"const": self.name}, **self.options}
        return {
            "type": "object",
            "properties": properties,
            "required": ["kind", *self.required],
            "additionalProperties": False,
        }

    def defaults(self) -> dict[str, Any]:
        """The options that have a value where none is given."""
        return {name: schema["default"] for name, schema in self.options.items() if "default" in schema}


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by name, in the order of the file."""
    return {name: _kind(name, row) for name, row in _data()["kinds"].items()}


def find_kind(name: str) -> Kind:
    """The kind of this name. Raises InvalidFault that suggests the nearest."""
    known = kinds()
    if name not in known:
        raise InvalidFault(unknown("kind of fault", name, tuple(known)))
    return known[name]


@cache
def _data() -> Any:
    return read_yaml(FILE)


def _kind(name: str, row: Mapping[str, Any]) -> Kind:
    lists = {key: tuple(row[key]) for key in ("operations", "operation", "when", "required") if key in row}
    return Kind(name=name, **{**row, **lists})
