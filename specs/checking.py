"""Is the specification of a provider sound? Schemas of the files, then what schemas can't say.

Imports yaml, so the loader imports it only for files it has not seen before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from .errors import InvalidSpec, did_you_mean
from .openapi import METHODS, resolve
from .references import Place, children, rule_references
from .schema_check import check_schema
from .yaml_source import YamlSource

MESSAGE_VARIABLES = {"field", "value", "reason", "model", "id", "method", "path", "limit", "request_id"}
Sources = Mapping[str, YamlSource]


def read_and_check(folder: Path, contents: Mapping[str, bytes]) -> tuple[Any, Any, Any]:
    """The data of openapi.yaml, behaviour.yaml and rules.yaml.

    Args:
        folder: Where the files lie, for messages.
        contents: The bytes of the three files by name.

    Raises:
        InvalidSpec: The first fault found.
    """
    sources = {Path(name).stem: YamlSource(folder / name, content) for name, content in contents.items()}
    for name, source in sources.items():
        check_schema(source, name)
    for check in (_names, _rules, _references, _operations, _choices, _problems, _messages, _ranges):
        for error in check(sources):
            raise error
    return sources["openapi"].data, sources["behaviour"].data, sources["rules"].data


def _names(sources: Sources) -> Iterator[InvalidSpec]:
    provider = sources["behaviour"].data["provider"]
    if sources["rules"].data["provider"] != provider:
        yield sources["rules"].error(f"is not {provider!r}, as in behaviour.yaml", ("provider",))


def _rules(sources: Sources) -> Iterator[InvalidSpec]:
    source, seen = sources["rules"], set()
    for index, rule in enumerate(source.data["rules"]):
        place = ("rules", index, "id")
        if rule["id"] in seen:
            yield source.error(f"{rule['id']!r} stands twice", place)
        if not rule["id"].startswith(source.data["provider"] + "."):
            yield source.error(f"{rule['id']!r} does not begin with the provider's name", place)
        seen.add(rule["id"])


def _references(sources: Sources) -> Iterator[InvalidSpec]:
    known = tuple(rule["id"] for rule in sources["rules"].data["rules"])
    for name in ("openapi", "behaviour"):
        for place, rule in rule_references(sources[name].data):
            if rule not in known:
                problem = f"rules.yaml has no rule {rule!r}{did_you_mean(rule, known)}"
                yield sources[name].error(problem, place)
    for place, reference in _local_references(sources["openapi"].data):
        try:
            resolve(sources["openapi"].data, {"$ref": reference})
        except LookupError as error:
            yield sources["openapi"].error(str(error.args[0]), place)


def _local_references(node: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    for key, value in children(node):
        if key == "$ref" and isinstance(value, str):
            yield (*place, key), value
        elif key not in ("example", "examples"):
            yield from _local_references(value, (*place, key))


def _operations(sources: Sources) -> Iterator[InvalidSpec]:
    source, seen = sources["openapi"], set()
    schemes = source.data.get("components", {}).get("securitySchemes", {})
    for path, item in source.data["paths"].items():
        for method in METHODS:
            operation = item.get(method, {})
            place = ("paths", path, method)
            for name in {name for row in operation.get("security", []) for name in row} - schemes.keys():
                yield source.error(f"components.securitySchemes has no {name!r}", (*place, "security"))
            if operation.get("operationId") in seen:
                yield source.error(f"{operation['operationId']!r} stands twice", (*place, "operationId"))
            if operation:
                seen.add(operation["operationId"])


def _choices(sources: Sources) -> Iterator[InvalidSpec]:
    source = sources["behaviour"]
    readings, knobs = source.data["readings"], source.data.get("knobs", {})
    for kind, rows in (("readings", readings), ("knobs", knobs)):
        for name, row in rows.items():
            if row["default"] not in row["values"]:
                yield source.error(f"{row['default']!r} is not among its values", (kind, name, "default"))
    for name in readings.keys() & knobs.keys():
        yield source.error("is a reading as well; one point is either", ("knobs", name))
    deciding = source.data["errors"].get("envelope_reading")
    if deciding is not None and deciding not in readings.keys() | knobs.keys():
        yield source.error(f"there is no reading or knob {deciding!r}", ("errors", "envelope_reading"))


def _problems(sources: Sources) -> Iterator[InvalidSpec]:
    source = sources["behaviour"]
    errors = source.data["errors"]
    for kind, row in errors["catalogue"].items():
        if row.get("envelope", "default") not in errors["envelopes"]:
            place: Place = ("errors", "catalogue", kind, "envelope")
            yield source.error(f"there is no envelope {row['envelope']!r}", place)
    for index, row in enumerate(errors.get("overrides", [])):
        if row.get("problem", "internal") not in errors["catalogue"]:
            place = ("errors", "overrides", index, "problem")
            yield source.error(f"there is no problem {row['problem']!r}", place)


def _messages(sources: Sources) -> Iterator[InvalidSpec]:
    source = sources["behaviour"]
    errors = source.data["errors"]
    rows = {("errors", "catalogue", kind): row for kind, row in errors["catalogue"].items()}
    rows |= {("errors", "overrides", index): row for index, row in enumerate(errors.get("overrides", []))}
    for place, row in rows.items():
        message = row.get("message", "")
        try:
            used = {name for _, name, _, _ in Formatter().parse(message) if name is not None}
        except ValueError:
            yield source.error(f"{message!r} is not a template", (*place, "message"))
            continue
        for name in used - MESSAGE_VARIABLES:
            yield source.error(f"a message can't say {{{name}}}", (*place, "message"))


def _ranges(sources: Sources) -> Iterator[InvalidSpec]:
    source = sources["behaviour"]
    durations = source.data["durations"]
    ranges: dict[Place, list[float]] = {("durations", "queued"): durations["queued"]}
    ranges |= {("durations", "tiers", tier): bounds for tier, bounds in durations["tiers"].items()}
    for place, (shortest, longest) in ranges.items():
        if shortest > longest:
            yield source.error(f"the shortest ({shortest}) is above the longest ({longest})", place)
