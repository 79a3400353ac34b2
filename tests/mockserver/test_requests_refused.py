"""Everything that can be wrong with a request: every provider, every operation, in the provider's own words."""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from harness import (
    NAMES,
    OPERATIONS,
    Harness,
    authorization,
    base64_png,
    data_uri,
    examples,
    operation_ids,
    poll_path,
)
from hypothesis import given
from hypothesis import strategies as st
from refusals import REFUSALS, assert_refused, message_of
from schema_cases import RULE, Case, violations

from safelight.mockserver.problems import shown
from safelight.mockserver.transcript import as_record
from safelight.specs import Operation, load

LOCKED = [entry for entry in OPERATIONS if entry[1].security]
SUBMITS = [entry for entry in OPERATIONS if entry[1].role == "submit"]
BY_ID = [entry for entry in OPERATIONS if entry[1].role in ("poll", "cancel")]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")

each_locked = pytest.mark.parametrize(("provider", "operation"), LOCKED, ids=map(operation_ids, LOCKED))
each_submit = pytest.mark.parametrize(("provider", "operation"), SUBMITS, ids=map(operation_ids, SUBMITS))
each_by_id = pytest.mark.parametrize(("provider", "operation"), BY_ID, ids=map(operation_ids, BY_ID))
each_provider = pytest.mark.parametrize("provider", NAMES)


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def assert_nothing_happened(mock: Harness, provider: str) -> None:
    """Fail if a job was created or credits moved."""
    assert not [job for job in mock.tenant.jobs if job.provider == provider]
    assert mock.balance(provider) == 1_000_000


def test_every_refusal_of_the_catalogue_is_expected_here() -> None:
    for provider in NAMES:
        ours = set(load(provider).behaviour.problems)
        # threedai has no models to name; the two synchronous providers have no jobs to name.
        assert ours - set(REFUSALS[provider]) <= {"model-unknown", "job-unknown", "job-final"}
        assert set(REFUSALS[provider]) <= ours


# Keys


@each_locked
def test_a_request_without_a_key(mock: Harness, provider: str, operation: Operation) -> None:
    assert_refused(mock.call(provider, operation, key=None), "key-missing")


@each_locked
def test_an_unknown_key(mock: Harness, provider: str, operation: Operation) -> None:
    prefix = load(provider).behaviour.key_prefix
    for key in (f"{prefix}0123456789abcdef", "YOUR_API_KEY", "\x7f", "ключ", "x" * 8000, "Bearer x"):
        assert_refused(mock.call(provider, operation, key=key), "key-unknown")


@each_locked
def test_a_key_of_another_tenant_or_provider(mock: Harness, provider: str, operation: Operation) -> None:
    other = mock.world.create_tenant()
    assert_refused(mock.call(provider, operation, key=mock.world.ready_key(other, provider)), "key-unknown")
    elsewhere = next(name for name in NAMES if name != provider)
    key = mock.world.ready_key(mock.tenant, elsewhere)
    assert_refused(mock.call(provider, operation, key=key), "key-unknown")


@each_locked
def test_a_revoked_key(mock: Harness, provider: str, operation: Operation) -> None:
    sample = mock.sample(provider, operation)
    key = mock.world.ready_key(mock.tenant, provider)
    second = mock.world.add_key(mock.tenant, provider)
    mock.tenant.keys[provider, key].revoked = True
    how: dict[str, Any] = {"raw": sample.raw, "headers": sample.headers}
    assert_refused(mock.send(provider, sample.method, sample.path, **how), "key-revoked")
    assert mock.send(provider, sample.method, sample.path, key=second.text, **how).status == 200


