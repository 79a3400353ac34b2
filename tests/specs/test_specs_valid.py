"""The built-in specifications, whichever they are: sound in themselves and with the documented examples."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from openapi_spec_validator import validate

from safelight import specs
from safelight.specs import Operation, Spec
from safelight.specs.openapi import lookup, resolve, standalone
from safelight.specs.references import children, rule_references

EXCHANGES = Path(__file__).parents[2] / "fixtures" / "exchanges"
PLACEHOLDERS = {
    "{key}": "a-key",
    "{job_id}": "a-job",
    "{data_uri}": "data:image/png;base64,iVBORw0KGgo=",
    "{base64_png}": "iVBORw0KGgo=",
}
ELSEWHERE = {"route-unknown", "method-not-allowed", "job-unknown", "job-final", "model-unknown"}
CONDITIONS = {"if", "not", "anyOf", "oneOf"}
PROVIDERS = specs.provider_names()

each_provider = pytest.mark.parametrize("provider", PROVIDERS)


@cache
def exchanges(provider: str) -> list[dict[str, Any]]:
    data = yaml.safe_load((EXCHANGES / f"{provider}.yaml").read_text())
    assert data["provider"] == provider
    return list(data["exchanges"])


def fill(node: Any) -> Any:
    """The same with a value for every placeholder."""
    if isinstance(node, str):
        for placeholder, value in PLACEHOLDERS.items():
            node = node.replace(placeholder, value)
    elif isinstance(node, dict):
        node = {key: fill(value) for key, value in node.items()}
    elif isinstance(node, list):
        node = [fill(value) for value in node]
    return node


def fits(operation: Operation, request: Mapping[str, Any]) -> bool:
    path = fill(request["path"]).partition("?")[0]
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))
    return request["method"] == operation.method and re.fullmatch(pattern, path) is not None


def body_examples(spec: Spec) -> Iterator[tuple[Operation, Any]]:
    for operation in spec.operations:
        row = spec.openapi["paths"][operation.path][operation.method.lower()]
        for media in resolve(spec.openapi, row.get("requestBody", {})).get("content", {}).values():
            for example in media.get("examples", {}).values():
                yield operation, resolve(spec.openapi, example)["value"]


def links(node: Any) -> Iterator[Mapping[str, Any]]:
    for key, value in children(node):
        if key == "links":
            yield from value.values()
        else:
            yield from links(value)


@each_provider
def test_folder_and_name_agree(provider: str) -> None:
    assert specs.load(provider).name == provider


@each_provider
def test_openapi_is_valid(provider: str) -> None:
    openapi = specs.load(provider).openapi
    validate(openapi)
    assert openapi["openapi"].startswith("3.1.")


@each_provider
def test_the_files_name_one_origin(provider: str) -> None:
    spec = specs.load(provider)
    assert [server["url"] for server in spec.openapi["servers"]] == [spec.behaviour.api_origin]


@each_provider
def test_every_operation_says_what_it_answers(provider: str) -> None:
    for operation in specs.load(provider).operations:
        assert any(status < 300 for status in operation.responses), operation.id
        for status, schema in operation.responses.items():
            assert schema is not None or status in (204, 301), f"{operation.id} {status}"


@each_provider
def test_every_problem_has_a_documented_status(provider: str) -> None:
    """What the catalogue can answer to a submit is in the OpenAPI file."""
    spec = specs.load(provider)
    possible = {row.status for kind, row in spec.behaviour.problems.items() if kind not in ELSEWHERE}
    for operation in spec.operations:
        if operation.role == "submit":
            assert operation.responses.keys() >= possible, operation.id


@each_provider
def test_links_lead_to_operations(provider: str) -> None:
    spec = specs.load(provider)
    known = {operation.id for operation in spec.operations}
    targets = {resolve(spec.openapi, link)["operationId"] for link in links(spec.openapi)}
    assert targets <= known
    polled = {operation.id for operation in spec.operations if operation.role == "poll"}
    assert polled <= targets


@each_provider
def test_request_examples_are_valid(provider: str) -> None:
    examples = list(body_examples(specs.load(provider)))
    assert examples
    for operation, example in examples:
        jsonschema.validate(fill(example), operation.body_schema)


@each_provider
def test_defaults_are_valid(provider: str) -> None:
    openapi = specs.load(provider).openapi
    for schema in openapi["components"]["schemas"].values():
        for row in schema.get("properties", {}).values():
            if isinstance(row, dict) and "default" in row:
                jsonschema.validate(row["default"], standalone(openapi, row))


@each_provider
def test_requests_stay_open_to_unknown_fields(provider: str) -> None:
    spec = specs.load(provider)
    for operation in spec.operations:
        reached = list(reachable(spec.openapi, operation.body_schema or {}))
        assert not any(node.get("additionalProperties") is False for node in reached), operation.id


def reachable(openapi: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema and all that it demands in any case, references followed once."""
    followed: set[str] = set()
    waiting: list[Any] = [{key: value for key, value in schema.items() if key != "components"}]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            reference = node.get("$ref")
            if isinstance(reference, str) and reference not in followed:
                followed.add(reference)
                waiting.append(lookup(openapi, reference))
        waiting.extend(value for key, value in children(node) if key not in CONDITIONS)


