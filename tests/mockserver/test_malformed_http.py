"""Bytes that are no request, or the wrong ones: each provider's own envelope, over real sockets."""

import gzip
import re
import socket
from collections.abc import Callable, Iterator
from typing import TypeVar

import jsonschema_rs
import orjson
import pytest
from harness import NAMES, Reading, authorization, exchange_on, response_schema, talk
from refusals import REFUSALS, code_of, message_of

from safelight.mockserver import wire
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings
from safelight.specs import Operation, load

T = TypeVar("T")

each_provider = pytest.mark.parametrize("provider", NAMES)

LINES_THAT_ARE_NO_HEADERS = {
    "no colon": b"Broken header line",
    "no name": b": x",
    "space in the name": b"Bad Name: x",
    "bracket in the name": b"Bad(Name): x",
    "bytes in the name": b"X-\xff: x",
    "folded line": b" folded",
    "null": b"X-A: a\x00b",
    "control character": b"X-A: \x01",
    "bare carriage return": b"X-A: a\rb",
    "bare line feed": b"X-A: a\nb",
    "value of 9 000 bytes": b"X-A: " + b"a" * 9_000,
    "value of 100 000 bytes": b"X-A: " + b"a" * 100_000,
    "name of 9 000 bytes": b"a" * 9_000 + b": x",
    "2 000 headers": b"\r\n".join(b"X-%d: 1" % number for number in range(2_000)),
    "length that is no number": b"Content-Length: abc",
    "negative length": b"Content-Length: -1",
    "length beyond 64 bits": b"Content-Length: 99999999999999999999",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3",
    "length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked",
    "unknown transfer encoding": b"Transfer-Encoding: smoke",
    "two hosts": b"Host: other",
}


@pytest.fixture(scope="module")
def live() -> Iterator[SimulatorThread]:
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=0))) as running:
        yield running