@each_locked
def test_a_key_in_the_wrong_place_or_scheme(mock: Harness, provider: str, operation: Operation) -> None:
    key = mock.world.ready_key(mock.tenant, provider)
    if authorization(mock.world.providers[provider], key).keys() == {"API-KEY"}:
        elsewhere = mock.call(provider, operation, key=None, headers={"Authorization": f"Bearer {key}"})
        assert_refused(elsewhere, "key-missing")
        assert_refused(mock.call(provider, operation, key="  "), "key-malformed")
        return
    for value in (f"Basic {key}", key, f"Bearer{key}", "Bearer", "Bearer ", "", f"Token {key}"):
        answer = mock.call(provider, operation, key=None, headers={"Authorization": value})
        assert_refused(answer, "key-malformed")
    for value in (f"bearer {key}", f"BEARER  {key} "):
        assert mock.call(provider, operation, key=None, headers={"Authorization": value}).status == 200


# Money and pace


@each_submit
def test_no_credits(mock: Harness, provider: str, operation: Operation) -> None:
    mock.tenant.wallets[provider].set_balance(0, mock.tenant.clock.now())
    assert_refused(mock.call(provider, operation), "credits-exhausted")
    assert not len(mock.tenant.jobs)
    assert mock.balance(provider) == 0


@each_submit
def test_credits_that_just_suffice(mock: Harness, provider: str, operation: Operation) -> None:
    mock.call(provider, operation)
    price = mock.newest().plan.price
    mock.tenant.wallets[provider].set_balance(price, mock.tenant.clock.now())
    assert mock.call(provider, operation).status == 200
    assert_refused(mock.call(provider, operation), "credits-exhausted")
    assert mock.balance(provider) == 0


@each_locked
def test_a_rate_limit_without_a_word_on_when(mock: Harness, provider: str, operation: Operation) -> None:
    mock.order_problem(provider, operation.id, "rate-limited")
    answer = mock.call(provider, operation)
    assert_refused(answer, "rate-limited")
    assert "Retry-After" not in answer.headers
    assert mock.call(provider, operation).status == 200


@each_submit
def test_a_rate_limit_that_says_when(mock: Harness, provider: str, operation: Operation) -> None:
    mock.tenant.progress = mock.tenant.progress.__class__("immediate")
    mock.tenant.rate_limits[provider] = 2
    assert mock.call(provider, operation).status == 200
    mock.advance(20.5)
    assert mock.call(provider, operation).status == 200
    answer = mock.call(provider, operation)
    assert_refused(answer, "rate-limited")
    assert answer.headers["Retry-After"] == "40"  # of 39.5 s, rounded up
    mock.advance(39.4)
    assert_refused(mock.call(provider, operation), "rate-limited")
    mock.advance(0.1)
    assert mock.call(provider, operation).status == 200
    assert len(mock.tenant.jobs) == 3


# Ids


@each_by_id
def test_an_id_that_nobody_has(mock: Harness, provider: str, operation: Operation) -> None:
    mock.submit(provider)
    known = mock.world.providers[provider].public_id(mock.newest().hex)
    unknown = mock.world.providers[provider].public_id("0123456789abcdef0123456789abcdef")
    wrong = [unknown, "0", "null", "undefined", known.upper(), known[:-1], f"{known}0", f"%20{known}", "..", "%00"]
    for public_id in wrong:
        path = operation.path.replace("{" + operation.parameters[0].name + "}", public_id)
        answer = mock.send(provider, operation.method, path)
        assert_refused(answer, "job-unknown")
        assert answer.exchange.job is None


@each_by_id
def test_a_job_of_another_tenant(mock: Harness, provider: str, operation: Operation) -> None:
    other = mock.world.create_tenant()
    other.seed = 1
    mock.submit(provider, tenant=other)
    public_id = mock.world.providers[provider].public_id(mock.newest(other).hex)
    path = operation.path.replace("{" + operation.parameters[0].name + "}", public_id)
    message = assert_refused(mock.send(provider, operation.method, path), "job-unknown")
    if provider != "onemin":
        assert public_id in message
    assert mock.send(provider, operation.method, path, tenant=other).status == 200


@each_by_id
def test_a_job_of_another_provider(mock: Harness, provider: str, operation: Operation) -> None:
    elsewhere = next(name for name in NAMES if name != provider)
    mock.submit(elsewhere)
    public_id = mock.world.providers[provider].public_id(mock.newest().hex)
    path = operation.path.replace("{" + operation.parameters[0].name + "}", public_id)
    assert_refused(mock.send(provider, operation.method, path), "job-unknown")