@each_provider
def test_every_reference_finds_its_rule(provider: str) -> None:
    spec = specs.load(provider)
    used = {rule for data in (spec.openapi, spec.behaviour.raw) for _, rule in rule_references(data)}
    assert used
    assert used <= spec.rules.keys()


@each_provider
def test_every_rule_is_cited_or_labelled(provider: str) -> None:
    for rule in specs.load(provider).rules.values():
        assert rule.id.startswith(f"{provider}.")
        if rule.basis in ("text", "example"):
            assert rule.citations, rule.id
        if rule.basis == "extension":
            assert rule.source, rule.id
        if rule.level in ("MUST", "SHOULD"):
            assert rule.basis in ("text", "example"), rule.id


@each_provider
def test_citations_name_one_document_by_its_file_name(provider: str) -> None:
    spec = specs.load(provider)
    cited = {citation.document for rule in spec.rules.values() for citation in rule.citations}
    assert len(cited) == 1
    assert re.fullmatch(r"\d{3}_[0-9a-f]{16}\.txt", cited.pop())


@each_provider
def test_every_constrained_body_field_names_its_rule(provider: str) -> None:
    constraints = {
        "enum",
        "const",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
    }
    spec = specs.load(provider)
    for operation in spec.operations:
        for node in reachable(spec.openapi, operation.body_schema or {}):
            for name, row in node.get("properties", {}).items():
                if isinstance(row, dict) and constraints & row.keys():
                    assert "x-safelight-rule" in row, f"{operation.id}: {name}"


@each_provider
def test_exchanges_have_ids_of_their_own(provider: str) -> None:
    ids = [exchange["id"] for exchange in exchanges(provider)]
    assert ids
    assert len(ids) == len(set(ids))


@each_provider
def test_documented_requests_are_valid(provider: str) -> None:
    spec = specs.load(provider)
    for exchange in exchanges(provider):
        operation, request = spec.operation(exchange["operation"]), exchange["request"]
        assert fits(operation, request), exchange["id"]
        refused = exchange.get("response", {}).get("status", 200) >= 400
        if "body" in request and not refused:
            jsonschema.validate(fill(request["body"]), operation.body_schema)


@each_provider
def test_documented_responses_are_valid(provider: str) -> None:
    spec = specs.load(provider)
    answered = [exchange for exchange in exchanges(provider) if "body" in exchange.get("response", {})]
    assert answered
    for exchange in answered:
        response = exchange["response"]
        schema = spec.operation(exchange["operation"]).responses[response["status"]]
        assert schema is not None, exchange["id"]
        jsonschema.validate(fill(response["body"]), schema)


@each_provider
def test_substitutions_are_what_stands_there(provider: str) -> None:
    for exchange in exchanges(provider):
        for change in exchange.get("substitutions", []):
            place = f"{exchange['id']} {change['at']}"
            assert change["used"] != change["documented"], place
            if change["at"] == "/request":  # the document shows the answer alone
                assert change["documented"] is None, place
            elif change["at"] != "/response/text":  # a slip in the text that no JSON value can show
                assert pointed(exchange, change["at"]) == change["used"], place


def pointed(node: Any, pointer: str) -> Any:
    for part in pointer.removeprefix("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node
