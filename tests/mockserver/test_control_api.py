"""The control API over real HTTP, each answer held against its OpenAPI file."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from control_rig import Rig
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from safelight.mockserver.control import PREFIX
from safelight.mockserver.control.api import LARGEST_BODY, ControlApi
from safelight.mockserver.control.contract import contract
from safelight.mockserver.providers.base import load_providers
from safelight.mockserver.world import World, WorldSettings
from safelight.specs import Operation

OPERATIONS = {operation.id: operation for operation in contract().operations}

BODIES: dict[str, Any] = {
    "create_tenant": {"tag": "new"},
    "change_tenant": {"progress": "polls:3"},
    "change_clock": {"advance": 1},
    "choose_readings": {"reapi.processing-output": "absent"},
    "moderate": {"next": 1},
    "set_credits": {"credits": 5},
    "end_job": {"ending": "succeeded"},
    "add_key": {"provider": "reapi"},
    "revoke_keys": {"provider": "reapi"},
    "arm_fault": {"provider": "reapi", "kind": "internal"},
    "apply_scenario": {"scenario": "bad-gateway-burst"},
}


def path_of(operation: Operation, job: str = "0" * 32, tag: str = "t") -> str:
    return operation.path.format(tag=tag, job=job, provider="reapi", fault=1)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig() as rig:
        yield rig


def test_the_file_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(dict(contract().document)).iter_errors()) == []


def test_there_is_a_request_here_for_every_body() -> None:
    assert set(BODIES) == {name for name, operation in OPERATIONS.items() if operation.body_schema}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_succeeds_as_described(rig: Rig, name: str) -> None:
    operation = OPERATIONS[name]
    job = rig.submit()
    rig.ask("POST", "/tenants/t/faults", BODIES["arm_fault"])
    status, _ = rig.ask(operation.method, path_of(operation, job), BODIES.get(name))
    assert status == min(operation.responses)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_names_an_unknown_query_parameter(rig: Rig, name: str) -> None:
    operation = OPERATIONS[name]
    status, sentence = rig.refusal(operation.method, f"{path_of(operation)}?fromat=har", BODIES.get(name))
    assert status == 400
    assert "'fromat'" in sentence


@pytest.mark.parametrize("name", BODIES)
def test_every_body_is_strict(rig: Rig, name: str) -> None:
    operation = OPERATIONS[name]
    status, sentence = rig.refusal(operation.method, path_of(operation, rig.submit()), BODIES[name] | {"clokc": "x"})
    assert status == 400
    assert "'clokc'" in sentence


def test_a_typo_is_answered_with_a_suggestion(rig: Rig) -> None:
    assert rig.refusal("PATCH", "/tenants/t/clock", {"advanc": 1}) == (
        400,
        "There is no field 'advanc' (did you mean 'advance'?). Known: rate, advance.",
    )


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if "{tag}" in row.path])
def test_an_unknown_tenant_is_not_found(rig: Rig, name: str) -> None:
    operation = OPERATIONS[name]
    status, sentence = rig.refusal(operation.method, path_of(operation, tag="tt"), BODIES.get(name))
    assert status == 404
    assert "no tenant 'tt' (did you mean 't'?)" in sentence


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if not row.body_schema])
def test_a_body_where_none_is_taken_is_refused(rig: Rig, name: str) -> None:
    operation = OPERATIONS[name]
    status, sentence = rig.refusal(operation.method, path_of(operation), {})
    assert status == 400
    assert "takes no body" in sentence


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.body_required])
def test_a_missing_body_is_refused(rig: Rig, name: str) -> None:
    operation = OPERATIONS[name]
    status, sentence = rig.refusal(operation.method, path_of(operation))
    assert (status, sentence) == (400, "The body is missing; a JSON object is expected.")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"tag": "\\ud800"}', b'{"seed": NaN}', b"[" * 10_000, b"[]", b"null", b" " * (LARGEST_BODY + 1)],
    ids=["cut", "not-utf-8", "surrogate", "nan", "deep", "no-object", "null", "large"],
)
def test_a_broken_body_is_refused_in_a_sentence(rig: Rig, body: bytes) -> None:
    status, _, content = rig.send("POST", f"{rig.simulator.url}{PREFIX}/tenants", body)
    assert status == 400
    assert json.loads(content)["error"].endswith(".")


def test_unknown_paths_and_methods(rig: Rig) -> None:
    base = f"{rig.simulator.url}{PREFIX}"
    status, _, content = rig.send("GET", f"{base}/tenant")
    assert (status, json.loads(content)) == (
        404,
        {"error": "There is nothing at /tenant; see /__safelight__/openapi.json."},
    )
    status, headers, content = rig.send("PUT", f"{base}/tenants")
    assert (status, headers["Allow"]) == (405, "GET, POST")
    assert json.loads(content) == {"error": "/tenants takes GET, POST, not PUT."}


class TestToken:
    @pytest.fixture
    def guarded(self) -> Iterator[Rig]:
        with Rig(token="s3sam") as rig:
            yield rig

    @pytest.mark.parametrize(
        "headers",
        [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3sam"}, {"X-Safelight-Token": "sésame"}],
    )
    def test_nothing_is_told_without_it(self, guarded: Rig, headers: dict[str, str]) -> None:
        for path in ("/tenants", "/openapi.json", "/nowhere"):
            status, answered, content = guarded.send("GET", f"{guarded.simulator.url}{PREFIX}{path}", headers=headers)
            assert (status, answered["WWW-Authenticate"]) == (401, "Bearer")
            assert "Authorization: Bearer TOKEN" in json.loads(content)["error"]

    @pytest.mark.parametrize("headers", [{"Authorization": "bearer s3sam"}, {"X-Safelight-Token": "s3sam"}])
    def test_it_opens_the_door(self, guarded: Rig, headers: dict[str, str]) -> None:
        assert guarded.send("GET", f"{guarded.simulator.url}{PREFIX}/tenants", headers=headers)[0] == 200

    def test_health_needs_none(self, guarded: Rig) -> None:
        status, _, content = guarded.send("GET", f"{guarded.simulator.url}/health")
        assert (status, json.loads(content)) == (200, {"status": "ok"})
        assert guarded.send("HEAD", f"{guarded.simulator.url}/health")[0] == 200


def make_api() -> ControlApi:
    world = World(load_providers(("reapi",)), WorldSettings(rate=0))
    world.api_bases["reapi"] = ("http://127.0.0.1:1", "/reapi")
    return ControlApi(world, token=None)


FIELDS = sorted({name for body in BODIES.values() for name in body} | {"rate_limits", "rate", "seed", "times", "skip"})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("reapi")
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(OPERATIONS)),
    tag=st.sampled_from(["default", "unattributed"]) | st.text(min_size=1),
    data=JSON | st.dictionaries(st.sampled_from(FIELDS), JSON),
    query=st.dictionaries(st.sampled_from(["format", "after", "provider", "x"]), st.text(), max_size=2),
)
def test_no_request_is_answered_but_as_described(name: str, tag: str, data: Any, query: dict[str, str]) -> None:
    operation = OPERATIONS[name]
    path = operation.path.replace("{tag}", tag.replace("/", "-"))
    status, value = make_api().call(operation.method, path, query, data)
    assert status in {*operation.responses, 404}
    if status >= 400:
        assert value["error"][-1] in ".?"


def test_a_simulator_that_does_not_listen_has_no_tenants_to_describe() -> None:
    api = ControlApi(World(load_providers(("reapi",)), WorldSettings(rate=0)), token=None)
    status, value = api.call("GET", "/tenants", {}, None)
    assert status == 409
    assert "start it first" in value["error"]


def test_a_failure_of_its_own_is_logged_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api = make_api()
    monkeypatch.setattr(World, "media_url", None)
    with caplog.at_level(logging.ERROR):
        status, value = api.call("GET", "/tenants", {}, None)
    assert (status, value) == (500, {"error": "The control API failed; the simulator's log says how."})
    assert "TypeError" in caplog.text
