"""A sixth provider is a folder and a module, and nothing else: both are written here, into a temporary folder."""

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from harness import Harness, facts_of

from safelight.fixtures.catalogue import load_scenario
from safelight.mockserver.control.client import Control
from safelight.mockserver.faults import FaultError
from safelight.mockserver.images import prompt_sha256
from safelight.mockserver.providers.base import Provider, load_providers
from safelight.mockserver.scenarios import apply_scenario
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.transcript import as_record
from safelight.mockserver.world import WorldSettings
from safelight.specs import InvalidSpec, Spec, load_folder

OPENAPI = """
openapi: 3.1.0
info: {title: Kiosk, version: "1"}
servers: [{url: https://api.kiosk.example}]
security: [{secret: []}]
paths:
  /v9/orders:
    post:
      operationId: order
      summary: Order pictures
      x-safelight-role: submit
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Order"}
            examples: {plain: {value: {wish: a cat}}}
      responses:
        "201": {description: Ordered, content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}
        "422": {$ref: "#/components/responses/Refused"}
  /v9/orders/{number}:
    get:
      operationId: look
      x-safelight-role: poll
      parameters: [{name: number, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: The order, content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}
        "404": {$ref: "#/components/responses/Refused"}
components:
  securitySchemes: {secret: {type: apiKey, in: header, name: X-Kiosk-Secret}}
  schemas:
    Order:
      type: object
      required: [wish]
      properties:
        wish: {type: string, minLength: 1, maxLength: 99, x-safelight-rule: kiosk.order.wish}
        copies: {type: integer, minimum: 1, maximum: 9, default: 1}
    Ticket:
      type: object
      required: [number, state]
      properties:
        number: {type: string, pattern: "^K-[0-9a-f]{32}$"}
        state: {enum: [waiting, printing, ready, torn]}
        pictures: {type: array, items: {type: string, format: uri}}
        why: {type: string}
    Error:
      type: object
      required: [complaint]
      properties: {complaint: {type: string}, kind: {type: string}}
  responses:
    Refused: {description: No, content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
"""

BEHAVIOUR = """
provider: kiosk
title: Kiosk
origins: {api: https://api.kiosk.example}
keys: {prefix: kiosk-}
identifiers: {job: "K-{hex}"}
states: {queued: waiting, running: printing, succeeded: ready, failed: torn}
answers: {status: state, partial: fewer pictures}
durations: {queued: [1, 1], tiers: {1K: [10, 10], 2K: [10, 10], 4K: [10, 10]}, each_extra_image: 5}
prices: {tiers: {1K: 3, 2K: 3, 4K: 3}, refunded: [failed, moderated], rule: kiosk.order.price}
media:
  store: cdn
  paths: {image: "pictures/{hex}-{index}.{ext}"}
  life: 60
  expired: {gone: {status: 410, body: Gone}, lost: {status: 404, body: Lost}}
limits: {body_bytes: 500}
errors:
  envelopes: {default: {complaint: $message, kind: $code}}
  catalogue:
    key-missing: &key {status: 401, code: key, message: No secret, rule: kiosk.error.any}
    key-malformed: *key
    key-unknown: {status: 401, code: key, message: Wrong secret, rule: kiosk.error.any}
    key-revoked: *key
    credits-exhausted: {status: 402, code: money, message: Pay first, rule: kiosk.error.any}
    rate-limited: {status: 429, code: pace, message: Slow down, rule: kiosk.error.any}
    route-unknown: {status: 404, code: route, message: "No {path}", rule: kiosk.error.any}
    method-not-allowed: {status: 405, code: route, message: "No {method}", rule: kiosk.error.any}
    body-malformed: {status: 422, code: body, message: "{reason}", rule: kiosk.error.any}
    body-too-large: {status: 413, code: body, message: "More than {limit} bytes", rule: kiosk.error.any}
    parameter-missing: {status: 422, code: field, message: "{field} is needed", rule: kiosk.error.any}
    parameter-invalid: {status: 422, code: field, message: "{field} cannot be {value}", rule: kiosk.error.any}
    job-unknown: {status: 404, code: order, message: "No order {id}", rule: kiosk.error.any}
    model-unknown: {status: 404, code: model, message: "No {model}", rule: kiosk.error.any}
    internal: {status: 500, code: us, message: Oops, rule: kiosk.error.any}
    unavailable: {status: 503, code: us, message: Later, rule: kiosk.error.any}
failures:
  failed: {message: Paper jam, rule: kiosk.error.any}
  moderated-prompt: {message: Not in this kiosk, rule: kiosk.error.any}
  moderated-output: {message: Not out of this kiosk, rule: kiosk.error.any}
readings:
  expired-media: {statement: What then?, default: gone, values: {gone: "410.", lost: "404."}, rule: kiosk.error.any}
"""

