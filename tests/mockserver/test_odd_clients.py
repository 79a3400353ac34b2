"""Legal HTTP that few clients send, over real sockets, and the addresses at which a simulator is met."""

import socket
from collections.abc import Iterator

import orjson
import pytest
from harness import NAMES, authorization, exchange_on, talk

from safelight.mockserver.server import ServerSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings
from safelight.specs import load

each_provider = pytest.mark.parametrize("provider", NAMES)

GOODBYE = b"\r\nHost: safelight\r\n\r\n"


def has_ipv6() -> bool:
    """Whether this machine has the IPv6 loopback address."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@pytest.fixture(scope="module")
def live() -> Iterator[SimulatorThread]:
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=0))) as running:
        yield running


def head_of_submit(live: SimulatorThread, provider: str, *lines: str, path: str = "", version: str = "1.1") -> bytes:
    """The head of an authorized submit; `path` replaces the one that the simulator shows."""
    operation = next(row for row in load(provider).operations if row.role == "submit")
    target = path or f"/{provider}{operation.path}".replace("{model}", "gemini-3-pro-image-preview")
    key = live.call(live.world.ready_key, live.world.default, provider)
    headers = [f"{name}: {value}" for name, value in authorization(live.world.providers[provider], key).items()]
    rows = [f"POST {target} HTTP/{version}", "Host: safelight", *headers, *lines]
    return "\r\n".join([*rows, "", ""]).encode()


def asked_again(live: SimulatorThread, provider: str, start: bytes, body: bytes = b"{}") -> int:
    answer = talk(live.simulator.port, start + body)
    assert answer is not None
    return answer.status


@each_provider
def test_a_client_that_waits_for_the_word_to_go_on_gets_it(live: SimulatorThread, provider: str) -> None:
    start = head_of_submit(live, provider, "Content-Length: 2", "Expect: 100-Continue")
    with socket.create_connection(("127.0.0.1", live.simulator.port), timeout=20) as connection:
        connection.sendall(start)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        answer = exchange_on(connection, b"{}")
    assert answer is not None
    assert answer.status == 400


@each_provider
def test_a_client_whose_body_would_be_too_large_is_not_told_to_go_on(live: SimulatorThread, provider: str) -> None:
    limit = load(provider).behaviour.body_limit
    start = head_of_submit(live, provider, f"Content-Length: {limit + 1}", "Expect: 100-continue")
    assert asked_again(live, provider, start, b"") == 413


@pytest.mark.parametrize("expectation", ["Expect: 100-continue", "Expect: the-unexpected"])
def test_a_client_that_does_not_wait_is_not_held_up(live: SimulatorThread, expectation: str) -> None:
    start = head_of_submit(live, "reapi", "Content-Length: 2", expectation)
    assert asked_again(live, "reapi", start) == 400


def test_an_old_client_is_never_told_to_go_on(live: SimulatorThread) -> None:
    start = head_of_submit(live, "reapi", "Content-Length: 2", "Expect: 100-continue", version="1.0")
    answer = talk(live.simulator.port, start, b"{", b"}")
    assert answer is not None
    assert (answer.status, answer.headers["connection"]) == (400, "close")


@each_provider
def test_a_target_may_be_a_whole_url(live: SimulatorThread, provider: str) -> None:
    origin = load(provider).behaviour.api_origin.replace("https:", "http:")
    operation = next(row for row in load(provider).operations if row.role == "submit")
    path = operation.path.replace("{model}", "gemini-3-pro-image-preview")
    for url in (f"http://127.0.0.1:{live.simulator.port}/{provider}{path}?a=b", f"{origin}{path}"):
        assert asked_again(live, provider, head_of_submit(live, provider, "Content-Length: 2", path=url)) == 400
        assert live.call(lambda: list(live.world.default.journal))[-1].target.startswith(path)


def test_a_whole_url_of_nobody_is_answered_by_the_simulator_itself(live: SimulatorThread) -> None:
    for url in (b"http://elsewhere.example/x", b"http://elsewhere.example"):
        answer = talk(live.simulator.port, b"GET " + url + b" HTTP/1.1" + GOODBYE)
        assert answer is not None
        assert "safelight" in orjson.loads(answer.body)


def test_an_answer_that_fails_to_be_made_is_no_page_of_the_server_library(
    live: SimulatorThread, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live.simulator.media, "missing", lambda provider, path: 1 / 0)
    answer = talk(live.simulator.media_port, b"GET /reapi/nothing HTTP/1.1" + GOODBYE)
    assert answer is not None
    assert (answer.status, list(orjson.loads(answer.body))) == (500, ["safelight"])
    assert "ZeroDivisionError" in caplog.text


# Addresses


def answers(host: str, port: int) -> bool:
    with socket.create_connection((host, port), timeout=20) as connection:
        return exchange_on(connection, b"GET /health HTTP/1.1" + GOODBYE) is not None


@needs_ipv6
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_results_are_found_whichever_address_localhost_is(host: str) -> None:
    with SimulatorThread(ServerSettings(host=host)) as running:
        assert answers("127.0.0.1", running.simulator.media_port)
        assert answers("::1", running.simulator.media_port)


@needs_ipv6
def test_an_address_of_ipv6_is_shown_in_brackets() -> None:
    with SimulatorThread(ServerSettings(host="::1", port_per_provider=True)) as running:
        assert running.url == f"http://[::1]:{running.simulator.port}"
        assert running.call(lambda: running.world.api_url(running.world.default, "reapi")).startswith("http://[::1]:")
        assert answers("::1", running.simulator.port)


@needs_ipv6
def test_a_name_that_is_two_addresses_is_one_port() -> None:
    with SimulatorThread(ServerSettings(host="localhost")) as running:
        assert answers("127.0.0.1", running.simulator.port)
        assert answers("::1", running.simulator.port)
