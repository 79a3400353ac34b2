"""`safelight demo`: the reference client judged for all five providers, then a client with bugs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from ..suite.results import CheckResult, Report

_FACTOR: Final = 0.5  # of the usual number of scenarios: enough to see what it is about
_PAGE: Final = "report.html"
_RESULT: Final = "result.json"
_BROKEN: Final = "safelight.conformance.demo.broken:make"


@click.command()
@click.option(
    "--output", default="demo-output", show_default=True, metavar="DIR",
    type=click.Path(path_type=Path), help="Folder for the report.",
)  # fmt: skip
def demo(output: Path) -> None:
    """Judge the reference client for all five providers, then a client with bugs, and write the report on that one."""
    from rich.console import Console

    from ..reports.save import CannotWrite, save_reports
    from ..reports.terminal import print_effort, print_table

    console = Console(highlight=False)
    good = _judged("safelight.conformance.reference:make")
    print_table(console, good)
    print_effort(console, good)
    console.print()
    bad = _judged(_BROKEN)
    _print_broken(console, bad, output)
    try:
        save_reports(bad, {"html": output / _PAGE, "json": output / _RESULT}, datetime.now(UTC))
    except CannotWrite as error:
        raise BadInput(str(error)) from None
    console.print(f"\nThe page for the maintainers of that client: {output / _PAGE}", soft_wrap=True)
    sys.exit(0 if _is_as_expected(good, bad) else 1)


def _judged(factory: str) -> Report:
    from ..engine.engine import Engine
    from ..reports.progress import Progress
    from ..subjects.python import FactorySubject
    from ..suite.judging import Listener, Order, judge_subject
    from ..suite.runner import Plan

    with Progress() as progress, Engine(FactorySubject.load(factory)) as engine:
        listener = Listener(progress.begin, progress.running, progress.check_done)
        return judge_subject(engine, Order(plan=Plan(factor=_FACTOR)), datetime.now(UTC).date(), listener)


def _print_broken(console: Console, report: Report, output: Path) -> None:
    from ..reports.replaying import replay_command
    from ..reports.terminal import print_effort, print_finding, print_table

    print_table(console, report)
    for result in _telling(report):
        print_finding(console, result, replay_command(report, result, str(output / _RESULT)))
    print_effort(console, report)


def _telling(report: Report) -> list[CheckResult]:
    """The first failure of each level: the page has all of them."""
    failures = report.of_status("fail")
    levels = sorted({each.level for each in failures}, reverse=True)
    return [next(each for each in failures if each.level == level) for level in levels]


def _is_as_expected(good: Report, bad: Report) -> bool:
    from ..suite.judging import failing

    return not failing(good) and bool(failing(bad))
