"""Requests that break one constraint of their schema each, derived from the schema itself.

The walk goes through `properties`, `items`, `allOf`, `then` and `else`, and keeps for every place in the
body a valid body around it, so that the broken constraint is the only one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import jsonschema_rs
from harness import base64_png, data_uri

Put = Callable[[Any], Any]
Schema = Mapping[str, Any]

RULE = "x-safelight-rule"
STRINGS = (
    "x",
    "https://example.com/cat.png",
    data_uri(),
    "gs://bucket/cat.png",
    "image/png",
    "",
    "ftp://example.com/cat.png",
    "data:text/plain;base64,eA==",
    "http://",
)
OF_EVERY_TYPE: tuple[Any, ...] = (None, True, "2", 1.5, 7, [], {})


class Case(NamedTuple):
    """A body that breaks one constraint, and where: the dotted place, the keyword, the value there, its rule."""

    field: str
    keyword: str
    value: Any
    rule: str | None
    body: Any


class Place(NamedTuple):
    """A place in a body: its dotted name, the schema that holds there, the nearest rule, how to fill it."""

    field: str
    schema: Schema
    rule: str | None
    put: Put


def violations(root: Schema) -> Iterator[Case]:
    """Every constraint below `root` broken one at a time, each in a body that is otherwise valid."""
    walk = Walk(root)
    for place in walk.places():
        for keyword, values in walk.broken(place):
            cases = (Case(place.field, keyword, value, place.rule, place.put(value)) for value in values)
            yield from (case for case in cases if not walk.valid(root, case.body))  # a `then` may not apply
        yield from walk.missing(place)


class Walk:
    """A walk through one standalone schema."""

    def __init__(self, root: Schema) -> None:
        self._shared = root.get("components", {})
        self._root = root

    def places(self) -> Iterator[Place]:
        """Every place that the schema says something about, outermost first."""
        yield from self._below(Place("body", self._root, None, lambda value: value))

    def valid(self, schema: Schema, value: Any) -> bool:
        """Whether a value fits a part of the schema."""
        return jsonschema_rs.Draft202012Validator({**schema, "components": self._shared}).is_valid(value)

    def values(self, schema: Schema) -> Iterator[Any]:
        """Values that fit a part of the schema, the plainest first."""
        yield from (value for value in self._guesses(schema) if self.valid(schema, value))

    def broken(self, place: Place) -> Iterator[tuple[str, Iterator[Any]]]:
        """The keywords of a place with the values that break them."""
        for keyword in place.schema:
            breaking = _BREAKING.get(keyword)
            if breaking is not None:
                values = breaking(place.schema[keyword])
                yield keyword, (value for value in values if self._breaks(keyword, place.schema, value))
        yield from self._lengths(place)
        if {"oneOf", "anyOf"} & place.schema.keys():
            yield "oneOf" if "oneOf" in place.schema else "anyOf", iter([{}])

    def missing(self, place: Place) -> Iterator[Case]:
        """The required properties of a place, each left out."""
        for name in place.schema.get("required", ()):
            rule = place.schema.get("properties", {}).get(name, {}).get(RULE, place.rule)
            whole = next(self.objects(place.schema.get("x-whole", place.schema), name))
            body = place.put({key: value for key, value in whole.items() if key != name})
            yield Case(_join(place.field, name), "required", None, rule, body)

    def objects(self, schema: Schema, name: str) -> Iterator[dict[str, Any]]:
        """Valid objects that have a property of this name, the smallest first."""
        properties = self._properties(schema)
        for others in self._required_sets(schema):
            whole = {key: next(self.values(properties.get(key, {})), "x") for key in others if key != name}
            for value in self.values(properties.get(name, {})):
                if self.valid(schema, {**whole, name: value}):
                    yield {**whole, name: value}

    def _below(self, place: Place) -> Iterator[Place]:
        schema = place.schema
        place = place._replace(rule=schema.get(RULE, place.rule))
        if "$ref" in schema:
            yield from self._below(place._replace(schema=self._target(schema["$ref"])))
        yield place
        for name, part in schema.get("properties", {}).items():
            yield from self._below(Place(_join(place.field, name), part, place.rule, self._beside(place, name)))
        if "items" in schema:
            yield from self._below(Place(f"{place.field}[0]", schema["items"], place.rule, self._in_array(place)))
        for part in chain(schema.get("allOf", ()), (schema[word] for word in ("then", "else") if word in schema)):
            yield from self._below(place._replace(schema=self._inherit(schema, part)))

    def _inherit(self, schema: Schema, part: Schema) -> Schema:
        """A branch, able to complete an object from the properties of the schema that it is a branch of."""
        return {**part, "x-whole": schema.get("x-whole", schema)}

    def _beside(self, place: Place, name: str) -> Put:
        whole = next(self.objects(place.schema.get("x-whole", place.schema), name))
        return lambda value: place.put({**whole, name: value})

    def _in_array(self, place: Place) -> Put:
        return lambda value: place.put([value])

    def _properties(self, schema: Schema) -> Mapping[str, Schema]:
        if "$ref" in schema:
            return self._properties(self._target(schema["$ref"]))
        properties: Mapping[str, Schema] = schema.get("x-whole", schema).get("properties", {})
        return properties

    def _required_sets(self, schema: Schema) -> Iterator[tuple[str, ...]]:
        """What an object may need: its required properties, alone or with those of one of its branches."""
        own = tuple(schema.get("required", ()))
        yield own
        branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        branches += [schema[word] for word in ("then", "else") if word in schema]
        for branch in branches:
            yield from ((*own, *more) for more in self._required_sets(branch) if more)

    def _guesses(self, schema: Schema) -> Iterator[Any]:
        if "$ref" in schema:
            yield from self._guesses(self._target(schema["$ref"]))
        if "const" in schema:
            yield schema["const"]
        yield from schema.get("enum", ())
        kinds = schema.get("type", ())
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield from self._guesses_of(kind, schema)

    def _guesses_of(self, kind: str, schema: Schema) -> Iterator[Any]:
        if kind == "string":
            yield from [base64_png()] if "contentEncoding" in schema else STRINGS
        elif kind in ("integer", "number"):
            yield schema.get("minimum", 1)
        elif kind == "boolean":
            yield True
        elif kind == "array":
            yield from ([item] * schema.get("minItems", 0) for item in self.values(schema.get("items", {})))
        elif kind == "object":
            yield {}
            for required in self._required_sets(schema):
                properties = self._properties(schema)
                yield {name: next(self.values(properties.get(name, {})), "x") for name in required}

    def _lengths(self, place: Place) -> Iterator[tuple[str, Iterator[Any]]]:
        item = next(self.values(place.schema.get("items", {})), "https://example.com/cat.png")
        if place.schema.get("minItems", 0) > 0:
            yield "minItems", iter([[item] * (place.schema["minItems"] - 1)])
        if "maxItems" in place.schema:
            yield "maxItems", iter([[item] * (place.schema["maxItems"] + 1)])

    def _breaks(self, keyword: str, schema: Schema, value: Any) -> bool:
        """Whether the value breaks the keyword, with a type that the keyword speaks of."""
        if keyword == "type":
            return not self.valid({"type": schema["type"]}, value)
        return not self.valid({keyword: schema[keyword]}, value)

    def _target(self, reference: str) -> Schema:
        target: Schema = self._shared["schemas"][reference.rpartition("/")[2]]
        return target


def _join(field: str, name: str) -> str:
    return name if field == "body" else f"{field}.{name}"


def _beside_enum(options: list[Any]) -> list[Any]:
    return ["nonsense", f"{options[0]} ", str(options[-1]).swapcase(), ""]


_BREAKING: Mapping[str, Callable[[Any], list[Any]]] = {
    "type": lambda kind: list(OF_EVERY_TYPE),
    "enum": _beside_enum,
    "const": lambda wanted: _beside_enum([wanted]),
    "minimum": lambda least: [least - 1, least - 1e9, -(10**18)],
    "maximum": lambda most: [most + 1, most + 0.5, 10**18, 1e300],
    "minLength": lambda least: ["x" * (least - 1)],
    "maxLength": lambda most: ["x" * (most + 1), "猫" * (most + 1), "\U0001f408" * (most + 1)],
    "pattern": lambda pattern: [text for text in STRINGS if not re.search(pattern, text)],
}