# Routes and methods


@each_provider
def test_a_wrong_method_is_told_the_right_ones(mock: Harness, provider: str) -> None:
    by_path = {path: list(group) for path, group in groupby(load(provider).operations, lambda entry: entry.path)}
    for operations in by_path.values():
        allowed = {operation.method for operation in operations}
        path = mock.sample(provider, operations[0]).path
        for method in set(METHODS) - allowed:
            answer = mock.send(provider, method, path)
            message = assert_refused(answer, "method-not-allowed")
            assert answer.headers["Allow"] == ", ".join(sorted(allowed))
            assert method in message


@each_provider
def test_an_unknown_route(mock: Harness, provider: str) -> None:
    known = load(provider).operations[0].path
    paths = ["/", "", "/nope", f"{known}x", f"/{known}", f"/x{known}", known.upper(), f"{known}/../{known}", "/%2F"]
    paths.append(known[:-1] if known.endswith("/") else f"{known}/")
    for path in paths:
        for method in ("GET", "POST"):
            assert_refused(mock.send(provider, method, path, key=None), "route-unknown")


@each_by_id
def test_percent_encodings_that_decode_to_nothing_sensible(mock: Harness, provider: str, operation: Operation) -> None:
    for part in ("%", "%z", "%zz", "%ff", "%c3%28", "%ed%a0%80", "%00", "a%2Fb", "%252e", "猫"):
        path = operation.path.replace("{" + operation.parameters[0].name + "}", part)
        assert_refused(mock.send(provider, operation.method, path), "job-unknown")
        assert_refused(mock.send(provider, operation.method, f"{path}/{part}"), "route-unknown")


@each_locked
def test_queries_that_decode_to_nothing_sensible(mock: Harness, provider: str, operation: Operation) -> None:
    for query in ("%", "%ff=%ff", "key=%ff&", "=&=&;", "a" * 5000, "x=%ed%a0%80"):
        assert mock.call(provider, operation, query=query).status == 200


# Bodies

