"""The one command that shows a failure again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from ..suite.results import CheckResult, Report

_SUBJECT_OPTIONS: Final = ("factory", "command", "exec")


def replay_command(report: Report, result: CheckResult, result_file: str | Path | None = None) -> str:
    """What to type: the counterexample of the JSON report again, or the same search where that was not saved."""
    if result_file is not None:
        return shlex.join(["safelight", "replay", str(result_file), result.name])
    named = [each for name in _SUBJECT_OPTIONS if report.subject.get(name) for each in _option(report, name)]
    clock = _option(report, "clock") if report.subject.get("clock", "virtual") != "virtual" else []
    which = ["--provider", result.provider, "--check", result.id, "--seed", str(report.seed)]
    return shlex.join(["safelight", "check", "client", *named, *clock, *which])


def _option(report: Report, name: str) -> list[str]:
    return [f"--{name}", str(report.subject[name])]
