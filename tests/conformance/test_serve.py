"""`safelight serve` as its users start it: a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from safelight.conformance.cli import main
from safelight.specs import InvalidSpec

MODEL = "gemini-3-pro-image-preview"
SERVE = [sys.executable, "-m", "safelight.conformance", "serve"]


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A started simulator and its ready line."""
    process = subprocess.Popen(
        [*SERVE, "--port", "0", "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        yield process, json.loads(line)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def call(method: str, url: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of an answer."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()}, method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.loads(error.read() or b"null")


def submit(access: dict[str, str], key: str | None = None) -> tuple[int, dict[str, str], Any]:
    """One job at reAPI."""
    url = f"{access['base_url']}/api/v1/images/generations"
    body = {"model": MODEL, "prompt": "a castle"}
    return call("POST", url, body, Authorization=f"Bearer {key or access['api_key']}")


def failing(*options: str) -> tuple[int, str]:
    """Exit code and stderr of a start that fails."""
    done = subprocess.run([*SERVE, *options], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr.strip()


def test_the_ready_line_is_all_a_script_needs() -> None:
    with serving("--clock", "manual", "--seed", "7") as (_, ready):
        assert (ready["clock"], ready["seed"]) == ("manual", 7)
        assert list(ready["providers"]) == ["reapi", "threedai", "gmicloud", "tokaify", "onemin"]
        assert call("GET", f"{ready['url']}/health")[:1] == (200,)
        status, _, task = submit(ready["providers"]["reapi"])
        assert (status, task["status"], task["created_at"]) == (200, "processing", 1_767_225_600)
        control = f"{ready['control_url']}/tenants/default"
        call("PATCH", f"{control}/clock", {"advance": 60}, Content_Type="application/json")
        access = ready["providers"]["reapi"]
        poll = f"{access['base_url']}/api/v1/tasks/{task['id']}"
        _, _, done = call("GET", poll, Authorization=f"Bearer {access['api_key']}")
        assert done["status"] == "completed"
        with urlopen(done["output"]["image_urls"][0], timeout=10) as image:
            assert image.read(4) == b"\x89PNG"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_a_second_and_answers_what_is_in_flight(number: signal.Signals) -> None:
    with serving("--clock", "manual") as (process, ready):
        access = ready["providers"]["tokaify"]
        url = f"{access['base_url']}/v1beta/models/{MODEL}:generateContent"
        answers: list[tuple[int, dict[str, str], Any]] = []
        body = {"contents": [{"parts": [{"text": "hello"}]}]}
        caller = threading.Thread(
            target=lambda: answers.append(call("POST", url, body, Authorization=f"Bearer {access['api_key']}"))
        )
        caller.start()
        jobs = f"{ready['control_url']}/tenants/default/jobs"
        while not call("GET", jobs)[2]:
            assert caller.is_alive()
        started = time.monotonic()
        process.send_signal(number)
        code = process.wait(timeout=10)
        took = time.monotonic() - started
        caller.join(timeout=10)
        assert (code, answers[0][0]) == (0, 503)
        assert answers[0][2]["error"]["status"] == "UNAVAILABLE"
        assert took < 1.0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_each_request_is_one_readable_line() -> None:
    process = subprocess.Popen(
        [*SERVE, "--port", "0"], stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "80"}
    )
    try:
        assert process.stdout is not None
        row = next(line.split() for line in process.stdout if line.split()[:1] == ["reapi"])
        next(line for line in process.stdout if line.startswith("control"))
        submit({"base_url": row[1], "api_key": row[2]})
        submit({"base_url": row[1], "api_key": "wrong"})
        lines = list(islice((line for line in process.stdout if "POST" in line), 2))
        assert " 200 " in lines[0]
        assert " 401 " in lines[1]
        assert row[2] not in "".join(lines)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_port_for_each_provider() -> None:
    with serving("--port-per-provider") as (_, ready):
        bases = [access["base_url"] for access in ready["providers"].values()]
        assert len({base.rpartition(":")[2] for base in bases}) == 5
        assert all(base.count("/") == 2 for base in bases)
        assert submit(ready["providers"]["reapi"])[0] == 200


def test_any_key_is_accepted_when_asked_for() -> None:
    with serving("--any-key") as (_, ready):
        assert submit(ready["providers"]["reapi"], key="whatever")[0] == 200
    with serving() as (_, ready):
        assert submit(ready["providers"]["reapi"], key="whatever")[0] == 401


def test_progress_at_once_and_by_polls() -> None:
    for progress, expected in (("immediate", ["completed"]), ("polls:3", ["processing", "processing", "completed"])):
        with serving("--progress", progress) as (_, ready):
            access = ready["providers"]["reapi"]
            task = submit(access)[2]["id"]
            url = f"{access['base_url']}/api/v1/tasks/{task}"
            found = [call("GET", url, Authorization=f"Bearer {access['api_key']}")[2]["status"] for _ in expected]
            assert found == expected


def test_addresses_as_clients_see_them() -> None:
    options = (
        "--public-base",
        "https://mock.example/",
        "--media-base",
        "https://images.example",
        "--progress",
        "immediate",
    )
    with serving(*options) as (process, ready):
        assert ready["providers"]["reapi"]["base_url"] == "https://mock.example/reapi"
        assert ready["url"] == "https://mock.example"
        assert ready["media_url"] == "https://images.example"
        assert process.poll() is None


def test_the_journal_is_written_as_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    with serving("--journal", str(file)) as (_, ready):
        key = ready["providers"]["reapi"]["api_key"]
        submit(ready["providers"]["reapi"])
        record = json.loads(file.read_text())
        assert (record["provider"], record["operation"], record["status"]) == ("reapi", "submit", 200)
        assert key not in file.read_text()


def test_pages_of_any_origin_may_call_it_when_asked_for() -> None:
    with serving("--cors") as (_, ready):
        status, headers, _ = call("OPTIONS", f"{ready['providers']['reapi']['base_url']}/api/v1/images/generations")
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, "*")
        assert submit(ready["providers"]["reapi"])[1]["Access-Control-Allow-Origin"] == "*"