def head(live: SimulatorThread, provider: str, *lines: bytes, operation: Operation | None = None) -> bytes:
    """The head of a request for a provider's first submit, without its end."""
    operation = operation or next(row for row in load(provider).operations if row.role == "submit")
    path = operation.path.replace("{model}", "gemini-3-pro-image-preview")
    key = live.call(live.world.ready_key, live.world.default, provider)
    headers = authorization(live.world.providers[provider], key) | {"Host": "safelight"}
    rows = [f"{operation.method} /{provider}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return b"\r\n".join([row.encode() for row in rows] + list(lines)) + b"\r\n"


def assert_worded(provider: str, reading: Reading | None, kind: str) -> str:
    """Fail unless an answer off the wire is the provider's refusal of this kind; its message otherwise."""
    assert reading is not None
    body = orjson.loads(reading.body)
    assert (reading.status, code_of(provider, body)) == REFUSALS[provider][kind], reading
    schema = response_schema(load(provider), "", reading.status)
    assert jsonschema_rs.Draft202012Validator(dict(schema)).is_valid(body)
    return message_of(provider, body)


@each_provider
@pytest.mark.parametrize("line", LINES_THAT_ARE_NO_HEADERS.values(), ids=LINES_THAT_ARE_NO_HEADERS)
def test_a_malformed_header(live: SimulatorThread, provider: str, line: bytes) -> None:
    request = head(live, provider, line) + b"\r\n{}"
    if line == LINES_THAT_ARE_NO_HEADERS["length beyond 64 bits"]:
        assert talk(live.simulator.port, request).status in (400, 413)  # type: ignore[union-attr]
        return
    message = assert_worded(provider, talk(live.simulator.port, request), "header-malformed")
    assert _named(line) in message


def _named(line: bytes) -> str:
    """What a message calls a line: a header by its name; one that looks well, or has no name, a line."""
    name, colon, _ = line.partition(b":")
    looks_well = re.match(rb"(X-A: a{9}|X-0|Content-Length|Transfer-Encoding|Host|a{9})", line)
    return "line" if looks_well or not colon else name.strip().decode("latin-1") or "line"


@each_provider
def test_a_malformed_header_that_comes_in_a_second_packet(live: SimulatorThread, provider: str) -> None:
    start = head(live, provider)
    with socket.create_connection(("127.0.0.1", live.simulator.port), timeout=20) as connection:
        connection.sendall(start)
        live.call(lambda: None)
        message = assert_worded(provider, exchange_on(connection, b"Bad Name: x\r\n\r\n"), "header-malformed")
    assert "Bad Name" in message


@each_provider
def test_a_malformed_header_after_a_good_request_on_one_connection(live: SimulatorThread, provider: str) -> None:
    with socket.create_connection(("127.0.0.1", live.simulator.port), timeout=20) as connection:
        first = exchange_on(connection, head(live, provider, b"Content-Length: 2") + b"\r\n{}")
        assert_worded(provider, first, "parameter-missing")
        second = exchange_on(connection, head(live, "reapi", b"Bad Name: x") + b"\r\n")
        assert_worded("reapi", second, "header-malformed")


@each_provider
@pytest.mark.parametrize("broken", [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n\r\n", b"-2\r\n{}"])
def test_a_malformed_chunk(live: SimulatorThread, provider: str, broken: bytes) -> None:
    request = head(live, provider, b"Transfer-Encoding: chunked") + b"\r\n"
    answer = talk(live.simulator.port, request + broken)
    assert answer is not None
    assert answer.status == 400
    assert message_of(provider, orjson.loads(answer.body))


@each_provider
def test_a_body_in_good_chunks_is_read_like_any_other(live: SimulatorThread, provider: str) -> None:
    request = head(live, provider, b"Transfer-Encoding: chunked") + b"\r\n"
    answer = talk(live.simulator.port, request, b"1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n")
    assert_worded(provider, answer, "parameter-missing")


@each_provider
@pytest.mark.parametrize(
    ("framing", "sent"),
    [(b"Transfer-Encoding: chunked", b'5\r\n{"mod'), (b"Content-Length: 500", b'{"model": "x"')],
    ids=["chunks", "length"],
)
def test_a_body_that_breaks_off(live: SimulatorThread, provider: str, framing: bytes, sent: bytes) -> None:
    tenant = live.world.default
    recorded, jobs = live.call(lambda: (len(tenant.journal), len(tenant.jobs)))
    assert talk(live.simulator.port, head(live, provider, framing) + b"\r\n" + sent, hang_up=True) is None
    journal = eventually(live, lambda: list(tenant.journal), lambda found: len(found) > recorded)
    assert journal[-1].status == 499
    assert live.call(lambda: len(tenant.jobs)) == jobs


def eventually(live: SimulatorThread, look: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """What is seen once it is enough; each look lets the loop go on."""
    return next(seen for seen in (live.call(look) for _ in range(10_000)) if enough(seen))


@each_provider
def test_a_body_that_says_it_is_too_large_is_refused_unread(live: SimulatorThread, provider: str) -> None:
    limit = load(provider).behaviour.body_limit
    request = head(live, provider, b"Content-Length: %d" % (limit + 1)) + b"\r\n"
    assert str(limit) in assert_worded(provider, talk(live.simulator.port, request), "body-too-large")


def test_a_body_in_chunks_that_grows_too_large(live: SimulatorThread) -> None:
    size = load("gmicloud").behaviour.body_limit + 1
    request = head(live, "gmicloud", b"Transfer-Encoding: chunked") + b"\r\n%x\r\n" % size
    answer = talk(live.simulator.port, request, b" " * size, b"\r\n0\r\n\r\n")
    assert_worded("gmicloud", answer, "body-too-large")


@each_provider
def test_a_compressed_body_is_not_json(live: SimulatorThread, provider: str, caplog: pytest.LogCaptureFixture) -> None:
    for coding, body in ((b"gzip", gzip.compress(b"{}")), (b"gzip", b"{"), (b"deflate", b"x"), (b"br", b"\x0b")):
        request = head(live, provider, b"Content-Encoding: " + coding, b"Content-Length: %d" % len(body))
        assert_worded(provider, talk(live.simulator.port, request + b"\r\n" + body), "body-malformed")
    assert not caplog.records


@each_provider
@pytest.mark.parametrize("first", [b"G@T /%s/x HTTP/1.1", b"GET /%s/a b HTTP/1.1", b"GET /%s/x HTTP/x.y"])
def test_a_malformed_request_line(live: SimulatorThread, provider: str, first: bytes) -> None:
    answer = talk(live.simulator.port, first % provider.encode() + b"\r\nHost: safelight\r\n\r\n")
    assert_worded(provider, answer, "header-malformed")


@each_provider
@pytest.mark.parametrize("path", [b"/\xff\xfe", b"/%ff%zz", b"/x?a=\xff", b"/\xe7\x8c\xab"])
def test_bytes_in_a_path_that_are_no_url(live: SimulatorThread, provider: str, path: bytes) -> None:
    request = b"GET /%s%s HTTP/1.1\r\nHost: safelight\r\n\r\n" % (provider.encode(), path)
    answer = talk(live.simulator.port, request)
    assert answer is not None
    # aiohttp's parser in C refuses such bytes, its parser in Python lets them through.
    assert_worded(provider, answer, "header-malformed" if answer.status == 400 else "route-unknown")


@each_provider
def test_a_path_beyond_the_longest_line(live: SimulatorThread, provider: str) -> None:
    request = b"GET /%s/%s HTTP/1.1\r\nHost: safelight\r\n\r\n" % (provider.encode(), b"a" * 9_000)
    assert_worded(provider, talk(live.simulator.port, request), "header-malformed")


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"hello\r\n\r\n", b"GET HTTP/1.1\r\n\r\n"])
def test_bytes_for_nobody_in_particular(live: SimulatorThread, garbage: bytes) -> None:
    answer = talk(live.simulator.port, garbage)
    assert answer is not None
    assert answer.status == 400
    assert "not a valid HTTP request" in orjson.loads(answer.body)["safelight"]


def test_after_all_that_the_simulator_still_answers(live: SimulatorThread) -> None:
    answer = talk(live.simulator.port, b"GET /health HTTP/1.1\r\nHost: safelight\r\n\r\n")
    assert answer is not None
    assert answer.status == 200


def test_what_aiohttps_parser_in_python_lets_through_is_percent_encoded() -> None:
    assert wire._ascii("/a/\udcff%zz?q=\udce7\udc8c\udcab") == "/a/%FF%zz?q=%E7%8C%AB"
    assert wire._ascii("/a/猫?b=%20") == "/a/%E7%8C%AB?b=%20"
    assert wire._ascii("/a?b={}[]|") == "/a?b={}[]|"
