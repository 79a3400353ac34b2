"""Gateways that are no good: one sentence with the end of their log, the right exit code, and nothing left running."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gateway_stand import LITTLE, document, play, started, three_ports, written

from safelight.conformance.cli.check_gateway import gateway
from safelight.conformance.engine.engine import Engine
from safelight.conformance.subjects.errors import AdapterError, BadSubject, GatewayError
from safelight.conformance.suite.smoke import smoke_test

HARMLESS = "gateway.access.key-wanted"


def broken(folder: Path, way: str = "good", **rest: Any) -> str:
    """What is said of a gateway that does not get through a smoke test."""
    subject = started(folder, way, **{"silence": 0.4, **rest})
    with pytest.raises(AdapterError) as raised, Engine(subject) as engine:
        smoke_test(engine, ["reapi"], declared=True)
    assert raised.value.exit_code == 3
    assert "\n" not in str(raised.value)
    return str(raised.value)


def start(command: str, **rest: Any) -> dict[str, Any]:
    return {"command": command, "within": 0.5, **rest}


def test_no_such_program(tmp_path: Path) -> None:
    with pytest.raises(BadSubject, match=r"there is no program 'no-such-gateway' to run"):
        Engine(started(tmp_path, start=start("no-such-gateway --port {port}"))).__enter__()


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(BadSubject, match=r"there is no folder .*/elsewhere to run 'sh' in\."):
        Engine(started(tmp_path, start=start("sh x", directory="elsewhere"))).__enter__()


def test_exits_at_once(tmp_path: Path) -> None:
    assert broken(tmp_path, "exits") == (
        "the gateway exited with code 1; its output ends with `there is no configuration`."
    )


def test_never_becomes_ready(tmp_path: Path) -> None:
    sentence = broken(tmp_path, start=start(f"{LITTLE} never-ready"))
    assert "is not ready at http://127.0.0.1:" in sentence
    assert "after 0.5 s: it answers with 503; its output ends with `" in sentence


def test_takes_connections_and_says_nothing(tmp_path: Path) -> None:
    assert "it takes the connection and does not answer" in broken(tmp_path, start=start(f"{LITTLE} mute"))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="where a process listens is looked up in /proc")
def test_ignores_its_port(tmp_path: Path) -> None:
    sentence = broken(tmp_path, start=start(f"{LITTLE} ignores-port"))
    assert "nobody listens there; it listens on port " in sentence
    assert "but is to take {port} or the variable PORT" in sentence


def test_has_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = f"{sys.executable} -S -E -m http.server --bind 127.0.0.1 {port}"
        sentence = broken(tmp_path, start=start(command))
    assert "the gateway exited with code 1" in sentence
    assert "Address already in use" in sentence


def test_dies_of_a_request(tmp_path: Path) -> None:
    sentence = broken(tmp_path, "dies")
    assert sentence.startswith("the gateway exited with code 3; its output ends with `")
    assert sentence.endswith("out of luck`.")


def test_has_died_between_two_scenarios(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        play(engine)
        subject: Any = engine.subject
        subject._running.child.kill()
        with pytest.raises(GatewayError, match=r"the gateway was killed by SIGKILL; its output ends with"):
            play(engine)


def test_answers_with_what_is_no_http(tmp_path: Path) -> None:
    sentence = broken(tmp_path, "no-http")
    assert "no request reached reapi" in sentence
    assert "the answer is no HTTP" in sentence
    assert "SSH-2.0-OpenSSH_9.6" in sentence


def test_answers_with_what_is_no_json(tmp_path: Path) -> None:
    sentence = broken(tmp_path, "no-json")
    assert "/v1/images/generations: the answer is no JSON: `<html>welcome</html>`. Its output ends with `" in sentence


def test_sleeps_by_itself_although_there_is_a_hook(tmp_path: Path) -> None:
    sentence = broken(tmp_path, "sleeps-by-itself")
    assert "was silent for 0.4 s of real time" in sentence
    assert "needs `clock: faketime:20` or `clock: real`" in sentence


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_leaves_processes_behind(tmp_path: Path) -> None:
    sentence = broken(tmp_path, "leaks")
    assert "leaves processes behind when it is told to end, which were killed: " in sentence
    assert "little_gateway.py leaks (process " in sentence


def test_does_not_look_where_the_simulator_is(tmp_path: Path) -> None:
    env = {"CALLERS_KEY": "{key.own}", "REAPI_BASE_URL": "http://127.0.0.1:9", "REAPI_API_KEY": "rk_x"}
    sentence = broken(tmp_path, env=env)
    assert "no request reached reapi" in sentence
    assert "does the gateway look for its providers at the simulator" in sentence


def test_the_port_of_the_simulator_is_taken(tmp_path: Path) -> None:
    port = three_ports()
    with socket.create_server(("127.0.0.1", port)):
        sentence = broken(tmp_path, simulator={"port": port})
    assert sentence == (
        f"the gateway looks for the simulator at port {port}, where it cannot be: "
        f"cannot listen on 127.0.0.1, port {port}: address already in use."
    )


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ({"start": {"command": f"{LITTLE} exits"}}, 3, "there is no configuration"),
        ({"start": {"command": "no-such-gateway"}}, 2, "there is no program 'no-such-gateway'"),
        ({"start": {"comand": LITTLE}}, 2, "did you mean 'command'?"),
        ({"clock": "virtual"}, 2, "with `start` the clock can be real or hook or faketime"),
        ({"url": "http://127.0.0.1:9"}, 2, "it takes exactly one of `app`, `start` and `url`"),
    ],
)
def test_exit_codes(row: dict[str, Any], code: int, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, document(**row))
    result = CliRunner().invoke(gateway, [str(path), "--check", HARMLESS])
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert result.output.count("\n") == 1


def test_a_typo_is_said_with_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text("url: http://127.0.0.1:9\ndialect: reapi\nclaims:\n  deadlin: 5\n")
    result = CliRunner().invoke(gateway, [str(path)])
    assert result.exit_code == 2
    assert f"{path}, line 4: claims.deadlin: " in result.output
    assert result.output.endswith("did you mean 'deadline'?\n")


def test_nobody_at_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.gateway.url._PATIENCE", 0.1)
    path = tmp_path / "gateway.yaml"
    path.write_text(f"url: http://127.0.0.1:9\ndialect: reapi\nsimulator: {{port: {three_ports()}}}\n")
    result = CliRunner().invoke(gateway, [str(path), "--check", HARMLESS])
    assert result.exit_code == 3
    assert result.output == "Error: there is no gateway at http://127.0.0.1:9: nobody listens there.\n"
