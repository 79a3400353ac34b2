"""`safelight init client`: a file to start from, and what to run next."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelight.conformance.cli.init import init


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(init, ["client", *arguments])


def names(folder: str = ".") -> list[str]:
    return sorted(file.name for file in Path(folder).iterdir())


def next_command(result: Result) -> str:
    return result.output.strip().splitlines()[-1].strip()


@pytest.mark.parametrize(
    ("language", "files", "options"),
    [
        ("python", ["safelight_client.py"], "--factory safelight_client:make"),
        ("node", ["node_client.mjs", "safelight_client.mjs"], '--command "node safelight_client.mjs"'),
        ("bash", ["safelight_client.sh"], '--exec "bash safelight_client.sh {op}"'),
    ],
)
def test_each_language_has_one(language: str, files: list[str], options: str) -> None:
    result = call("--language", language)
    assert result.exit_code == 0, result.output
    assert names() == files
    assert next_command(result) == f"safelight check client {options}"


def test_python_is_the_default_and_its_imports_are_absolute() -> None:
    assert call().exit_code == 0
    text = Path("safelight_client.py").read_text()
    assert "from safelight.conformance.client import" in text
    assert "from .." not in text


def test_a_folder_or_a_name_of_ones_own() -> None:
    Path("checks").mkdir()
    result = call("checks")
    assert next_command(result) == "cd checks && safelight check client --factory safelight_client:make"
    result = call("checks/mine.py")
    assert next_command(result) == "cd checks && safelight check client --factory mine:make"
    result = call("checks/mine.sh", "--language", "bash")
    assert next_command(result) == 'safelight check client --exec "bash checks/mine.sh {op}"'
    assert names("checks") == ["mine.py", "mine.sh", "safelight_client.py"]


def test_nothing_is_overwritten_by_accident() -> None:
    Path("safelight_client.py").write_text("mine")
    result = call()
    assert result.exit_code == 2
    assert result.output == (
        "Error: safelight_client.py exists already; --force overwrites it, another PATH leaves it as it is.\n"
    )
    assert Path("safelight_client.py").read_text() == "mine"
    assert call("--force").exit_code == 0
    assert Path("safelight_client.py").read_text() != "mine"


def test_of_two_files_neither_is_written_where_one_exists() -> None:
    Path("node_client.mjs").write_text("mine")
    assert call("--language", "node").exit_code == 2
    assert names() == ["node_client.mjs"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere/mine.py"], "there is no folder nowhere to write mine.py into."),
        (["my-client.py"], "my-client.py is no good name for this file; take one such as safelight_client.py."),
        (["x.js", "--language", "node"], "x.js is no good name for this file; take one such as safelight_client.mjs."),
    ],
)
def test_a_path_that_is_none(arguments: list[str], sentence: str) -> None:
    result = call(*arguments)
    assert (result.exit_code, result.output) == (2, f"Error: {sentence}\n")
