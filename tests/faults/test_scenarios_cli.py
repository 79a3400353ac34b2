"""`safelight scenarios`, and `safelight serve --scenario`."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result
from rig import NAMES, SUBMITS

from safelight.conformance.cli import main
from safelight.fixtures.catalogue import load_scenario, scenario_names


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["scenarios", *arguments])


def test_every_scenario_is_listed_with_those_it_is_not_for() -> None:
    result = run()
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines()[:-2]}
    assert tuple(lines) == scenario_names()
    assert lines["hung-poll"].endswith("A poll that is never answered (not for tokaify, onemin)")


@pytest.mark.parametrize("provider", NAMES)
def test_only_those_for_one_provider(provider: str) -> None:
    rows = json.loads(run("--provider", provider, "--json").output)
    assert [row["name"] for row in rows] == [
        name for name in scenario_names() if provider not in load_scenario(name).not_for
    ]


@pytest.mark.parametrize("name", scenario_names())
def test_one_is_explained(name: str) -> None:
    scenario, result = load_scenario(name), run(name)
    assert result.exit_code == 0
    flat = " ".join(result.output.split())
    for text in (scenario.title, scenario.happens, scenario.good_client, *scenario.not_for):
        assert text in flat
    assert all(f"kind: {fault['kind']}" in flat for fault in scenario.faults)
    assert json.loads(run(name, "--json").output)["faults"] == list(scenario.faults)


def test_one_is_explained_for_one_provider() -> None:
    both, one = (
        json.loads(run("key-revoked-mid-job", "--json", *more).output) for more in ((), ("--provider", "reapi"))
    )
    assert [len(row["faults"]) for row in (both, one)] == [2, 1]


def test_a_file_is_explained_too(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("happens: It breaks.\nfaults: [{kind: reset}]\n")
    assert "What happens\n  It breaks.\n" in run(str(file)).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("hung-pol",),
            "There is no scenario 'hung-pol' (did you mean 'hung-poll'?); `safelight scenarios` lists them.",
        ),
        (("hung-poll", "--provider", "onemin"), "hung-poll is not for onemin: it answers a submit with the result"),
        (("--provider", "raepi"), "There is no provider 'raepi' (did you mean 'reapi'?)"),
        (("./nothing.yaml",), "The scenario nothing.yaml cannot be read: No such file or directory."),
    ],
)
def test_mistakes_are_told_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.splitlines()) == 1


def test_the_magic_words_are_shown() -> None:
    output = run("--magic").output
    for word in (
        "a cat, safelight:NAME",
        "reapi: rk_live_safelight-NAME",
        "block-prompt (moderated-prompt)",
        "revoked (",
    ):
        assert word in output
    words = json.loads(run("--magic", "--json").output)
    assert set(words["keys"]) == set(NAMES)
    assert set(words["scenarios"]) == {*scenario_names()} - {"connection-refused", "media-host-down"}
    assert {"reset", "stuck", "slow"} <= set(words["kinds"])
    assert "problem" not in words["kinds"]


def serve(*options: str) -> tuple[subprocess.Popen[str], dict[str, object]]:
    command = [sys.executable, "-m", "safelight.conformance", "serve", "--port", "0", "--json", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline() or "{}")


def submit(access: dict[str, str]) -> int:
    path, body = SUBMITS["reapi"]
    headers = {"Authorization": f"Bearer {access['api_key']}", "Content-Type": "application/json"}
    request = Request(access["base_url"] + path, json.dumps(body("a lamp")).encode(), headers)
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_serve_plays_scenarios_and_files(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("faults: [{kind: unavailable, operation: submit, skip: 1}]\n".replace("unavailable", "edge-page"))
    process, facts = serve("--scenario", "retry-after-none", "--scenario", str(file))
    try:
        assert facts["scenarios"] == ["retry-after-none", "mine"]
        access = facts["providers"]["reapi"]  # type: ignore[index]
        assert [submit(access) for _ in range(5)] == [429, 429, 200, 502, 200]
        control = str(facts["control_url"])
        with urlopen(Request(f"{control}/tenants/default/reset", method="POST"), timeout=10):
            pass
        assert submit(access) == 429
    finally:
        process.kill()
        process.communicate()


def test_serve_prints_an_address_that_refuses() -> None:
    process, facts = serve("--scenario", "connection-refused")
    try:
        with pytest.raises(URLError, match="refused"):
            submit(facts["providers"]["reapi"])  # type: ignore[index]
        with urlopen(f"{facts['url']}/health", timeout=10) as answer:
            assert answer.status == 200
    finally:
        process.kill()
        process.communicate()


def test_serve_names_the_scenarios_it_plays() -> None:
    command = [sys.executable, "-m", "safelight.conformance", "serve", "--port", "0", "--scenario", "stuck-job"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    deadline = threading.Timer(20, process.kill)
    deadline.start()
    try:
        assert any("scenario stuck-job: A job that never ends" in line for line in process.stdout)
    finally:
        deadline.cancel()
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stuk-job", "There is no scenario 'stuk-job' (did you mean 'stuck-job'?)"),
        ("faults: [{kind: rset}]", "line 1: faults[0]: there is no kind of fault 'rset' (did you mean 'reset'?)"),
    ],
)
def test_serve_tells_mistakes_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    wanted = str(file) if "faults" in text else text
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", wanted])
    assert result.exit_code == 2
    assert said in result.output