RULES = """
provider: kiosk
document: kiosk.txt
rules:
  - {id: kiosk.order.wish, level: FACT, basis: inferred, statement: A wish has 1 to 99 characters.}
  - {id: kiosk.order.price, level: FACT, basis: inferred, statement: A picture costs three credits.}
  - {id: kiosk.error.any, level: FACT, basis: inferred, statement: Errors have a complaint.}
"""

MODULE = '''
"""The kiosk: pictures on order."""

from typing import Any

from safelight.mockserver.calls import Call
from safelight.mockserver.jobs import ImageOrder
from safelight.mockserver.providers.base import Provider
from safelight.mockserver.replies import Reply


class Kiosk(Provider):
    def order(self, call: Call) -> Reply:
        order = ImageOrder(call.data["wish"], "1K", 64, 48, int(call.data.get("copies", 1)), "webp")
        job = call.submit(order, model="kiosk")
        return Reply(201, {"number": self.public_id(job.hex), "state": "waiting"})

    def look(self, call: Call) -> Reply:
        job = call.job(call.params["number"])
        state = call.poll(job)
        ticket: dict[str, Any] = {"number": call.params["number"], "state": self.spec.behaviour.states[state.phase]}
        if state.phase == "succeeded":
            ticket["pictures"] = call.media_urls(job)
        elif state.terminal:
            ticket["why"] = call.failure(state).message
        return Reply(200, ticket)
'''


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, from its folder and its module."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "kiosk"
    folder.mkdir()
    for name, text in {"openapi.yaml": OPENAPI, "behaviour.yaml": BEHAVIOUR, "rules.yaml": RULES}.items():
        (folder / name).write_text(text)
    return make_provider(load_folder(folder), tmp_path / "kiosk.py", MODULE)


def make_provider(spec: Spec, file: Path, source: str) -> Provider:
    file.write_text(source)
    location = spec_from_file_location("kiosk", file)
    assert location is not None
    assert location.loader is not None
    module = module_from_spec(location)
    location.loader.exec_module(module)
    provider: Provider = module.Kiosk(spec)
    return provider


@pytest.fixture
def mock(kiosk: Provider) -> Iterator[Harness]:
    with Harness(providers=[kiosk]) as harness:
        yield harness


def order(mock: Harness, **fields: Any) -> Any:
    return mock.send("kiosk", "POST", "/v9/orders", {"wish": "a cat", **fields}, documented=False)


def look(mock: Harness, number: str) -> Any:
    return mock.send("kiosk", "GET", f"/v9/orders/{number}", documented=False)


def test_orders_are_taken_followed_and_delivered(mock: Harness) -> None:
    ticket = order(mock, copies=2)
    assert (ticket.status, ticket.json["state"]) == (201, "waiting")
    assert mock.balance("kiosk") == 1_000_000 - 6
    states = []
    for elapsed in (0, 1, 13.999, 0.001):
        mock.advance(elapsed)
        states.append(look(mock, ticket.json["number"]).json["state"])
    assert states == ["waiting", "printing", "printing", "ready"]
    pictures = look(mock, ticket.json["number"]).json["pictures"]
    assert [url.rpartition("-")[2] for url in pictures] == ["0.webp", "1.webp"]
    facts = facts_of(mock.fetch(pictures[1]).body)
    assert (facts.format, facts.width, facts.height, facts.index) == ("webp", 64, 48, 1)
    assert facts.prompt_sha256 == prompt_sha256("a cat")
    mock.advance(60)
    assert mock.fetch(pictures[0]).status == 410


@pytest.mark.parametrize(
    ("wish", "why"),
    [("safelight:block-prompt", "Not in this kiosk"), ("safelight:block-output", "Not out of this kiosk")],
)
def test_moderation_and_refunds_come_with_the_core(mock: Harness, wish: str, why: str) -> None:
    number = order(mock, wish=wish).json["number"]
    mock.finish()
    assert look(mock, number).json == {"number": number, "state": "torn", "why": why}
    assert mock.balance("kiosk") == 1_000_000


def test_faults_come_with_the_core(mock: Harness) -> None:
    for document in (
        {"kind": "unavailable"},
        {"kind": "partial"},
        {"kind": "unknown-status", "times": None},
        {"kind": "missing-optional"},
    ):
        mock.world.arm(mock.tenant, document)
    assert order(mock).json == {"complaint": "Later", "kind": "us"}
    number = order(mock, copies=2).json["number"]
    assert look(mock, number).json["state"] == "reviewing"
    mock.finish()
    ready = look(mock, number).json
    assert (ready["state"], len(ready["pictures"])) == ("ready", 1)
    with pytest.raises(FaultError, match="progress-back makes no sense for kiosk: its answers show no progress"):
        mock.world.arm(mock.tenant, {"kind": "progress-back", "provider": "kiosk"})


