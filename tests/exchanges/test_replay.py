"""Every documented exchange, sent over HTTP to the simulator and compared with what the document shows."""

import asyncio
from typing import Any

import jsonschema
import orjson
import pytest
from aiohttp import ClientSession
from answer_matching import deviations
from situations import INSTANTS, Caller

from safelight.fixtures.reading import Exchange, find_exchange, load_exchanges
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.world import WorldSettings
from safelight.specs import load, provider_names

EXCHANGES = [exchange for provider in provider_names() for exchange in load_exchanges(provider)]

each_exchange = pytest.mark.parametrize(
    "exchange", EXCHANGES, ids=lambda exchange: f"{exchange.provider}-{exchange.id}"
)


def replay(exchange: Exchange) -> tuple[int, Any, dict[str, tuple[int, str]]]:
    """Status and body of the answer, and what lies at each media URL that the document shows."""

    async def run() -> tuple[int, Any, dict[str, tuple[int, str]]]:
        settings = ServerSettings(world=WorldSettings(rate=0))
        async with Simulator(settings) as simulator, ClientSession() as session:
            caller = Caller(simulator, session, exchange)
            status, raw = await caller.send()
            body = orjson.loads(raw)
            urls = [pointed(body, at) for at, kind in exchange.match.items() if kind == "media_url"]
            return status, body, {url: await caller.open(url) for url in urls}

    return asyncio.run(run())


def pointed(node: Any, pointer: str) -> Any:
    for part in pointer.removeprefix("/").split("/"):
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


@each_exchange
def test_the_answer_is_the_documented_one(exchange: Exchange) -> None:
    status, body, media = replay(exchange)
    schema = load(exchange.provider).operation(exchange.operation).responses[status]
    assert schema is not None
    jsonschema.validate(body, schema)
    if exchange.response is None:  # the document shows the request alone
        assert status == 200
        return
    assert status == exchange.response.status
    assert list(deviations(exchange.response.body, body, exchange.match)) == []
    for answered, content_type in media.values():
        assert (answered, content_type.partition("/")[0]) == (200, "image")


@each_exchange
def test_every_match_points_at_something_documented(exchange: Exchange) -> None:
    assert exchange.response or not exchange.match
    for pointer in exchange.match:
        assert exchange.response is not None
        pointed(exchange.response.body, pointer)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("queued", "queued"),
        ("running", "processing"),
        ("succeeded", "success"),
        ("failed", "failed"),
        ("cancelled", "cancelled"),
    ],
)
def test_a_given_job_is_in_the_given_state(state: str, word: str) -> None:
    assert state in INSTANTS
    given = {"job": state, "submitted_by": "first-turn"}
    status, body, _ = replay(with_given("gmicloud", "first-turn-success", given))
    assert (status, body["status"]) == (200, word)


@pytest.mark.parametrize(("kind", "code"), [("unknown", 10003), ("missing", 10001), ("revoked", 10004)])
def test_a_given_key_is_refused(kind: str, code: int) -> None:
    status, body, _ = replay(with_given("reapi", "submit-minimal", {"key": kind}))
    assert (status, body["error"]["code"]) == (401, code)


def test_a_misspelt_situation_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="keys"):
        replay(with_given("reapi", "submit-minimal", {"keys": "unknown"}))


def with_given(provider: str, exchange_id: str, given: dict[str, Any]) -> Exchange:
    shown = find_exchange(provider, exchange_id)
    return Exchange(
        provider, shown.document, shown.id, shown.lines, shown.operation, given, shown.request, None, {}, ()
    )
