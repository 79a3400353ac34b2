"""Writing reports to files."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from report_fixtures import DATE, KEY, only, realistic_report

from safelight.conformance.reports.save import CannotWrite, Format, save_reports

ALL: dict[Format, str] = {"json": "r.json", "junit": "r.xml", "sarif": "r.sarif", "html": "r.html", "badge": "r.svg"}


def test_every_format_is_written_and_holds_no_key(tmp_path: Path) -> None:
    files = {format: tmp_path / "deep" / "er" / name for format, name in ALL.items()}
    assert save_reports(realistic_report(), files, DATE) == list(files.values())
    assert json.loads(files["json"].read_bytes())["format"] == 1
    assert json.loads(files["sarif"].read_bytes())["version"] == "2.1.0"
    assert ET.parse(files["junit"]).getroot().tag == "testsuites"
    assert ET.parse(files["badge"]).getroot().tag.endswith("svg")
    assert files["html"].read_text().lstrip().startswith("<!doctype html>")
    for file in files.values():
        assert KEY not in file.read_text()
    assert sorted(each.name for each in (tmp_path / "deep" / "er").iterdir()) == sorted(ALL.values())


def test_replay_commands_name_the_json_file_and_the_page_only_its_name(tmp_path: Path) -> None:
    files: dict[Format, Path] = {"json": tmp_path / "a.json", "html": tmp_path / "a.html", "junit": tmp_path / "a.xml"}
    save_reports(realistic_report(), files)
    assert f"safelight replay {tmp_path / 'a.json'} reapi.result.lapse" in files["junit"].read_text()
    assert "safelight replay a.json reapi.result.lapse" in files["html"].read_text()
    assert str(tmp_path) not in files["html"].read_text()


def test_a_path_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path, reason in ((tmp_path / "file" / "r.json", "exists|Not a directory"), (tmp_path / "folder", "directory")):
        with pytest.raises(
            CannotWrite, match=rf"^The json report cannot be written to {path}: .*({reason}).*; name"
        ) as caught:
            save_reports(only(), {"json": path})
        assert "\n" not in str(caught.value)


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.svg"
    file.write_text("old")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CannotWrite, match="No space left on device"):
        save_reports(only(), {"badge": file})
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_keeps_pointing_and_a_mode_is_the_usual(tmp_path: Path) -> None:
    target, link, plain = tmp_path / "real.svg", tmp_path / "link.svg", tmp_path / "plain"
    target.write_text("old")
    plain.write_text("")
    link.symlink_to(target)
    save_reports(only(), {"badge": link})
    assert link.is_symlink()
    assert "<svg" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save_reports(only(), {"badge": pipe})
        assert os.read(reader, 1 << 16).startswith(b"<svg")
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
