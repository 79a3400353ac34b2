"""`safelight check provider` as people call it: what it says, what it writes, how it ends."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from safelight.conformance.cli import main
from safelight.conformance.drift.prober import Limits
from safelight.conformance.drift.run import look_at
from safelight.conformance.drift.troubles import CannotJudge
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings

KEY = "sk-0123456789abcdef"


def check(base_url: str, *options: str, provider: str = "tokaify", key: str = KEY) -> Result:
    words = ["check", "provider", "--provider", provider, "--base-url", base_url, "--api-key", key, *options]
    result = CliRunner().invoke(main, words)
    assert "Traceback" not in result.output
    return result


def one_sentence(result: Result) -> str:
    """What the command says where it cannot go on."""
    assert result.output.startswith("Error: "), result.output
    assert result.output.count("\n") == 1
    assert result.output.endswith((".\n", "?\n"))
    return result.output


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=1_000.0))) as running:
        yield running


def place_of(simulator: SimulatorThread, provider: str) -> tuple[str, str]:
    world = simulator.world
    return world.api_url(world.default, provider), world.ready_key(world.default, provider)


@contextmanager
def listening(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A server that says these bytes to whatever it hears, then hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    heard = connection.recv(65_536)
                    connection.sendall(answer(heard))
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def http(status: str, body: bytes, *headers: str) -> Callable[[bytes], bytes]:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return lambda heard: head.encode() + body


# ---- verdicts ------------------------------------------------------------------------------------------------------


def test_a_server_that_keeps_to_the_document(simulator: SimulatorThread, tmp_path: Path) -> None:
    url, key = place_of(simulator, "tokaify")
    files = {name: tmp_path / f"result.{name}" for name in ("json", "junit", "sarif", "html", "badge")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    result = check(url, *options, key=key)
    assert result.exit_code == 0, result.output
    assert f"Tokaify at {url}" in result.output
    assert "Every check passed that applies" in result.output
    assert ElementTree.parse(files["junit"]).find(".//failure") is None
    assert json.loads(files["json"].read_bytes())["subject"]["kind"] == "provider"
    for file in files.values():
        assert key not in file.read_text()


def test_a_deviation_is_told_with_its_citation(simulator: SimulatorThread, tmp_path: Path) -> None:
    url, key = place_of(simulator, "onemin")
    simulator.call(lambda: simulator.world.default.choose("onemin.result-object", "string"))
    try:
        found = check(url, provider="onemin", key=key)
        known = tmp_path / "known.yaml"
        options = ("--baseline", str(known))
        written = check(url, *options, "--update-baseline", provider="onemin", key=key)
        expected = check(url, *options, provider="onemin", key=key)
    finally:
        simulator.call(lambda: simulator.world.default.choose("onemin.result-object", "array"))
    assert found.exit_code == 1
    for told in ("onemin.drift.result-object", "MUST", "004_f6cf891aa6c661aa.txt:116-118", "POST", "check provider"):
        assert told in found.output, found.output
    assert key not in found.output
    assert written.exit_code == 1
    assert expected.exit_code == 0, expected.output
    stale = check(url, *options, provider="onemin", key=key)
    assert stale.exit_code == 5, stale.output


def test_one_check_that_is_free_orders_nothing(simulator: SimulatorThread) -> None:
    url, key = place_of(simulator, "onemin")
    jobs = simulator.call(lambda: len(simulator.world.default.jobs))
    result = check(url, "--check", "onemin.drift.missing-prompt", provider="onemin", key=key)
    assert result.exit_code == 0, result.output
    assert simulator.call(lambda: len(simulator.world.default.jobs)) == jobs


# ---- what cannot be judged -----------------------------------------------------------------------------------------


def test_a_wrong_key_is_one_sentence(simulator: SimulatorThread) -> None:
    for provider in ("reapi", "threedai", "tokaify", "onemin", "gmicloud"):
        url, _ = place_of(simulator, provider)
        for paid in ("0", "1"):
            result = check(url, "--max-paid", paid, provider=provider)
            assert result.exit_code == 2, (provider, paid, result.output)
            assert "refuses this key (401" in one_sentence(result)
            assert KEY not in result.output


def test_a_base_url_that_lacks_a_part(simulator: SimulatorThread) -> None:
    for provider in ("reapi", "threedai", "tokaify", "onemin", "gmicloud"):
        url, key = place_of(simulator, provider)
        for wrong in (url.removesuffix(f"/{provider}"), f"{url}/api/v1", f"{url}/v1beta"):
            result = check(wrong, provider=provider, key=key)
            assert result.exit_code == 2, (provider, wrong, result.output)
            assert "base URL" in one_sentence(result)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = check(f"http://127.0.0.1:{port}")
    assert result.exit_code == 3
    assert f"127.0.0.1, port {port} (connection refused)" in one_sentence(result)


def test_there_is_no_such_host() -> None:
    result = check("https://no-such-host.invalid")
    assert result.exit_code == 3
    assert "no host no-such-host.invalid" in one_sentence(result)


def test_tls_where_there_is_none() -> None:
    with listening(http("200 OK", b"{}")) as address:
        result = check(f"https://{address}")
    assert result.exit_code == 3
    assert "no secure connection" in one_sentence(result).lower()


@pytest.mark.parametrize("said", [b"220 mail.example.com ESMTP\r\n", b"\x00\xff\x15\x03", b""])
def test_what_does_not_speak_http(said: bytes) -> None:
    with listening(lambda heard: said) as address:
        result = check(f"http://{address}")
    assert result.exit_code == 3
    assert "gives no answer that can be read" in one_sentence(result)


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (http("200 OK", b"<html>welcome</html>", "Content-Type: text/html"), 3, "200 text/html"),
        (http("301 Moved", b"", "Location: https://elsewhere.example"), 2, "https://elsewhere.example"),
        (http("503 Unavailable", b"<html></html>", "Content-Type: text/html"), 3, "503 text/html"),
        (http("404 Not Found", b""), 2, "base URL"),
        (http("403 Forbidden", b"go away"), 2, "403"),
    ],
)
def test_something_else_lives_there(answer: Callable[[bytes], bytes], code: int, told: str) -> None:
    for provider in ("onemin", "tokaify"):  # of those nothing is asked again, which takes its time
        with listening(answer) as address:
            result = check(f"http://{address}", provider=provider)
        assert result.exit_code == code, result.output
        assert told in one_sentence(result)


def test_who_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(CannotJudge, match=r"no answer within 0\.2 s"):
            asyncio.run(look_at("tokaify", url, KEY, Limits(request=0.2)))


@pytest.mark.parametrize(
    "url",
    ["", "tokaify", "ftp://x", "http://", "http://[", "http://x:99999", "http://x y", "http://u:p@x", "http://x?k=1"],
)
def test_a_base_url_that_is_none(url: str) -> None:
    result = check(url)
    assert result.exit_code == 2
    assert "--base-url takes" in one_sentence(result)


@pytest.mark.parametrize("key", ["", " ", "two words", "schlüssel", "line\nbreak"])
def test_a_key_that_is_none(key: str) -> None:
    result = check("http://127.0.0.1:9", key=key)
    assert result.exit_code == 2
    assert "--api-key takes" in one_sentence(result)


def test_an_unknown_check_names_the_nearest() -> None:
    result = check("http://127.0.0.1:9", "--check", "tokaify.drift.anser")
    assert result.exit_code == 2
    assert "did you mean tokaify.drift.answer?" in one_sentence(result)


def test_the_key_may_come_from_the_environment(simulator: SimulatorThread) -> None:
    url, key = place_of(simulator, "onemin")
    words = ["check", "provider", "--provider", "onemin", "--base-url", url, "--max-paid", "0"]
    result = CliRunner().invoke(main, words, env={"SAFELIGHT_API_KEY": key})
    assert result.exit_code == 0, result.output
