"""`safelight check journal`, `safelight checks` and the lines under the requests of `safelight serve`."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click.testing
import pytest
from talk import Talk

from safelight.conformance.checks.catalogue import checks
from safelight.conformance.cli import main
from safelight.conformance.suite.catalogue import all_checks
from safelight.mockserver.transcript import as_record

MUST = Talk("reapi").submit().poll(30, id="undefined", status=404, answer={})
HOUSE = Talk("reapi").submit(headers={"Content-Type": "text/plain"})
SHOULD = Talk("reapi").submit().poll(5, "processing")
GREEN = Talk("reapi").submit().poll(31, "completed")


def run(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(main, arguments)


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    def write(talk: Talk) -> str:
        file = tmp_path / "journal.jsonl"
        file.write_text("".join(f"{json.dumps(as_record(each))}\n" for each in talk.exchanges))
        return str(file)

    return write


@pytest.mark.parametrize(
    ("talk", "codes"),
    [(MUST, (1, 1, 1)), (HOUSE, (0, 1, 1)), (SHOULD, (0, 0, 1)), (GREEN, (0, 0, 0))],
    ids=["must", "house", "should", "green"],
)
def test_the_exit_code_tells_whether_a_rule_is_broken(journal: Any, talk: Talk, codes: tuple[int, ...]) -> None:
    file = journal(talk)
    for level, code in zip(("MUST", "HOUSE", "SHOULD"), codes, strict=True):
        assert run("check", "journal", file, "--fail-on", level).exit_code == code
    assert run("check", "journal", file).exit_code == codes[1]


def test_what_is_printed_names_rule_citation_and_exchange(journal: Any) -> None:
    printed = run("check", "journal", journal(SHOULD)).output
    assert "! reapi.poll.first-wait  SHOULD  000_689184e2825e36ff.txt:236" in printed
    assert checks()["reapi.poll.first-wait"].cites.statement in printed
    assert "#2 of t1: the first poll came 5 s after the submit; 30 s or more are recommended" in printed
    assert f"2 exchanges, {len(checks())} checks: 0 broken, 1 to look at, " in printed


def test_a_doubt_is_told(journal: Any) -> None:
    talk = Talk("reapi").submit().poll(31, "completed").poll(40, "completed")
    printed = run("check", "journal", journal(talk)).output
    assert "A warning only: the caller may have asked for the job again." in printed


def test_many_findings_of_one_check_are_counted(journal: Any) -> None:
    talk = Talk("reapi")
    for at in range(9):
        talk.submit(at, headers={"Content-Type": "text/plain"})
    printed = run("check", "journal", journal(talk)).output
    assert printed.count("the JSON body is labelled text/plain") == 5
    assert "and 4 more" in printed


def test_json_has_every_verdict(journal: Any) -> None:
    outcome = json.loads(run("check", "journal", journal(SHOULD), "--json", "--fail-on", "SHOULD").output)
    assert (outcome["exchanges"], outcome["fail_on"], outcome["failed"]) == (2, "SHOULD", True)
    verdicts = {verdict["id"]: verdict for verdict in outcome["verdicts"]}
    assert verdicts.keys() == checks().keys()
    broken = verdicts["reapi.poll.first-wait"]
    assert (broken["status"], broken["level"], broken["cases"]) == ("warn", "SHOULD", 1)
    assert broken["citation"] == "000_689184e2825e36ff.txt:236"
    assert broken["findings"][0] == {
        "tenant": "t1",
        "provider": "reapi",
        "exchange": 2,
        "at": 5,
        "job": None,
        "sentence": "the first poll came 5 s after the submit; 30 s or more are recommended",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nonsense\n", "journal, line 1: this is not valid JSON (Expecting value)."),
        ('{"log": {"entries": []}}', "has no exchange with any of the providers, so there is nothing to judge."),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "journal"
    if content is not None:
        file.write_text(content)
    done = run("check", "journal", str(file))
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert done.stderr.endswith(f"{said}\n")
    assert done.stdout == ""


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    done = run("check", "journal", str(tmp_path))
    assert (done.exit_code, done.stderr) == (2, f"Error: {tmp_path} cannot be read: Is a directory.\n")


def test_the_catalogue_is_listed() -> None:
    printed = run("checks").output
    assert all(id in printed for id in all_checks())
    assert f"{len(all_checks())} checks of clients and gateways; {len(checks())} of them" in printed


def test_the_catalogue_is_filtered() -> None:
    rows = json.loads(run("checks", "--provider", "reapi", "--level", "SHOULD", "--json").output)
    assert {(row["provider"], row["level"]) for row in rows} == {("reapi", "SHOULD")}
    assert {row["rule_level"] for row in rows} == {"SHOULD"}


def test_doubt_makes_a_warning_of_what_a_recording_shows() -> None:
    rows = json.loads(run("checks", "--provider", "reapi", "--level", "MUST", "--json").output)
    assert {row["level_in_recordings"] for row in rows if row["doubt"]} == {"SHOULD"}
    ours = json.loads(run("checks", "--provider", "house", "--json").output)
    assert {(row["provider"], row["level"], row["citation"]) for row in ours} == {(None, "HOUSE", None)}


def test_an_unknown_provider_is_refused() -> None:
    done = run("checks", "--provider", "acme")
    assert done.exit_code == 2
    assert "'acme' is not one of" in done.stderr


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A simulator for people: its process, and reAPI's base URL and key."""
    command = [sys.executable, "-m", "safelight.conformance", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}) as process:
        try:
            assert process.stdout is not None
            base, key = next(line.split()[1:] for line in process.stdout if line.startswith(" reapi"))
            next(line for line in process.stdout if line.startswith("control"))
            yield process, base, key
        finally:
            process.kill()


def submit(base: str, key: str) -> None:
    """A submit with an unlabelled body that is no object."""
    request = urllib.request.Request(f"{base}/api/v1/images/generations", b"[]", {"Authorization": f"Bearer {key}"})
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=10)


def rest(process: subprocess.Popen[str]) -> list[str]:
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    return [line for line in process.stdout.read().splitlines() if line]


def test_serve_says_under_a_request_what_it_breaks_and_sums_up() -> None:
    with serving() as (process, base, key):
        submit(base, key)
        request, verdict, head, summary = rest(process)
    assert "POST  /api/v1/images/generations  400" in request
    assert verdict == (
        "  ✗ reapi.submit.body  000_689184e2825e36ff.txt:12-20,22-33  the body is an array; one JSON object is expected"
    )
    assert head == "1 request judged; these checks found something:"
    assert summary == "  ✗ reapi.submit.body  000_689184e2825e36ff.txt:12-20,22-33  1×, first #1 of default"


def test_serve_can_keep_silent() -> None:
    with serving("--no-verdicts") as (process, base, key):
        submit(base, key)
        (request,) = rest(process)
    assert "POST  /api/v1/images/generations  400" in request


def test_serve_says_so_when_all_is_well() -> None:
    with serving() as (process, base, key):
        request = urllib.request.Request(
            f"{base}/api/v1/images/generations",
            json.dumps({"model": "gemini-3-pro-image-preview", "prompt": "x"}).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()
        assert rest(process)[1:] == ["1 request judged; none broke a rule that can be judged from outside."]
