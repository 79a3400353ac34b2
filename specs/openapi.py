"""From an OpenAPI 3.1 document to `Operation`s. Only local references; the document has passed `checking`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .model import Operation, Parameter, SecurityScheme

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Data = Mapping[str, Any]


def build_operations(document: Data) -> tuple[Operation, ...]:
    """Every operation of the document, in its order."""
    return tuple(
        _operation(document, method, path, item, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    )


def resolve(document: Data, node: Data) -> Data:
    """The node, or what its local `$ref` (chains included) points at.

    Raises:
        LookupError: A reference is not local, its target does not exist, or it leads back to itself.
    """
    followed: list[str] = []
    while "$ref" in node:
        if node["$ref"] in followed:
            raise LookupError(f"{node['$ref']!r} leads back to itself")
        followed.append(node["$ref"])
        node = lookup(document, node["$ref"])
    return node


def lookup(document: Data, reference: str) -> Data:
    """The part of the document that a local reference such as `#/components/schemas/Error` names.

    Raises:
        LookupError: The reference is not local or its target does not exist.
    """
    if not reference.startswith("#/"):
        raise LookupError(f"{reference!r} is not a local reference")
    target: Any = document
    for part in reference[2:].split("/"):
        try:
            target = target[part.replace("~1", "/").replace("~0", "~")]
        except (KeyError, TypeError):
            raise LookupError(f"{reference!r} points at nothing") from None
    if not isinstance(target, dict):
        raise LookupError(f"{reference!r} points at something that is not an object")
    return target


def standalone(document: Data, schema: Data) -> Data:
    """The schema with the document's shared schemas beside it, so that its references resolve."""
    return {**schema, "components": {"schemas": document.get("components", {}).get("schemas", {})}}


def _operation(document: Data, method: str, path: str, item: Data, operation: Data) -> Operation:
    body = resolve(document, operation.get("requestBody", {}))
    content = body.get("content", {})
    return Operation(
        id=operation["operationId"],
        handler=operation.get("x-safelight-handler", operation["operationId"]),
        role=operation.get("x-safelight-role", ""),
        method=method.upper(),
        path=path,
        security=_security(document, operation.get("security", document.get("security", []))),
        parameters=tuple(_parameters(document, item, operation)),
        body_schema=_content_schema(document, content),
        body_required=body.get("required", False),
        body_types=tuple(content),
        responses={int(status): _response(document, row) for status, row in operation["responses"].items()},
        extension=operation.get("x-safelight-extension", False),
        beyond_schema=tuple(operation.get("x-safelight-beyond-schema", ())),
        summary=operation.get("summary", ""),
    )


def _parameters(document: Data, item: Data, operation: Data) -> Iterator[Parameter]:
    """Parameters of the path, then those of the operation, which win where name and place are the same."""
    rows = [resolve(document, row) for row in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    for row in {(row["name"], row["in"]): row for row in rows}.values():
        yield Parameter(
            name=row["name"],
            location=row["in"],
            required=row.get("required", False),
            schema=standalone(document, row.get("schema", {})),
            rule=row.get("x-safelight-rule") or row.get("schema", {}).get("x-safelight-rule"),
        )


def _security(document: Data, alternatives: list[Data]) -> tuple[SecurityScheme, ...]:
    if {} in alternatives:  # a key may be given but need not be
        return ()
    schemes = document.get("components", {}).get("securitySchemes", {})
    return tuple(_scheme(name, schemes[name]) for alternative in alternatives for name in alternative)


def _scheme(name: str, row: Data) -> SecurityScheme:
    if row["type"] == "http":
        return SecurityScheme(name, "bearer", "Authorization")
    location: Literal["header", "query"] = row["in"]
    return SecurityScheme(name, location, row["name"])


def _response(document: Data, row: Data) -> Data | None:
    content = resolve(document, row).get("content", {})
    return _content_schema(document, {kind: content[kind] for kind in content if kind.endswith("json")})


def _content_schema(document: Data, content: Data) -> Data | None:
    """The schema for JSON where there is one, else the first: all types of one body share their schema."""
    media: Data = content.get("application/json") or next(iter(content.values()), {})
    return standalone(document, media["schema"]) if "schema" in media else None
