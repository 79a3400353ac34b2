import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelight import specs as specifications
from safelight.conformance.cli.specs import specs

pytestmark = pytest.mark.usefixtures("toy_alone")


@pytest.fixture
def toy_alone(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the toy the only built-in provider."""
    spec = specifications.load_folder(toy)

    def load(provider: str) -> specifications.Spec:
        if provider != "toy":
            raise specifications.UnknownProvider(provider, ("toy",))
        return spec

    monkeypatch.setattr(specifications, "load", load)
    monkeypatch.setattr(specifications, "provider_names", lambda: ("toy",))


def run(*arguments: str, columns: int = 100) -> Result:
    return CliRunner().invoke(specs, arguments, env={"COLUMNS": str(columns)})


def test_list() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "toy        2 " in result.output
    assert "toy.txt" in result.output


def test_list_as_json() -> None:
    (row,) = json.loads(run("list", "--json").output)
    assert row == {
        "provider": "toy",
        "title": "Toy",
        "operations": ["submit", "poll"],
        "rules": 8,
        "readings": ["error-body"],
        "knobs": ["chatty"],
        "documents": ["toy.txt"],
    }


def test_verify_where_all_hold(documents: Path) -> None:
    result = run("verify", "--documents", str(documents))
    assert result.exit_code == 0
    assert result.output == "2 citations of 8 rules in 1 documents: all hold.\n"


def test_verify_where_one_does_not(documents: Path) -> None:
    (documents / "toy.txt").write_bytes(b"Give no prompt.\nSay please,\nalways.\n")
    result = run("verify", "--documents", str(documents))
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "toy.submit.prompt  toy.txt:1  needs review: the text of lines 1 has changed",
        "2 citations of 8 rules in 1 documents: 1 need review.",
    ]


def test_verify_as_json(documents: Path) -> None:
    (documents / "toy.txt").unlink()
    result = run("verify", "--documents", str(documents), "--json")
    assert result.exit_code == 1
    report = json.loads(result.output)
    assert (report["citations"], report["failed"]) == (2, 2)
    assert {problem["kind"] for problem in report["problems"]} == {"document-missing"}


def test_show_rules_by_topic() -> None:
    result = run("show", "toy")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert next(line.split() for line in lines if "toy.submit.polite" in line) == [
        "toy.submit.polite",
        "SHOULD",
        "text",
        "2-3",
    ]
    order = [line.split()[0] for line in lines if line.strip().startswith("toy.")]
    assert [rule.split(".")[1] for rule in order] == ["submit"] * 3 + ["poll"] * 3 + ["error"] * 2


def test_show_rules_with_statements_where_there_is_room() -> None:
    assert "A prompt says please." in run("show", "toy", columns=140).output
    assert "A prompt says please." not in run("show", "toy", columns=80).output


def test_show_rules_as_json() -> None:
    rules = json.loads(run("show", "toy", "--json").output)
    assert [rule["id"] for rule in rules][:2] == ["toy.submit.prompt", "toy.submit.polite"]


def test_show_rule_with_its_citation_and_uses() -> None:
    output = run("show", "toy", "toy.submit.polite", columns=140).output
    for part in (
        "SHOULD",
        "A prompt says please.",
        "toy.txt:2-3",
        "Nobody looks.",
        "openapi.yaml paths./jobs.post",
    ):
        assert part in output


def test_show_rule_as_json() -> None:
    rule = json.loads(run("show", "toy", "toy.poll.cadence", "--json").output)
    assert rule["statement"] == "Polls are a second apart."
    assert rule["uses"] == ["behaviour.yaml polling.rule"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "tog"), "There is no provider 'tog' (did you mean 'toy'?). Known: toy."),
        (("show", "toy", "toy.poll.idd"), "Toy has no rule 'toy.poll.idd' (did you mean 'toy.poll.id'?)."),
        (("verify", "--documents", "nowhere"), "nowhere is not a folder of documents."),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.output == f"Error: {sentence}\n"
