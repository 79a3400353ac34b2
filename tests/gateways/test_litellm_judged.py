"""LiteLLM's proxy as `safelight check gateway` judges it with the shipped file, in real time."""

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litellm_rig import LITELLM, ROOT

pytestmark = [
    pytest.mark.xdist_group("litellm"),
    pytest.mark.skipif(
        not LITELLM.exists(),
        reason="there is no build/litellm, a virtual environment of its own with `pip install litellm[proxy]`",
    ),
]

FOLDER = ROOT / "fixtures/gateways/litellm"
LIMIT = 240.0  # seconds; it takes 30 on an idle machine
DEFECTS = {
    "gateway.money.one-job": "are paid",
    "gateway.errors.own-key": "answered with 401",
    "gateway.errors.retry-after": "has no Retry-After",
    "gateway.access.key-wanted": "answered with 500",
    "house.secrets.not-redirected": "x-goog-api-key",
    "house.results.not-empty": "0 images",
}
VIRTUES = (
    "gateway.mapping.prompt", "gateway.results.same-bytes", "gateway.secrets.callers-keys",
    "gateway.secrets.providers-keys", "gateway.models.unlisted", "gateway.concurrency.own-or-nothing",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """What the command came to."""

    code: int
    said: str
    results: dict[str, dict[str, Any]]
    left: list[int]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """A subset of the checks, with the shipped baseline."""
    folder = tmp_path_factory.mktemp("judged")
    report, mark = folder / "result.json", uuid.uuid4().hex
    path = f"{LITELLM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [
            sys.executable, "-m", "safelight.conformance", "check", "gateway", str(FOLDER / "gateway.yaml"),
            "--baseline", str(FOLDER / "known-failures.yaml"), "--examples", "1", "--json", str(report),
            *(word for id in (*DEFECTS, *VIRTUES) for word in ("--check", id)),
        ],
        env={**os.environ, "PATH": path, "SAFELIGHT_TEST": mark}, cwd=folder, capture_output=True, text=True,
        timeout=LIMIT, check=False,
    )  # fmt: skip
    results = json.loads(report.read_text("utf-8"))["results"] if report.exists() else []
    return Judged(done.returncode, f"{done.stdout}{done.stderr}", {each["id"]: each for each in results}, _with(mark))


def test_with_what_is_known_nothing_speaks_against_it(judged: Judged) -> None:
    assert judged.code == 0, judged.said


@pytest.mark.parametrize("id", DEFECTS)
def test_a_defect_is_found(judged: Judged, id: str) -> None:
    result = judged.results[id]
    assert result["status"] == "expected-fail"
    assert DEFECTS[id] in result["counterexample"]["sentence"]


@pytest.mark.parametrize("id", VIRTUES)
def test_what_is_right_is_not_accused(judged: Judged, id: str) -> None:
    assert judged.results[id]["status"] == "pass"


def test_nothing_is_left_running(judged: Judged) -> None:
    assert judged.left == []


def _with(mark: str) -> list[int]:
    """The processes that have this in their environment."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                environment = (process / "environ").read_bytes()
            except OSError:  # it has ended, or is somebody else's
                continue
            if mark.encode() in environment:
                found.append(int(process.name))
    return found
