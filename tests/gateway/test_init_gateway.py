"""`safelight init gateway`: a file to start from, which works as it stands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from safelight.conformance.cli.init import init
from safelight.conformance.engine.engine import Engine
from safelight.conformance.gateway import gateway_subject
from safelight.conformance.gateway.file import read_gateway
from safelight.conformance.suite.smoke import smoke_test


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(init, ["gateway", *arguments])


def test_it_works_as_it_stands() -> None:
    result = call()
    assert result.exit_code == 0, result.output
    assert result.output.strip().splitlines()[-1].strip() == "safelight check gateway gateway.yaml"
    with Engine(gateway_subject(read_gateway(Path("gateway.yaml")))) as engine:
        assert smoke_test(engine, ["reapi", "tokaify"], declared=True) == ["reapi", "tokaify"]


def test_every_other_way_to_run_it_that_is_shown_is_one() -> None:
    call()
    text = Path("gateway.yaml").read_text()
    for way in ("start: ", "url: "):
        shown = next(line for line in text.splitlines() if line.startswith(f"# {way}"))
        Path("other.yaml").write_text(text.replace("app: safelight.conformance.reference_gateway:make", shown[2:]))
        assert read_gateway(Path("other.yaml")).app is None


def test_the_schema_is_there_if_it_is_wanted() -> None:
    assert "yaml-language-server" not in _text(call("plain.yaml"), "plain.yaml")
    assert _text(call("mine.yaml", "--schema"), "mine.yaml").startswith(
        "# yaml-language-server: $schema=mine.schema.json\n"
    )
    schema = json.loads(Path("mine.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == "urn:safelight:gateway:1"


def test_nothing_is_ever_overwritten() -> None:
    Path("mine.schema.json").write_text("mine")
    result = call("mine.yaml", "--schema")
    assert (result.exit_code, result.output) == (2, "Error: mine.schema.json exists already; take another PATH.\n")
    assert [file.name for file in Path().iterdir()] == ["mine.schema.json"]
    assert call("--force").exit_code == 2


def test_a_folder_or_a_path_that_is_none() -> None:
    Path("inner").mkdir()
    assert "safelight check gateway inner/gateway.yaml" in call("inner").output
    assert call("nowhere/x.yaml").output == "Error: there is no folder nowhere to write x.yaml into.\n"
    assert call("x.json").output == "Error: x.json is no good name for this file; take one such as gateway.yaml.\n"


def _text(result: Result, name: str) -> str:
    assert result.exit_code == 0, result.output
    return Path(name).read_text()
