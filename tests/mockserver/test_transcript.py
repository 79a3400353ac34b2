"""Exchanges as records, HAR and lines, and that no key gets into any of them."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import jsonschema
import orjson
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from safelight.mockserver.clock import MANUAL_EPOCH
from safelight.mockserver.control.contract import contract
from safelight.mockserver.journal import Exchange, Note
from safelight.mockserver.masking import SHORTEST_KEY, mask
from safelight.mockserver.providers.base import load_providers
from safelight.mockserver.server import Simulator
from safelight.mockserver.transcript import as_har, as_record, one_line, printable

KEY = "rk_live_0123456789abcdef01234567"
HEX = "0123456789abcdef" * 2


def make(
    *,
    target: str = "/api/v1/tasks/x",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    answer: bytes = b"{}",
    **changes: Any,
) -> Exchange:
    exchange = Exchange(
        number=3,
        tenant="t1",
        provider="reapi",
        operation="poll",
        method="GET",
        target=target,
        at=MANUAL_EPOCH,
        real_at=1_000_000_000.0,
        request_headers=headers if headers is not None else {"Authorization": f"Bearer {KEY}"},
        request_body=body,
        status=200,
        response_headers={"Content-Type": "application/json"},
        response_body=answer,
        done=MANUAL_EPOCH + 1.5,
        real_done=1_000_000_000.25,
    )
    for name, value in changes.items():
        setattr(exchange, name, value)
    return exchange


def hold_against_schema(record: dict[str, Any]) -> None:
    schemas = contract().document["components"]
    schema = {"$ref": "#/components/schemas/Exchange", "components": schemas}
    jsonschema.Draft202012Validator(schema).validate(json.loads(orjson.dumps(record)))


class TestRecord:
    def test_says_all_that_is_known(self) -> None:
        exchange = make(
            body=b'{"a": 1}',
            verdict="invalid",
            problem="parameter-invalid",
            rule="reapi.submit.size",
            reason="must be one of 1:1",
            fault=2,
            job=HEX,
            credits=1.0,
            notes=(Note("a remark", "reapi.poll.id"),),
        )
        record = as_record(exchange)
        hold_against_schema(record)
        assert record == {
            "number": 3,
            "tenant": "t1",
            "provider": "reapi",
            "operation": "poll",
            "method": "GET",
            "target": "/api/v1/tasks/x",
            "at": MANUAL_EPOCH,
            "at_iso": "2026-01-01T00:00:00.000Z",
            "duration": 1.5,
            "real_at": 1_000_000_000.0,
            "real_at_iso": "2001-09-09T01:46:40.000Z",
            "real_duration": 0.25,
            "request": {
                "headers": [{"name": "Authorization", "value": "Bearer rk_live_***"}],
                "body": {"length": 8, "text": '{"a": 1}'},
            },
            "status": 200,
            "response": {
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "body": {"length": 2, "text": "{}"},
            },
            "verdict": "invalid",
            "problem": "parameter-invalid",
            "rule": "reapi.submit.size",
            "reason": "must be one of 1:1",
            "fault": 2,
            "job": HEX,
            "credits": 1.0,
            "notes": [{"text": "a remark", "rule": "reapi.poll.id"}],
        }

    def test_has_other_bodies_in_base64(self) -> None:
        body = as_record(make(answer=b"\x89PNG"))["response"]["body"]
        assert body == {"length": 4, "base64": "iVBORw=="}

    def test_has_no_body_where_there_was_none(self) -> None:
        assert as_record(make())["request"]["body"] is None

    def test_keeps_a_header_that_came_twice(self) -> None:
        headers = CIMultiDict([("Accept", "a"), ("accept", "b")])
        rows = as_record(make(headers=headers))["request"]["headers"]
        assert rows == [{"name": "Accept", "value": "a"}, {"name": "accept", "value": "b"}]

    def test_remarks_on_keys_that_are_repeated(self) -> None:
        notes = as_record(make(body=b'{"a": 1, "b": {"a": 2, "a": 3, "a": 4}}'))["notes"]
        assert notes == [{"text": "the key 'a' is repeated in the body; only the last one counts", "rule": None}]

    def test_can_be_written_whatever_came_over_the_wire(self) -> None:
        odd = "\udcff\ud800"
        exchange = make(
            target=f"/{odd}", headers={f"X-{odd}": odd}, method=odd, reason=odd, notes=(Note(odd),), body=b"\xff\xfe"
        )
        record = as_record(exchange)
        hold_against_schema(record)
        assert record["target"] == "/\\udcff\\ud800"
        orjson.dumps(as_har([exchange]))


class TestHar:
    def test_has_what_har_demands(self) -> None:
        exchange = make(target="/p?a=1&b=", body=b'{"a": 1}', headers={"Content-Type": "application/json"})
        log = as_har([exchange])["log"]
        assert log["version"] == "1.2"
        (entry,) = log["entries"]
        remainder = entry.pop("_safelight")
        assert entry == {
            "startedDateTime": "2026-01-01T00:00:00.000Z",
            "time": 1500.0,
            "request": {
                "method": "GET",
                "url": "http://reapi.localhost/p?a=1&b=",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "queryString": [{"name": "a", "value": "1"}, {"name": "b", "value": ""}],
                "headersSize": -1,
                "bodySize": 8,
                "postData": {"mimeType": "application/json", "params": [], "text": '{"a": 1}'},
            },
            "response": {
                "status": 200,
                "statusText": "OK",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": 2,
            },
            "cache": {},
            "timings": {"send": 0, "wait": 1500.0, "receive": 0},
        }
        record = as_record(exchange)
        assert {**remainder, "request": record["request"], "response": record["response"]} == record

    def test_names_true_addresses_where_they_are_known(self) -> None:
        bases = {"reapi": "http://127.0.0.1:4010/~t1/reapi", "media": "http://localhost:4011"}
        image = make(target="/~t1/reapi/x.png", operation="media")
        urls = [entry["request"]["url"] for entry in as_har([make(), image], bases=bases)["log"]["entries"]]
        assert urls == ["http://127.0.0.1:4010/~t1/reapi/api/v1/tasks/x", "http://localhost:4011/~t1/reapi/x.png"]

    def test_marks_binary_bodies(self) -> None:
        (entry,) = as_har([make(body=b"\xff", answer=b"\xfe")])["log"]["entries"]
        assert (entry["request"]["postData"]["text"], entry["request"]["postData"]["_encoding"]) == ("/w==", "base64")
        content = entry["response"]["content"]
        assert (content["text"], content["encoding"], content["size"]) == ("/g==", "base64", 1)

    def test_has_no_text_for_a_status_of_nobodys(self) -> None:
        (entry,) = as_har([make(status=499)])["log"]["entries"]
        assert (entry["response"]["status"], entry["response"]["statusText"]) == (499, "")


class TestLine:
    def test_reads_from_left_to_right(self) -> None:
        line = one_line(make(job=HEX, reason="must be one of 1:1", notes=(Note("a remark"),), body=b'{"a":1,"a":2}'))
        assert line == (
            "2026-01-01T00:00:00Z  reapi  GET  /api/v1/tasks/x  200  250 ms  job 01234567  "
            "must be one of 1:1; a remark; the key 'a' is repeated in the body; only the last one counts"
        )

    def test_names_the_problem_where_no_reason_is_known(self) -> None:
        line = one_line(make(problem="key-unknown", status=401, provider=""))
        assert line == "2026-01-01T00:00:00Z  ?  GET  /api/v1/tasks/x  401  250 ms  key-unknown"

    def test_is_one_line_that_moves_no_cursor(self) -> None:
        line = one_line(make(target="/\x1b[2J\r\n\u2028猫\udcff", reason="a\nb"))
        assert "/\\x1b[2J\\x0d\\x0a\\x2028猫\\xdcff" in line
        assert "a\\x0ab" in line


class TestMasking:
    @pytest.mark.parametrize(
        ("key", "masked"),
        [
            (KEY, "rk_live_***"),
            ("sk-0123456789abcdef", "sk-***"),
            ("AIzaSyA0123456789abcdef", "***"),
            ("123e4567-e89b-12d3-a456-426614174000", "***"),
            ("my-key", "***"),
            ("", "***"),
        ],
    )
    def test_shows_a_prefix_that_gives_nothing_away(self, key: str, masked: str) -> None:
        assert mask(key) == masked

    @pytest.mark.parametrize(
        ("name", "value", "shown"),
        [
            ("Authorization", f"bearer {KEY}", "bearer rk_live_***"),
            ("Authorization", KEY, "rk_live_***"),
            ("Authorization", "Basic dXNlcjpwYXNzd29yZA==", "Basic ***"),
            ("Authorization", "Bearer", "***"),
            ("API-KEY", KEY, "rk_live_***"),
            ("x-goog-api-key", KEY, "rk_live_***"),
            ("Cookie", "session=abc; theme=dark", "session=***; theme=***"),
            ("Idempotency-Key", "order-17-attempt-1", "order-17-attempt-1"),
            ("User-Agent", "curl/8", "curl/8"),
        ],
    )
    def test_headers(self, name: str, value: str, shown: str) -> None:
        assert as_record(make(headers={name: value}))["request"]["headers"] == [{"name": name, "value": shown}]

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            (f"alt=sse&key={KEY}", "alt=sse&key=rk_live_***"),
            ("key=a%2Bshort%20one", "key=***"),
            ("%6Bey=0123456789", "%6Bey=***"),
            ("key&X-Amz-Signature=0123456789", "key&X-Amz-Signature=0123456789"),
        ],
    )
    def test_queries(self, query: str, shown: str) -> None:
        assert as_record(make(target=f"/p?{query}"))["target"] == f"/p?{shown}"

    def test_a_key_cut_off_in_an_echo_is_recognised(self) -> None:
        record = as_record(make(answer=f'{{"error": "invalid key {KEY[:20]}…"}}'.encode()))
        assert record["response"]["body"]["text"] == '{"error": "invalid key rk_live_***…"}'

    def test_a_key_with_the_same_beginning_is_another(self) -> None:
        record = as_record(make(answer=b'{"note": "keys begin with rk_live_ here"}'))
        assert record["response"]["body"]["text"] == '{"note": "keys begin with rk_live_ here"}'

    def test_a_word_too_short_for_a_key_is_left_elsewhere(self) -> None:
        record = as_record(make(headers={"Authorization": "Bearer null"}, answer=b'{"output":null}'))
        assert record["request"]["headers"][0]["value"] == "Bearer ***"
        assert record["response"]["body"]["text"] == '{"output":null}'

    def test_further_keys_can_be_named(self) -> None:
        exchange = make(headers={}, body=f'{{"apiKey": "{KEY}"}}'.encode())
        assert as_record(exchange, [KEY])["request"]["body"]["text"] == '{"apiKey": "rk_live_***"}'
        assert KEY not in json.dumps(as_har([exchange], secrets=[KEY]))

    def test_many_echoes_take_no_time_worth_speaking_of(self) -> None:
        exchange = make(headers={"API-KEY": "a" * 8}, answer=b"a" * 200_000)
        assert as_record(exchange)["response"]["body"]["text"] == "***" * 25_000


PLAIN = st.characters(min_codepoint=32, exclude_characters="*", exclude_categories=["Cs", "Zl", "Zp"])
KEYS = st.text(PLAIN, min_size=SHORTEST_KEY) | st.text('aB3"\\/+%&~é猫 -_', min_size=SHORTEST_KEY)
ECHOES: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([
    lambda key: key,
    lambda key: json.dumps({"message": f"unknown key {key}"}),
    lambda key: orjson.dumps({"message": f"invalid value {json.dumps(key)}"}).decode(),
    lambda key: json.dumps({"message": f"invalid value {json.dumps(key, ensure_ascii=False)}"}),
    lambda key: f"no such page: ?key={quote(key, safe='')}",
    lambda key: f"no such page: ?key={quote_plus(key)}&x",
    lambda key: f"no such page: /{quote(key)}/x",
    lambda key: f"\udcff{key}",
])  # fmt: skip
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "bearer": lambda key: {"headers": {"Authorization": f"Bearer {key}"}},
    "API-KEY": lambda key: {"headers": {"API-KEY": key}},
    "x-goog-api-key": lambda key: {"headers": {"x-goog-api-key": key}},
    "Cookie": lambda key: {"headers": {"Cookie": f"a=b; session={key}"}},
    "Set-Cookie": lambda key: {"headers": {}, "response_headers": {"Set-Cookie": f"session={key}; Path=/"}},
    "query": lambda key: {"headers": {}, "target": f"/p?a=b&key={quote(key)}"},
}


@settings(deadline=None)
@given(key=KEYS, place=st.sampled_from(sorted(PLACES)), echo=ECHOES)
@example(key="token 12", place="API-KEY", echo=lambda key: key)
def test_no_key_survives(key: str, place: str, echo: Callable[[str], str]) -> None:
    key = key.strip()
    text, frame = echo(key), echo("NOKEY")
    assume(len(key) >= SHORTEST_KEY and ";" not in key and key[:4] not in frame)
    body = text.encode("utf-8", "surrogateescape")
    exchange = make(body=body, answer=body, reason=text, notes=(Note(text),), **PLACES[place](key))
    record = as_record(exchange)
    harmless = {frame.replace("NOKEY", mask(spelling)) for spelling in (key, quote(key))}
    assert {text_of(record["request"]["body"]), text_of(record["response"]["body"])} <= harmless
    assert {record["reason"], record["notes"][0]["text"]} <= {printable(written) for written in harmless}
    for written in [*texts(record), *texts(as_har([exchange])), one_line(exchange)]:
        assert key not in written
        assert quote(key) not in written


def text_of(body: dict[str, Any]) -> str:
    return body["text"] if "text" in body else b64decode(body["base64"]).decode("utf-8", "surrogateescape")


def texts(value: Any) -> list[str]:
    """Every text of a JSON value, bodies in base64 read."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        if "base64" in value:
            return [b64decode(value["base64"]).decode("utf-8", "surrogateescape")]
        if value.get("encoding", value.get("_encoding")) == "base64":
            return [b64decode(value["text"]).decode("utf-8", "surrogateescape")]
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


BROKEN_HEADERS = [
    f"Authorization : Bearer {KEY}",
    f"Authorization: Bearer {KEY}\x00",
    f"Authorization: Bearer\r\n {KEY}\x00",
    f"API-KEY:\r\n\t{KEY}\r\nX: \x00",
]


def test_what_is_not_http_gives_no_key_away() -> None:
    async def scenario() -> list[Exchange]:
        async with Simulator(providers=load_providers(("reapi",))) as simulator:
            for lines in BROKEN_HEADERS:
                reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
                writer.write(f"GET /reapi/api/v1/balance HTTP/1.1\r\nHost: x\r\n{lines}\r\n\r\n".encode())
                assert b" 400 " in await reader.read()
                writer.close()
                await writer.wait_closed()
            return list(simulator.world.unattributed.journal)

    exchanges = asyncio.run(scenario())
    assert len(exchanges) == len(BROKEN_HEADERS)
    for exchange in exchanges:
        assert KEY not in json.dumps(as_record(exchange))
