"""`safelight examples`: the documented examples, followed to their images without taking the time they take."""

import asyncio
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from safelight import specs
from safelight.conformance.cli import main
from safelight.conformance.examples import stage as staging
from safelight.conformance.examples.following import Delivery, Moment, deliver, over_http
from safelight.conformance.examples.recipes import RECIPES, Recipe, pick
from safelight.conformance.examples.stage import Stage, poll_times
from safelight.conformance.examples.table import print_table
from safelight.fixtures.reading import find_exchange
from safelight.mockserver.images import describe
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.world import WorldSettings

RECIPE = {recipe.provider: recipe for recipe in RECIPES}


def run(*arguments: str, columns: int = 120) -> Result:
    return CliRunner().invoke(main, ["examples", *arguments], env={"COLUMNS": str(columns)})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run with --json prints."""
    result = run("--output", str(tmp_path_factory.mktemp("examples") / "made"), "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_provider_delivers(report: dict[str, Any]) -> None:
    rows = [(row["provider"], row["via"], row["delivered"]) for row in report["deliveries"]]
    assert rows == [*((name, None, True) for name in RECIPE), ("tokaify", "google-genai", True)]
    assert set(RECIPE) == set(specs.provider_names())


def test_files_are_the_images_that_were_asked_for(report: dict[str, Any]) -> None:
    files = [file for row in report["deliveries"] for file in row["files"]]
    assert [Path(file["file"]).name for file in files] == [
        "reapi-1.png", "threedai-1.png", "threedai-2.png", "gmicloud-1.png", "tokaify-1.png", "onemin-1.png",
        "tokaify-sdk-1.png",
    ]  # fmt: skip
    for file in files:
        facts = describe(Path(file["file"]).read_bytes())
        assert (facts.width, facts.height) == (file["width"], file["height"])


def test_lives_last_as_long_as_documented(report: dict[str, Any]) -> None:
    spans = {row["provider"]: row["life"][-1]["at"] for row in report["deliveries"] if not row["via"]}
    assert 60 <= spans["reapi"] <= 95
    assert 80 <= spans["threedai"] <= 140
    assert 8 <= spans["gmicloud"] <= 20
    assert spans["onemin"] == 45
    assert sum(spans.values()) > 50 * sum(row["real_seconds"] for row in report["deliveries"])


def test_polls_keep_to_the_documented_cadence(report: dict[str, Any]) -> None:
    reapi = report["deliveries"][0]
    assert reapi["life"][-1]["status"] == "completed"
    assert reapi["life"][-1]["at"] == 30 + 5 * (reapi["polls"] - 1)


def test_credits_are_the_documented_prices(report: dict[str, Any]) -> None:
    assert [row["credits"] for row in report["deliveries"]] == [1, 100, 1, 1, 1, 1]


def test_two_runs_are_the_same(report: dict[str, Any], tmp_path: Path) -> None:
    again = json.loads(run("--output", str(tmp_path), "--json").stdout)
    assert [row["life"] for row in again["deliveries"]] == [row["life"] for row in report["deliveries"]]
    for old, new in zip(report["deliveries"], again["deliveries"], strict=True):
        for before, after in zip(old["files"], new["files"], strict=True):
            assert Path(before["file"]).read_bytes() == Path(after["file"]).read_bytes()


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(columns=columns)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(len(line) for line in lines) <= columns
    assert all(any(line.startswith(f" {name} ") for line in lines) for name in RECIPE)
    assert "6 of 6 examples delivered" in result.stdout
    assert "7 images in example-images" in result.stdout


def test_life_breaks_between_statuses_only() -> None:
    moments = [Moment("submitted", 0), Moment("queued", 0), Moment("processing", 5), Moment("success", 15.04)]
    console = Console(width=80, record=True, file=io.StringIO())
    print_table(console, [Delivery("gmicloud", moments=moments, polls=3)], Path("made"))
    shown = console.export_text()
    for step in ("submitted 0 s", "→ queued", "→ processing 5 s", "→ success 15 s", "3 polls"):
        assert step in shown


def test_a_missing_sdk_is_shown_and_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.genai", None)
    result = run("--output", str(tmp_path))
    assert result.exit_code == 0
    assert "skipped: google-genai is not installed" in " ".join(result.stdout.split())
    assert "5 of 5 examples delivered" in result.stdout


def test_an_sdk_that_raises_gets_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("safelight.conformance.examples.google_genai._generate", fail)
    result = run("--output", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr == "Error: Not delivered: tokaify (google-genai raised RuntimeError: out of order).\n"


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.touch()
    result = run("--output", str(file))
    assert result.exit_code == 2
    assert result.stderr == (f"Error: The images cannot be written to {file}: file exists; choose another --output.\n")


def test_an_image_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "reapi-1.png").mkdir()
    result = run("--output", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: The images cannot be written to {tmp_path}: is a directory")


def perform(output: Path, recipe: Recipe, prepare: Callable[[Simulator], object]) -> Delivery:
    """One recipe on a simulator that was prepared for it."""

    async def demonstrate() -> Delivery:
        settings = ServerSettings(world=WorldSettings(rate=0))
        async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
            prepare(simulator)
            return await deliver(Stage(simulator, session, output), recipe, over_http)

    return asyncio.run(demonstrate())


@pytest.mark.parametrize(
    ("provider", "problem"),
    [
        ("reapi", "the job ended as failed"),
        ("threedai", "the job ended as FAILED"),
        ("gmicloud", "the job ended as failed"),
        ("tokaify", "the call ended as IMAGE_SAFETY"),
        ("onemin", "the job ended as FAILED"),
    ],
)
def test_a_moderated_job_is_no_delivery(tmp_path: Path, provider: str, problem: str) -> None:
    def moderate(simulator: Simulator) -> None:
        simulator.world.default.moderations[provider].append("moderated-output")

    delivery = perform(tmp_path, RECIPE[provider], moderate)
    assert problem in delivery.problem
    assert (delivery.pictures, delivery.credits) == ([], 0)


def test_an_error_answer_is_no_delivery(tmp_path: Path) -> None:
    def limit(simulator: Simulator) -> None:
        simulator.world.arm(simulator.world.default, {"kind": "rate-limited", "provider": "reapi"})

    delivery = perform(tmp_path, RECIPE["reapi"], limit)
    assert delivery.problem.startswith("HTTP 429 on /api/v1/images/generations")
    assert "Rate limit exceeded" in delivery.problem


def test_a_job_that_never_ends_is_given_up(tmp_path: Path) -> None:
    def stick(simulator: Simulator) -> None:
        simulator.world.arm(simulator.world.default, {"kind": "stuck", "provider": "gmicloud"})

    delivery = perform(tmp_path, RECIPE["gmicloud"], stick)
    assert delivery.problem == "the job has not ended after 3600 s"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"size": (10, 10)}, "the image is 1856×2304, not 10×10"), ({"count": 2}, "1 images came, not 2")],
)
def test_other_images_than_asked_for_are_no_delivery(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    delivery = perform(tmp_path, replace(RECIPE["gmicloud"], **changes), lambda simulator: None)
    assert delivery.problem == problem
    assert list(tmp_path.iterdir()) == []


def test_an_answer_without_the_job_is_no_delivery(tmp_path: Path) -> None:
    delivery = perform(tmp_path, replace(RECIPE["reapi"], job="task_id"), lambda simulator: None)
    assert delivery.problem == "the answer to the submit has no task_id"


def test_an_image_of_another_prompt_is_no_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "prompt_sha256", lambda prompt: "0" * 64)
    delivery = perform(tmp_path, RECIPE["onemin"], lambda simulator: None)
    assert delivery.problem == "the image belongs to another prompt"


def test_no_image_at_all_is_no_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def page(stage: Stage, url: str) -> bytes:
        return b"<html>"

    monkeypatch.setattr(Stage, "download", page)
    delivery = perform(tmp_path, RECIPE["onemin"], lambda simulator: None)
    assert delivery.problem.startswith("what was downloaded is not an image")


def first(times: Iterator[float], count: int) -> list[float]:
    return list(islice(times, count))


def test_poll_times_follow_the_bands() -> None:
    reapi = poll_times(specs.load("reapi").behaviour.polling)
    times = first(reapi, 40)
    assert times[:3] == [30, 35, 40]
    assert times[30:34] == [180, 210, 240, 270]


def test_poll_times_without_a_documented_cadence_end() -> None:
    times = list(poll_times(None))
    assert times[:2] == [5, 10]
    assert times[-1] == staging.PATIENCE


@pytest.mark.parametrize(
    ("place", "found"),
    [("a", [{"b": [1, 2]}]), ("a.b.*", [1, 2]), ("a.c", []), ("a.b.c", []), ("*.a", []), ("n", [])],
)
def test_pick(place: str, found: list[Any]) -> None:
    assert pick({"a": {"b": [1, 2]}, "n": None}, place) == found


@pytest.mark.parametrize("recipe", [recipe for recipe in RECIPES if recipe.poll], ids=lambda recipe: recipe.provider)
def test_polls_are_documented_as_following_their_submit(recipe: Recipe) -> None:
    given = find_exchange(recipe.provider, recipe.poll or "").given
    assert (given["job"], given["submitted_by"]) == ("succeeded", recipe.example)