def test_scenarios_and_words_come_with_the_core(mock: Harness) -> None:
    apply_scenario(mock.tenant, load_scenario("retry-after-none"))
    assert [order(mock).status for _ in range(3)] == [429, 429, 201]
    assert order(mock, wish="safelight:edge-page").status == 502
    assert order(mock, wish="safelight:edge-paeg").json["complaint"].endswith("lists them")
    assert (
        mock.send("kiosk", "POST", "/v9/orders", {"wish": "a"}, key="kiosk-safelight-x", documented=False).status == 401
    )


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "body"),
    [
        ("POST", "/v9/orders", {"key": None}, 401, {"complaint": "No secret", "kind": "key"}),
        ("POST", "/v9/orders", {"key": "kiosk-x"}, 401, {"complaint": "Wrong secret", "kind": "key"}),
        ("POST", "/v9/orders", {"data": {}}, 422, {"complaint": "wish is needed", "kind": "field"}),
        ("POST", "/v9/orders", {"data": {"wish": 7}}, 422, {"complaint": "wish cannot be 7", "kind": "field"}),
        ("POST", "/v9/orders", {"raw": b" " * 501}, 413, {"complaint": "More than 500 bytes", "kind": "body"}),
        ("PUT", "/v9/orders", {}, 405, {"complaint": "No PUT", "kind": "route"}),
        ("GET", "/v8", {}, 404, {"complaint": "No /v8", "kind": "route"}),
        ("GET", "/v9/orders/K-1", {}, 404, {"complaint": "No order K-1", "kind": "order"}),
    ],
)
def test_refusals_are_in_its_own_words(
    mock: Harness, method: str, path: str, how: Mapping[str, Any], status: int, body: Any
) -> None:
    answer = mock.send("kiosk", method, path, documented=False, **how)
    assert (answer.status, answer.json) == (status, body)


def test_a_broken_constraint_cites_its_rule(mock: Harness) -> None:
    assert order(mock, wish="x" * 100).exchange.rule == "kiosk.order.wish"
    assert order(mock, copies=10).exchange.rule == "kiosk.error.any"


def test_its_key_is_masked_in_the_transcript(mock: Harness) -> None:
    answer = order(mock)
    key = mock.world.ready_key(mock.tenant, "kiosk")
    assert answer.exchange.request_headers["X-Kiosk-Secret"] == key
    assert key not in json.dumps(as_record(answer.exchange, {text for _, text in mock.tenant.keys}))


def test_it_stands_beside_the_others(kiosk: Provider) -> None:
    with Harness(providers=[*load_providers(), kiosk]) as mock:
        number = order(mock).json["number"]
        assert mock.submit("reapi").status == 200
        assert look(mock, number).status == 200
        assert mock.balance("reapi") == 1_000_000 - 1
        assert sorted(mock.tenant.wallets) == ["gmicloud", "kiosk", "onemin", "reapi", "threedai", "tokaify"]


def test_a_module_without_a_needed_method_is_refused_with_a_sentence(kiosk: Provider, tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="the operation look needs a method look on Kiosk"):
        make_provider(kiosk.spec, tmp_path / "short.py", MODULE.replace("def look", "def glance"))


def test_it_is_served_and_controlled_over_http(kiosk: Provider) -> None:
    settings = ServerSettings(world=WorldSettings(rate=0))
    with SimulatorThread(settings, providers=[kiosk]) as simulator:
        control = Control.connect(simulator.url)
        (described,) = control.providers()
        assert (described.name, described.title) == ("kiosk", "Kiosk")
        assert [operation.id for operation in described.operations] == ["order", "look"]
        assert [choice.name for choice in described.choices] == ["kiosk.expired-media"]
        assert set(described.failures) == {"failed", "moderated-prompt", "moderated-output"}

        tenant = control.create_tenant("t7")
        ticket = request(tenant.base_url("kiosk"), "POST", "/v9/orders", tenant.api_key("kiosk"), {"wish": "a cat"})
        tenant.choose({"kiosk.expired-media": "lost"})
        tenant.advance(30)
        found = request(tenant.base_url("kiosk"), "GET", f"/v9/orders/{ticket['number']}", tenant.api_key("kiosk"))
        (picture,) = found["pictures"]
        assert urlsplit(picture).path.startswith("/~t7/kiosk/pictures/")
        assert [(job.provider, job.phase, job.price) for job in tenant.jobs()] == [("kiosk", "succeeded", 3)]
        assert [(row.operation, row.status, row.verdict) for row in tenant.journal()] == [
            ("order", 201, "valid"),
            ("look", 200, "unchecked"),
        ]


def request(base: str, method: str, path: str, key: str, body: Any = None) -> Any:
    """The JSON of an answer."""
    parts = urlsplit(base)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, parts.path + path, data, {"X-Kiosk-Secret": key})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
