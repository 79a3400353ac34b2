"""The control API's own OpenAPI file, read when the first control request comes."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...specs import Operation
from ...specs.cache import read_yaml
from ...specs.openapi import build_operations, resolve
from ..routing import Router
from ..validation import BodyValidator, ParameterValidators
from .ask import Refused, pick

FILE = Path(__file__).with_name("openapi.yaml")


class Contract:
    """The operations of the file, and the checks that a request to one of them must pass."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.operations = build_operations(document)
        self.router = Router(self.operations)
        self._bodies: dict[str, BodyValidator] = {}

    def check_query(self, operation: Operation, params: Mapping[str, str], query: Mapping[str, str]) -> None:
        """Raise Refused or Problem unless the query has known parameters with possible values."""
        known = {parameter.name: None for parameter in operation.parameters if parameter.location == "query"}
        for name in query:
            pick("query parameter", name, known)
        ParameterValidators(operation).check(params, query)

    def check_body(self, operation: Operation, data: Any) -> None:
        """Raise Refused or Problem unless the body has known fields with possible values."""
        schema = operation.body_schema
        if schema is None:
            raise Refused(400, f"{operation.method} {operation.path} takes no body.")
        resolved = resolve(schema, schema)
        if isinstance(data, dict) and resolved.get("additionalProperties") is False:
            for name in data:
                pick("field", name, resolved["properties"])
        if operation.id not in self._bodies:
            self._bodies[operation.id] = BodyValidator(schema, ())
        self._bodies[operation.id].check(data)


@cache
def contract() -> Contract:
    """The contract, read once per process."""
    return Contract(read_yaml(FILE))
