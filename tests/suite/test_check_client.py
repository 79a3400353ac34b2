"""`safelight check client` as people call it: what it says, what it writes, how it ends."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from safelight.conformance.cli import main

FAILED_ERROR = "reapi.poll.failed-error"
FIRST_WAIT = "reapi.poll.first-wait"


def check(factory: str, *options: str, provider: str = "reapi") -> Result:
    named = ["--factory", f"careless_clients:{factory}"] if ":" not in factory else ["--factory", factory]
    return CliRunner().invoke(main, ["check", "client", *named, "--provider", provider, *options])


def only(*checks: str) -> list[str]:
    return [word for id in checks for word in ("--check", id)]


def test_a_right_client_passes() -> None:
    result = check("right", *only(FAILED_ERROR, FIRST_WAIT))
    assert result.exit_code == 0, result.output
    assert "scenarios" in result.output


def test_a_wrong_client_fails_with_all_there_is_to_know(tmp_path: Path) -> None:
    result = check("codeless", *only(FAILED_ERROR), "--json", str(tmp_path / "result.json"))
    assert result.exit_code == 1
    for said in (FAILED_ERROR, "MUST", "000_689184e2825e36ff.txt:220-227", "80003", "+0.000 s", "safelight replay"):
        assert said in result.output, result.output


def test_advice_is_a_warning_unless_it_is_to_fail() -> None:
    assert check("hasty", *only(FIRST_WAIT)).exit_code == 0
    assert check("hasty", *only(FIRST_WAIT), "--fail-on", "SHOULD").exit_code == 1


def test_every_file_is_written(tmp_path: Path) -> None:
    files = {name: tmp_path / "out" / f"result.{name}" for name in ("json", "junit", "sarif", "html", "badge")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert check("codeless", *only(FAILED_ERROR), *options).exit_code == 1
    document = json.loads(files["json"].read_text())
    assert [row["status"] for row in document["results"]] == ["fail"]
    assert document["subject"]["factory"] == "careless_clients:codeless"
    assert ElementTree.parse(files["junit"]).find(".//failure") is not None
    assert json.loads(files["sarif"].read_text())["runs"][0]["results"][0]["ruleId"] == FAILED_ERROR
    assert FAILED_ERROR in files["html"].read_text()
    assert files["badge"].read_text().startswith("<svg")


def test_the_same_seed_finds_the_same(tmp_path: Path) -> None:
    found = []
    for name in ("one.json", "two.json"):
        check("codeless", *only(FAILED_ERROR), "--seed", "3", "--json", str(tmp_path / name))
        row = json.loads((tmp_path / name).read_text())["results"][0]
        found.append((row["counterexample"]["scenario"], row["counterexample"]["sentence"]))
    assert found[0] == found[1]


def test_a_counterexample_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    check("codeless", *only(FAILED_ERROR), "--json", str(path))
    again = CliRunner().invoke(main, ["replay", str(path), FAILED_ERROR])
    assert again.exit_code == 1, again.output
    assert "is broken" in again.output
    fixed = CliRunner().invoke(main, ["replay", str(path), FAILED_ERROR, "--factory", "careless_clients:right"])
    assert fixed.exit_code == 0, fixed.output
    assert "is kept" in fixed.output


def test_a_scenario_by_itself_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"provider": "reapi", "ending": "failed"}))
    arguments = ["replay", str(path), FAILED_ERROR, "--factory", "careless_clients:codeless"]
    assert CliRunner().invoke(main, arguments).exit_code == 1


@pytest.mark.parametrize(
    ("content", "check_id", "said"),
    [
        (None, FAILED_ERROR, "cannot be read: no such file"),
        ("{", FAILED_ERROR, "is no JSON"),
        ("[]", FAILED_ERROR, "neither a result nor a scenario"),
        ('{"provider": "reapi", "ends": 1}', FAILED_ERROR, "has no field 'ends'"),
        ('{"provider": "reapi"}', "reapi.poll.failed-eror", "did you mean reapi.poll.failed-error"),
        ('{"provider": "reapi"}', FAILED_ERROR, "exactly one of --factory, --command and --exec"),
    ],
)
def test_what_cannot_be_replayed_is_said(tmp_path: Path, content: str | None, check_id: str, said: str) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    result = CliRunner().invoke(main, ["replay", str(path), check_id])
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "exactly one of --factory, --command and --exec"),
        (("--factory", "careless_clients"), 2, "write it as package.module:name"),
        (("--factory", "careles_clients:make"), 2, "no module 'careles_clients'"),
        (("--factory", "careless_clients:codeles"), 2, "has no 'codeles'"),
        (("--factory", "careless_clients:not_callable"), 2, "has to be callable"),
        (("--factory", "careless_clients:right", "--clock", "real"), 2, "--clock is for --command and --exec"),
        (("--factory", "careless_clients:mistyped"), 3, "did you mean 'ratio'"),
        (("--factory", "careless_clients:failing"), 3, "no such database"),
        (("--factory", "careless_clients:Methodless"), 3, "has no generate()"),
        (("--factory", "careless_clients:Offline"), 3, "does the adapter pass base_url on?"),
        (("--factory", "careless_clients:Refusing"), 3, "nothing to judge"),
        (("--factory", "careless_clients:right", "--check", "reapi.poll.id2"), 2, "did you mean reapi.poll.id"),
        (("--factory", "careless_clients:right", "--requirements", "1999.1"), 2, "no requirement set '1999.1'"),
        (("--factory", "careless_clients:right", "--update-baseline"), 2, "--baseline, which is not given"),
        (("--factory", "careless_clients:right", "--baseline", "nowhere.yaml"), 2, "nowhere.yaml cannot be read"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments: tuple[str, ...], code: int, said: str) -> None:
    result = CliRunner().invoke(main, ["check", "client", *arguments])
    assert said in result.output
    assert result.exit_code == code
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_factory_may_refuse_providers() -> None:
    arguments = ["check", "client", "--factory", "careless_clients:partial", "--check", FIRST_WAIT]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "threedai" not in result.output


def test_a_time_budget_ends_it_and_says_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    result = check("right", "--budget", "0.001", "--json", str(path))
    assert result.exit_code == 0, result.output
    assert "Not explored" in result.output
    document = json.loads(path.read_text())
    assert document["unexplored"]
    assert {row["status"] for row in document["results"]} <= {"pass", "not-applicable"}


def baseline(path: Path, **entry: str) -> Path:
    row = {"check": FAILED_ERROR, "reason": "known", "expires": "2099-01-01", **entry}
    path.write_text(json.dumps({"expected_failures": [row]}))
    return path


@pytest.mark.parametrize(
    ("factory", "entry", "code", "status"),
    [
        ("codeless", {}, 0, "expected-fail"),
        ("codeless", {"expires": "2020-01-01"}, 5, "stale-baseline"),
        ("right", {}, 5, "stale-baseline"),
    ],
)
def test_a_baseline_is_kept_to(tmp_path: Path, factory: str, entry: dict[str, str], code: int, status: str) -> None:
    known, result = baseline(tmp_path / "baseline.yaml", **entry), tmp_path / "result.json"
    ended = check(factory, *only(FAILED_ERROR), "--baseline", str(known), "--json", str(result))
    assert ended.exit_code == code, ended.output
    assert [row["status"] for row in json.loads(result.read_text())["results"]] == [status]


def test_a_baseline_is_written(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    first = check("codeless", *only(FAILED_ERROR), "--baseline", str(path), "--update-baseline")
    assert first.exit_code == 1, first.output
    assert "1 known failure" in first.output
    assert check("codeless", *only(FAILED_ERROR), "--baseline", str(path)).exit_code == 0


def test_our_own_rules_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    check("right", "--no-house", "--examples", "1", "--json", str(path))
    assert {row["level"] for row in json.loads(path.read_text())["results"]} == {"MUST", "SHOULD"}


def test_a_harness_that_fails_does_not_blame_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> Any:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("safelight.conformance.suite.runner.transcript_of", fail)
    result = check("codeless", *only(FAILED_ERROR))
    assert result.exit_code == 4
    assert "says nothing about what was judged" in result.output
    assert "Traceback" not in result.output


def test_a_check_is_explained() -> None:
    result = CliRunner().invoke(main, ["explain", FIRST_WAIT])
    assert result.exit_code == 0, result.output
    for said in ("000_689184e2825e36ff.txt:236", "Why it matters", "A client that keeps it", "A client that breaks it"):
        assert said in result.output


def test_what_cannot_be_explained_is_said() -> None:
    result = CliRunner().invoke(main, ["explain", "reapi.poll.first-wiat"])
    assert result.exit_code == 2
    assert "did you mean reapi.poll.first-wait?" in result.output
