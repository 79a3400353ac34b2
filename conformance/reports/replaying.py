"""The one command that shows a failure again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from ..suite.results import CheckResult, Report

_SUBJECT_OPTIONS: Final = ("factory", "command", "exec")


def replay_command(report: Report, result: CheckResult, result_file: str | Path | None = None) -> str:
    """What to type: the counterexample of the JSON report again, or the same search where that was not saved.

    A provider's server has to be asked again; its key is taken from the environment.
    """
    if report.subject.get("kind") == "provider":
        where = ["--provider", result.provider, "--base-url", str(report.subject["base_url"])]
        return shlex.join(["safelight", "check", "provider", *where, "--check", result.id])
    if result_file is not None:
        return shlex.join(["safelight", "replay", str(result_file), result.name])
    if report.subject.get("kind") == "gateway":
        which = ["--provider", result.provider, "--check", result.id, "--seed", str(report.seed)]
        return shlex.join(["safelight", "check", "gateway", str(report.subject["gateway"]), *which])
    named = [each for name in _SUBJECT_OPTIONS if report.subject.get(name) for each in _option(report, name)]
    clock = _option(report, "clock") if report.subject.get("clock", "virtual") != "virtual" else []
    which = ["--provider", result.provider, "--check", result.id, "--seed", str(report.seed)]
    return shlex.join(["safelight", "check", "client", *named, *clock, *which])


def _option(report: Report, name: str) -> list[str]:
    return [f"--{name}", str(report.subject[name])]
