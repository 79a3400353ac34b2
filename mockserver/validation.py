"""Requests against their schemas, and the sentence that says what is wrong with one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs
import orjson

from ..specs import Operation, Override
from .problems import Problem, model_of, shown

DEEPEST = 200  # levels; what is echoed must be written again, and orjson writes no more than 254

_BRANCHING = ("anyOf", "oneOf")
_INDEX = re.compile(r"\[\d+\]")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_EMPTY = "the body is empty; a JSON object is expected"


def parse_json(body: bytes) -> Any:
    """The JSON value of a request body.

    Raises Problem body-malformed for anything that is not strict JSON, or nested more than 200 levels deep.
    """
    if not body:
        raise Problem("body-malformed", reason=_EMPTY)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem("body-malformed", reason=f"the body is not valid JSON: {error}") from None
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_too_deep(value):
        raise Problem("body-malformed", reason=f"the body is nested more than {DEEPEST} levels deep")
    return value


class BodyValidator:
    """Checks bodies of one operation: yes or no is cheap, the explanation is made only when needed."""

    def __init__(self, schema: Mapping[str, Any], overrides: Sequence[Override]) -> None:
        self._schema = schema
        self._overrides = {
            override.field: [o for o in overrides if o.field == override.field] for override in overrides
        }
        self._explained: dict[tuple[str | int | None, ...], tuple[str | None, str]] = {}
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema))
        self._is_valid: Callable[[Any], bool] = self._validator.is_valid

    def check(self, data: Any) -> None:
        """Raise the Problem that describes the first violation, if there is one."""
        try:
            if self._is_valid(data):
                return
            self._validator.validate(data)
        except jsonschema_rs.ValidationError as error:
            raise self._describe(_most_specific(error), data) from None
        except ValueError as too_deep:  # jsonschema-rs refuses values nested deeper than it recurses
            raise Problem("body-malformed", reason=f"the body cannot be validated: {too_deep}") from None

    def _describe(self, error: jsonschema_rs.ValidationError, data: Any) -> Problem:
        keyword = error.kind.name
        missing = error.kind.as_dict()["property"] if keyword == "required" else None
        path = error.instance_path if missing is None else [*error.instance_path, missing]
        field = dotted(path) or "body"
        override = self._override(field, keyword)
        rule, reason = self._explain(error, keyword, missing)
        return Problem(
            (override and override.problem) or _kind_of(field, keyword),
            rule=rule,
            message=override.message if override else None,
            model=model_of(data),
            field=field,
            value="nothing" if missing is not None else shown(error.instance),
            reason=reason,
        )

    def _override(self, field: str, keyword: str) -> Override | None:
        plain = _INDEX.sub("[]", field) if "[" in field else field
        for override in self._overrides.get(plain, ()):
            if override.keyword in (None, keyword):
                return override
        return None

    def _explain(
        self, error: jsonschema_rs.ValidationError, keyword: str, missing: str | None
    ) -> tuple[str | None, str]:
        """Rule and reason, looked up once where they follow from the schema alone."""
        place = (*error.evaluation_path, missing)
        explained = self._explained.get(place)
        if explained is None:
            explained = find_rule(self._schema, error.evaluation_path, missing), _reason(keyword, error)
            if keyword in _REASONS:
                self._explained[place] = explained
        return explained


class ParameterValidators:
    """Checks the path and query parameters of one operation, which arrive as text."""

    def __init__(self, operation: Operation) -> None:
        self._checks = [
            (parameter, jsonschema_rs.Draft202012Validator(dict(parameter.schema)))
            for parameter in operation.parameters
            if parameter.location in ("path", "query")
        ]

    def check(self, params: Mapping[str, str], query: Mapping[str, str]) -> None:
        """Raise the Problem of the first parameter that is missing or does not fit its schema."""
        for parameter, validator in self._checks:
            text = (params if parameter.location == "path" else query).get(parameter.name)
            if text is None:
                if parameter.required:
                    raise Problem(
                        "parameter-missing", rule=parameter.rule, field=parameter.name, value="nothing",
                        reason=f"the query parameter {parameter.name} is required",
                    )  # fmt: skip
                continue
            if validator.is_valid(text):
                continue
            spelled = list(_spelled_values(text))
            if any(map(validator.is_valid, spelled)):
                continue
            errors = [next(iter(validator.iter_errors(value))) for value in (text, *spelled)]
            error = next((error for error in errors if error.kind.name != "type"), errors[0])
            kind = "parameter-invalid"
            if parameter.location == "path":
                kind = "model-unknown" if "model" in parameter.name else "job-unknown"
            raise Problem(
                kind, rule=parameter.rule, field=parameter.name, value=shown(text), id=text, model=text,
                reason=_reason(error.kind.name, error),
            )  # fmt: skip


def dotted(path: Iterable[str | int]) -> str:
    """`promptObject.images[3]` for a path of keys and indices."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def find_rule(schema: Mapping[str, Any], keyword_path: Sequence[str | int], missing: str | None) -> str | None:
    """The innermost rule annotated on the way through a schema to a violated keyword.

    `missing` is the property whose absence is the violation: its own annotation comes first.
    """
    node: Any = schema
    rule = _annotation(node)
    for token in keyword_path[:-1]:
        node = _referenced(schema, node) if token == "$ref" else _child(node, token)
        rule = _annotation(node) or rule
    if missing is not None:
        return _annotation(_child(_child(node, "properties"), missing)) or rule
    return rule


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
    return any(isinstance(node, dict | list) for node in level)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _child(node: Any, token: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(str(token))
    return node[token] if isinstance(node, list) and isinstance(token, int) else None


def _referenced(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Any:
    target: Any = schema
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return target


def _annotation(node: Any) -> str | None:
    return node.get("x-safelight-rule") if isinstance(node, dict) else None


def _most_specific(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """For a choice of schemas, the complaint of the branch that came furthest."""
    while error.kind.name in _BRANCHING:
        branches = [branch[0] for branch in error.kind.as_dict()["context"] if branch]
        if not branches:
            break
        fitting = [branch for branch in branches if branch.kind.name != "type"] or branches
        deepest = max(fitting, key=lambda branch: len(branch.instance_path))
        if len(fitting) > 1 and len(deepest.instance_path) == len(error.instance_path):
            return error
        error = deepest
    return error


def _kind_of(field: str, keyword: str) -> str:
    if keyword == "required":
        return "parameter-missing"
    return "model-unknown" if field == "model" and keyword in ("enum", "const") else "parameter-invalid"


def _spelled_values(text: str) -> Iterator[Any]:
    """The values that a parameter's text may spell, beside being text."""
    if _WHOLE_NUMBER.fullmatch(text):
        yield int(text)
    if text in ("true", "false"):
        yield text == "true"


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values)


_REASONS: dict[str, Callable[[dict[str, Any]], str]] = {
    "required": lambda facts: "it is required",
    "enum": lambda facts: f"must be one of {_listed(facts['options'])}",
    "const": lambda facts: f"must be {shown(facts['expected_value'])}",
    "type": lambda facts: f"must be of type {_listed(facts['types'])}",
    "minimum": lambda facts: f"must be at least {facts['limit']}",
    "maximum": lambda facts: f"must be at most {facts['limit']}",
    "minLength": lambda facts: f"must have at least {facts['limit']} characters",
    "maxLength": lambda facts: f"must have at most {facts['limit']} characters",
    "minItems": lambda facts: f"must have at least {facts['limit']} items",
    "maxItems": lambda facts: f"must have at most {facts['limit']} items",
    "pattern": lambda facts: f"must match {facts['pattern']}",
    "falseSchema": lambda facts: "is not allowed here",
}


def _reason(keyword: str, error: jsonschema_rs.ValidationError) -> str:
    sentence = _REASONS.get(keyword)
    return sentence(error.kind.as_dict()) if sentence else error.message
