"""jsonschema-rs judges every request in service; jsonschema, the slow and readable one, is its oracle here."""

from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema
import jsonschema_rs
import orjson
import pytest
from harness import OPERATIONS, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_cases import STRINGS, violations

from safelight.specs import load

BODIES = [
    (name, operation.id)
    for name, operation in OPERATIONS
    if operation.body_schema is not None and "application/json" in operation.body_types
]

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1.0, 2.0, -0.0, 2**53, 2**53 + 1, 1e300, 4.0000000000000001])
    | st.text(max_size=12)
    | st.sampled_from([*STRINGS, "1K", "4k", "16:9", "user", "\U0001f408" * 2000, "猫" * 2001, "user\n", "image/png\n"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=16) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)


@cache
def validators(provider: str, operation: str) -> tuple[Any, Any]:
    schema = dict(load(provider).operation(operation).body_schema or {})
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema_rs.Draft202012Validator(schema), jsonschema.Draft202012Validator(schema)


@cache
def names(provider: str, operation: str) -> list[str]:
    """Every property name that the schema speaks of."""
    found: dict[str, None] = {}

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            found.update(dict.fromkeys(node.get("properties", {})))
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    collect(load(provider).operation(operation).body_schema)
    return list(found)


@st.composite
def mutations(draw: st.DrawFn, provider: str, operation: str) -> Any:
    """A documented example with some of its parts replaced, removed or added."""
    body = deepcopy(draw(st.sampled_from(examples(provider, load(provider).operation(operation)))))
    for _ in range(draw(st.integers(1, 4))):
        body = _mutate(draw, body, names(provider, operation))
    return body


def _mutate(draw: st.DrawFn, node: Any, known: list[str]) -> Any:
    inside = isinstance(node, dict | list) and len(node) > 0
    if inside and draw(st.integers(0, 3)):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        node[key] = _mutate(draw, node[key], known)
        return node
    if isinstance(node, dict):
        action = draw(st.sampled_from(["add", "remove", "rename", "replace"]))
        if action == "add":
            return {**node, draw(st.sampled_from(known)): draw(values)}
        if action == "remove" and node:
            dropped = draw(st.sampled_from(list(node)))
            return {name: value for name, value in node.items() if name != dropped}
        if action == "rename" and node:
            renamed = draw(st.sampled_from(list(node)))
            return {(draw(st.sampled_from(known)) if name == renamed else name): node[name] for name in node}
    if isinstance(node, list) and draw(st.booleans()):
        return node * draw(st.integers(0, 15))
    return draw(values)


@pytest.mark.parametrize(("provider", "operation"), BODIES, ids=["-".join(pair) for pair in BODIES])
def test_both_judge_mutated_examples_alike(provider: str, operation: str) -> None:
    fast, slow = validators(provider, operation)

    @settings(max_examples=80)
    @given(mutations(provider, operation))
    def agree(body: Any) -> None:
        body = orjson.loads(orjson.dumps(body))  # as it would come over the wire
        assert fast.is_valid(body) == slow.is_valid(body)

    agree()


@pytest.mark.parametrize(("provider", "operation"), BODIES, ids=["-".join(pair) for pair in BODIES])
def test_both_take_the_examples_and_refuse_every_broken_constraint(provider: str, operation: str) -> None:
    fast, slow = validators(provider, operation)
    for body in examples(provider, load(provider).operation(operation)):
        assert fast.is_valid(body)
        assert slow.is_valid(body)
    for case in list(violations(load(provider).operation(operation).body_schema or {}))[::3]:
        assert not fast.is_valid(case.body)
        assert not slow.is_valid(case.body), case
