"""`safelight demo`: the main job on show."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.conformance.cli import demo as command
from safelight.conformance.cli import main


def test_it_judges_a_right_client_and_a_wrong_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_FACTOR", 0.1)
    result = CliRunner().invoke(main, ["demo", "--output", str(tmp_path / "made")])
    assert result.exit_code == 0, result.output
    assert "reference" in result.output
    assert "Every check passed that applies." in result.output
    assert "checks failed" in result.output
    page = tmp_path / "made" / "report.html"
    assert str(page) in result.output
    assert "onemin.record" in page.read_text()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_FACTOR", 0.02)
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["demo", "--output", str(tmp_path / "file")])
    assert result.exit_code == 2
    assert "cannot be written" in result.output