def test_the_control_token_guards_the_control_api_alone() -> None:
    with serving("--host", "0.0.0.0", "--control-token", "s3cret") as (_, ready):
        assert call("GET", f"{ready['control_url']}/tenants")[0] == 401
        assert call("GET", f"{ready['control_url']}/tenants", Authorization="Bearer s3cret")[0] == 200
        assert call("GET", f"{ready['url']}/health")[0] == 200
        assert submit(ready["providers"]["reapi"])[0] == 200


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = failing("--port", str(port))
    assert code == 2
    assert message.count("\n") == 0
    assert f"127.0.0.1, port {port}: address already in use" in message
    assert "--port" in message


def test_a_broken_spec_file_is_one_sentence_and_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_broken() -> None:
        raise InvalidSpec(Path("specs/reapi/openapi.yaml"), "there is no info", line=3)

    monkeypatch.setattr("safelight.mockserver.server.load_providers", load_broken)
    result = CliRunner().invoke(main, ["serve"])
    assert (result.exit_code, result.output) == (2, "Error: specs/reapi/openapi.yaml, line 3: there is no info.\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--clock", "fast"), "clock must be real, manual or xN"),
        (("--progress", "soon"), "progress must be time, immediate or polls:N"),
        (("--credits", "nan"), "credits are a number"),
        (("--host", "0.0.0.0"), "control token"),
        (("--public-base", "mock.example"), "begins with http"),
        (("--port", "99999"), "99999"),
        (("--journal", "/nowhere/journal.jsonl", "--port", "0"), "/nowhere/journal.jsonl"),
        (("--prot", "1"), "--port"),
    ],
)
def test_a_bad_option_is_one_sentence_and_exit_2(options: tuple[str, ...], words: str) -> None:
    code, message = failing(*options)
    assert code == 2
    assert message.count("\n") == 0, message
    assert words in message