NOT_JSON = {
    "empty": b"",
    "blank": b" \n",
    "text": b"prompt=a+cat",
    "cut off": b'{"prompt": "a ca',
    "two values": b"{}{}",
    "trailing comma": b'{"a": 1,}',
    "comment": b'{"a": 1 /* one */}',
    "single quotes": b"{'a': 1}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": "b"}'.encode("utf-16"),
    "not utf-8": b'{"prompt": "caf\xe9"}',
    "overlong utf-8": b'{"prompt": "\xc0\xaf"}',
    "encoded surrogate": b'{"prompt": "\xed\xa0\x80"}',
    "lone high surrogate": b'{"prompt": "\\ud83d"}',
    "lone low surrogate": b'{"prompt": "\\udc08"}',
    "swapped surrogates": b'{"prompt": "\\udc08\\ud83d"}',
    "lone surrogate in a key": b'{"\\ud83d": 1}',
    "NaN": b'{"n": NaN}',
    "Infinity": b'{"n": Infinity}',
    "-Infinity": b'{"n": -Infinity}',
    "number beyond a double": b'{"n": 1e400}',
    "integer beyond a double": b'{"n": 1' + b"0" * 400 + b"}",
    "leading zero": b'{"n": 01}',
    "hexadecimal": b'{"n": 0x10}',
    "control character": b'{"prompt": "a\x00b"}',
    "10 000 arrays deep": b'{"prompt": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10 000 objects deep": b'{"prompt": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    "10 000 arrays deep, open": b"[" * 10_000,
    "500 arrays deep": b'{"prompt": ' + b"[" * 500 + b"]" * 500 + b"}",
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
@each_submit
def test_a_body_that_is_not_json(mock: Harness, provider: str, operation: Operation, body: bytes) -> None:
    answer = mock.call(provider, operation, raw=body)
    assert_refused(answer, "body-malformed")
    assert answer.exchange.verdict == "invalid"
    assert_nothing_happened(mock, provider)


@each_submit
def test_json_that_is_no_object(mock: Harness, provider: str, operation: Operation) -> None:
    for body in (b"null", b"[]", b'"a cat"', b"0", b"true", b"[{}]"):
        answer = mock.call(provider, operation, raw=body)
        assert answer.status == 400
        assert answer.exchange.problem in ("body-malformed", "parameter-invalid")
        assert answer.exchange.verdict == "invalid"
    assert_nothing_happened(mock, provider)


@each_submit
@pytest.mark.parametrize("depth", [150, 199, 201, 250, 253, 254, 255, 256, 300, 500, 1000, 1022])
def test_a_field_nobody_knows_may_be_deep_but_harms_nobody(
    mock: Harness, provider: str, operation: Operation, depth: int
) -> None:
    extra = b'{"unknown":' * depth + b"1" + b"}" * depth
    example = examples(provider, operation)[0]
    for host in ({**example, "unknown": "DEEP"}, _with_unknown_field_inside(example)):
        answer = mock.call(provider, operation, raw=orjson.dumps(host).replace(b'"DEEP"', extra))
        if depth < 199:
            assert answer.status == 200
        elif depth > 200:
            assert_refused(answer, "body-malformed")
    for entry in load(provider).operations:
        if entry.role in ("poll", "list") and len(mock.tenant.jobs):
            mock.finish()
            assert mock.call(provider, entry).status == 200


def _with_unknown_field_inside(example: dict[str, Any]) -> dict[str, Any]:
    inner = next((name for name, value in example.items() if isinstance(value, dict)), None)
    return {**example, inner: {**example[inner], "unknown": "DEEP"}} if inner else {**example, "unknown": ["DEEP"]}


@each_submit
def test_a_body_larger_than_the_limit(mock: Harness, provider: str, operation: Operation) -> None:
    limit = load(provider).behaviour.body_limit
    answer = mock.call(provider, operation, raw=b" " * (limit + 1))
    message = assert_refused(answer, "body-too-large")
    if provider in ("reapi", "threedai", "gmicloud", "tokaify", "onemin"):
        assert str(limit) in message
    assert_nothing_happened(mock, provider)


@each_submit
def test_the_last_of_two_equal_keys_counts_and_is_noted(mock: Harness, provider: str, operation: Operation) -> None:
    marked = orjson.dumps(examples(provider, operation)[0])
    name, value = _prompt_field(provider)
    doubled = marked.replace(name.encode(), b"%s:%s,%s" % (name.encode(), value, name.encode()), 1)
    assert doubled != marked
    answer = mock.call(provider, operation, raw=doubled)
    assert answer.status == 200
    mock.finish()
    assert "shadowed" not in mock.newest().order.prompt
    assert any("repeated" in note["text"] for note in as_record(answer.exchange)["notes"])


def _prompt_field(provider: str) -> tuple[str, bytes]:
    if provider == "tokaify":
        return '"contents"', b'[{"parts":[{"text":"shadowed"}]}]'
    return '"prompt"', b'"shadowed"'


@each_submit
def test_a_body_of_any_declared_type_is_json(mock: Harness, provider: str, operation: Operation) -> None:
    for content_type in ("application/x-www-form-urlencoded", "text/plain; charset=latin-1", "application/jsonp", ""):
        answer = mock.call(provider, operation, headers={"Content-Type": content_type})
        assert answer.status == 200
        assert any("not labelled application/json" in note.text for note in answer.exchange.notes)
    for content_type in ("application/json", 'Application/JSON ; charset="UTF-8"'):
        answer = mock.call(provider, operation, headers={"Content-Type": content_type})
        assert not any("labelled" in note.text for note in answer.exchange.notes)


def test_an_integral_float_is_an_integer_and_other_things_are_not(mock: Harness) -> None:
    fields: dict[tuple[str, str], Callable[[Any, int], Any]] = {
        ("reapi", "submit"): lambda body, n: body | {"n": n},
        ("threedai", "generate"): lambda body, n: body | {"num_images": n},
        ("threedai", "edit"): lambda body, n: body | {"num_images": n},
        ("tokaify", "generate_content"): lambda body, n: body | {"generationConfig": {"candidateCount": n}},
    }
    for (provider, name), with_count in fields.items():
        operation = load(provider).operation(name)
        example = examples(provider, operation)[0]
        for good in (b"2", b"2.0", b"2e0", b"20E-1"):
            body = orjson.dumps(with_count(example, 777)).replace(b"777", good)
            assert mock.call(provider, operation, raw=body).status == 200
            assert mock.newest().order.count == 2
        for bad in (b"true", b'"2"', b"null", b"2.5", b"[2]", b"0", b"-2", b"9", b"1e30", b"18446744073709551616"):
            body = orjson.dumps(with_count(example, 777)).replace(b"777", bad)
            message = assert_refused(mock.call(provider, operation, raw=body), "parameter-invalid")
            assert shown(orjson.loads(bad)) in message


# Every constraint of every request schema


@cache
def cases(provider: str, operation: str) -> list[Case]:
    schema = load(provider).operation(operation).body_schema
    assert schema is not None
    return list(violations(schema))


GROUPS = [
    (provider, operation, field)
    for provider, operation in SUBMITS
    for field in dict.fromkeys(case.field.partition(".")[0] for case in cases(provider, operation.id))
]


@pytest.mark.parametrize(
    ("provider", "operation", "top"), GROUPS, ids=[f"{name}-{entry.id}-{field}" for name, entry, field in GROUPS]
)
def test_a_broken_constraint_is_named_with_field_value_and_rule(
    mock: Harness, provider: str, operation: Operation, top: str
) -> None:
    for case in cases(provider, operation.id):
        if case.field.partition(".")[0] != top:
            continue
        answer = mock.call(provider, operation, raw=orjson.dumps(case.body))
        exchange = answer.exchange
        kind = exchange.problem or "accepted"
        message = assert_refused(answer, kind)
        assert 400 <= answer.status < 500 or kind == "model-unknown", case
        assert exchange.verdict == "invalid"
        assert case.rule is None or exchange.rule == case.rule, (case, exchange.rule)
        assert exchange.rule in load(provider).rules
        _assert_named(case, kind, message)
    assert_nothing_happened(mock, provider)


def _assert_named(case: Case, kind: str, message: str) -> None:
    if case.keyword == "required":
        assert kind == "parameter-missing"
    if kind == "parameter-missing":
        assert case.field in message
    elif kind == "parameter-invalid":
        assert case.field in message, (case, message)
        assert shown(case.value) in message, (case, message)
    elif kind == "model-unknown":
        assert case.field == "model"
        assert shown(case.value) in message, (case, message)
    else:
        assert (kind, case.field) == ("body-malformed", "body"), (case, message)


@each_submit
def test_every_rule_annotated_in_a_request_schema_is_broken_above(provider: str, operation: Operation) -> None:
    broken = {case.rule for case in cases(provider, operation.id)}
    assert set(_annotations(operation.body_schema, operation.body_schema, set())) <= broken


def _annotations(root: Any, node: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if reference and reference not in seen:
        seen.add(reference)
        yield from _annotations(root, root["components"]["schemas"][reference.rpartition("/")[2]], seen)
    constrains = {"type", "enum", "const", "required", "pattern", "minLength", "maxLength", "maxItems", "anyOf"}
    if RULE in node and constrains & node.keys():
        yield node[RULE]
    for word in ("then", "else", "items"):
        yield from _annotations(root, node.get(word), seen)
    for part in [*node.get("properties", {}).values(), *node.get("allOf", ())]:
        yield from _annotations(root, part, seen)


# Parameters outside the body

WRONG_PARAMETERS = [
    ("gmicloud", "list_requests", "limit", ["0", "101", "-1", "--5", "-", "ten", "", "1.5", "true", "1_0", "9" * 20]),
    ("gmicloud", "list_requests", "offset", ["-1", "x", "", "1000000001", "1e3", "0x1", "%2B5", "%ff", "٣"]),
    ("onemin", "create_feature", "isStreaming", ["true", "", "False", "0"]),
]


@pytest.mark.parametrize(("provider", "name", "parameter", "values"), WRONG_PARAMETERS)
def test_a_wrong_query_parameter(mock: Harness, provider: str, name: str, parameter: str, values: list[str]) -> None:
    operation = load(provider).operation(name)
    rule = next(row.rule for row in operation.parameters if row.name == parameter)
    for value in values:
        answer = mock.call(provider, operation, query=f"{parameter}={value}")
        message = assert_refused(answer, "parameter-invalid")
        assert answer.exchange.rule == rule
        assert parameter in message
        assert "%" in value or f'"{value}"' in message


@pytest.mark.parametrize("name", ["get_model", "get_model_alias"])
def test_an_unknown_model_of_gmicloud(mock: Harness, name: str) -> None:
    path = load("gmicloud").operation(name).path
    for model in ("nano-banana", "Gemini-3-pro-image-preview", "%ff", "gemini-3-pro-image-preview%20"):
        assert_refused(mock.send("gmicloud", "GET", path.replace("{model_id}", model)), "model-unknown")


def test_an_unknown_model_of_tokaify(mock: Harness) -> None:
    operation = load("tokaify").operation("generate_content")
    for model in ("gemini-2.5-flash", "GEMINI-3-PRO-IMAGE-PREVIEW", "a:b", "%ff"):
        path = operation.path.replace("{model}", model)
        message = assert_refused(mock.send("tokaify", "POST", path, examples("tokaify", operation)[0]), "model-unknown")
        assert "No available channel" in message
    assert_nothing_happened(mock, "tokaify")


# Rules that JSON Schema cannot say

PLAIN = {"role": "user", "parts": [{"text": "a cat"}]}
BEYOND_SCHEMA: dict[str, tuple[str, str, dict[str, str], list[Any], str]] = {
    "reapi.submit.references-public": (
        "reapi", "submit", {"reference-hosts": "public-only"},
        [
            {"model": "gemini-3-pro-image-preview", "prompt": "x", "image_urls": ["https://example.com/a.png", url]}
            for url in ("http://127.0.0.1/a.png", "http://localhost:80/a.png", "https://10.0.0.7/x", "http://[::1]/")
        ],
        "image_urls[1]",
    ),
    "threedai.edit.image-data": (
        "threedai", "edit", {},
        [
            {"prompt": "x", "images": [data_uri(), f"data:image/png;base64,{data}"]}
            for data in ("", "eA==", "%%%", base64_png()[:-20], "a cat", base64_png() + "\n")
        ],
        "images[1]",
    ),
    "gmicloud.contents.last-turn-user": (
        "gmicloud", "submit", {},
        [
            {
                "model": "gemini-3-pro-image-preview",
                "payload": {"contents": [PLAIN, {"role": "model", "parts": [{"text": "done"}]}]},
            }
        ],
        "payload.contents",
    ),
    "gmicloud.contents.last-turn-not-empty": (
        "gmicloud", "submit", {},
        [
            {
                "model": "gemini-3-pro-image-preview",
                "payload": {"contents": [PLAIN, {"role": "user", "parts": parts}]},
            }
            for parts in ([], [{"text": ""}], [{"text": ""}, {"fileData": {"mimeType": "image/png", "fileUri": ""}}])
        ],
        "payload.contents",
    ),
    "tokaify.contents.inline-image": (
        "tokaify", "generate_content", {},
        [
            {"contents": [PLAIN, {"parts": [{"inline_data": {"mime_type": "image/png", "data": data}}]}]}
            for data in ("eA==", "%%%", base64_png()[:-20], data_uri())
        ],
        "contents[1].parts[0].inlineData.data",
    ),
    "onemin.submit.image-size-absent": (
        "onemin", "create_feature", {"image-size-absent": "rejected"},
        [{"type": "IMAGE_GENERATOR", "model": "gemini-3-pro-image-preview", "promptObject": {"prompt": "a cat"}}],
        "promptObject.imageSize",
    ),
}  # fmt: skip


def test_every_rule_beyond_schema_is_broken_below() -> None:
    assert {rule for _, operation in OPERATIONS for rule in operation.beyond_schema} == set(BEYOND_SCHEMA)


@pytest.mark.parametrize("rule", BEYOND_SCHEMA)
def test_a_rule_that_json_schema_cannot_say(mock: Harness, rule: str) -> None:
    provider, name, choices, bodies, field = BEYOND_SCHEMA[rule]
    for choice, value in choices.items():
        mock.tenant.choose(f"{provider}.{choice}", value)
    for body in bodies:
        answer = mock.call(provider, load(provider).operation(name), raw=orjson.dumps(body))
        message = assert_refused(answer, answer.exchange.problem or "accepted")
        assert answer.status == 400
        assert answer.exchange.rule == rule
        assert field in message
    assert_nothing_happened(mock, provider)


# Server errors, when asked for


@each_locked
@pytest.mark.parametrize("problem", ["internal", "unavailable"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_error_is_answered_when_it_is_ordered(
    mock: Harness, provider: str, operation: Operation, problem: str, when: Any
) -> None:
    sample = mock.sample(provider, operation)
    before = len(mock.tenant.jobs)
    mock.order_problem(provider, operation.id, problem, when)
    how: dict[str, Any] = {"raw": sample.raw, "headers": sample.headers}
    assert_refused(mock.send(provider, sample.method, sample.path, **how), problem)
    took_effect = when == "after"
    assert len(mock.tenant.jobs) - before == (took_effect and operation.role == "submit")
    again = mock.send(provider, sample.method, sample.path, **how)
    assert again.status == (409 if took_effect and operation.role == "cancel" else 200)


def test_an_error_of_our_own_is_answered_in_the_envelope_and_logged(
    mock: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(call: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(mock.world.providers["reapi"].handlers, "get_balance", broken)
    with caplog.at_level(logging.ERROR, "safelight"):
        assert mock.begin("reapi", "GET", "/api/v1/balance").done
    exchange = next(iter(mock.tenant.journal))
    assert exchange.status == 500
    assert orjson.loads(exchange.response_body)["error"]["code"] == 60099
    assert b"bug" not in exchange.response_body
    assert "a bug" in caplog.text


# Anything at all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(SUBMITS), st.binary(max_size=200) | json_values.map(lambda value: orjson_or_text(value)))
def test_no_body_at_all_is_answered_with_a_server_error(entry: tuple[str, Operation], body: bytes) -> None:
    provider, operation = entry
    with Harness() as mock:
        answer = mock.call(provider, operation, raw=body)
    assert answer.status == 400
    assert message_of(provider, answer.json)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(METHODS),
    st.text(max_size=30).map(lambda text: f"/{text}"),
    st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(["Authorization", "API-KEY", "x-goog-api-key", "Content-Type", "Host"]),
        st.text(max_size=20),
    ),
)
def test_no_request_line_at_all_is_answered_with_a_server_error(
    provider: str, method: str, path: str, query: str, headers: dict[str, str]
) -> None:
    with Harness() as mock:
        for target in (path, poll_path(provider, path[1:]) if provider in ("reapi", "gmicloud") else path):
            answer = mock.send(provider, method, target, query=query, headers=headers, key=None)
            assert answer.status < 500
            as_record(answer.exchange)


def orjson_or_text(value: Any) -> bytes:
    """A value as JSON, where orjson can write it."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return repr(value).encode()


@given(
    st.sampled_from([entry for entry in OPERATIONS if any(row.location == "query" for row in entry[1].parameters)]),
    st.text(st.sampled_from("0123456789-+.eE_ xX%٣"), max_size=25) | st.text(max_size=10),
)
def test_no_query_at_all_is_answered_with_a_server_error(entry: tuple[str, Operation], value: str) -> None:
    provider, operation = entry
    with Harness() as mock:
        for parameter in operation.parameters:
            answer = mock.call(provider, operation, query=urlencode({parameter.name: value}))
            assert answer.status in (200, 400)
