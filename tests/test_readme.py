"""The snippets of the README do what it says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.conformance.cli.serve import describe
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings

README = Path(__file__).resolve().parents[1] / "README.md"
SNIPPET = re.compile(r"<!-- test: (?P<kind>\w+)(?P<serving>, serving)? -->\n```\w+\n(?P<code>.*?)```", re.DOTALL)
LINTED = re.compile(r"<!-- lint: (?P<schema>[\w-]+) -->\n```yaml\n(?P<code>.*?)```", re.DOTALL)
EXAMPLES = list(LINTED.finditer(README.read_text()))
SNIPPETS = list(SNIPPET.finditer(README.read_text()))


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorThread]:
    """The simulator of the README on any free port, so fast that nobody waits."""
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=10_000))) as running:
        yield running


def test_every_snippet_but_the_first_two_is_run() -> None:
    fences = re.findall(r"^```(\w+)", README.read_text(), re.MULTILINE)
    assert len(SNIPPETS) == sum(1 for fence in fences if fence in ("python", "sh"))


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[f"{match['kind']}-{n}" for n, match in enumerate(SNIPPETS)])
def test_a_snippet_runs(snippet: "re.Match[str]", simulator: SimulatorThread, tmp_path: Path) -> None:
    code = snippet["code"].replace("http://127.0.0.1:4010", simulator.url)
    if snippet["kind"] == "pytest":
        (tmp_path / "test_snippet.py").write_text(code)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    elif snippet["kind"] == "python":
        command = [sys.executable, "-c", code]
    else:
        scripts = Path(sys.executable).parent
        command = ["sh", "-ec", f"PATH={scripts}:$PATH\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    assert '"error"' not in done.stdout or "safelight-no-credits" in code


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda match: match["schema"])
def test_an_example_for_ci_is_what_its_schema_says(example: "re.Match[str]", tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(example["code"])
    command = ["check-jsonschema", "--builtin-schema", f"vendor.{example['schema']}", "ci.yml"]
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", *command[1:]], capture_output=True, text=True,
                          cwd=tmp_path, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["client", "gateway"])
def test_examples_for_ci_name_options_that_there_are(command: str) -> None:
    asked = [sys.executable, "-m", "safelight.conformance", "check", command, "--help"]
    known = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    for example in EXAMPLES:
        [line] = re.findall(rf"safelight check {command} (.*(?:\n +--.*)*)", example["code"])
        options = re.findall(r"--[a-z]+", line)
        assert options
        assert [option for option in options if f"{option} " not in known] == []


def test_the_ready_keys_shown_are_the_ready_keys(simulator: SimulatorThread) -> None:
    text = README.read_text()
    for name, provider in describe(simulator.simulator)["providers"].items():
        assert re.search(
            rf"^ {name} +http://127.0.0.1:4010/{name} +{re.escape(provider['api_key'])}$", text, re.MULTILINE
        )
