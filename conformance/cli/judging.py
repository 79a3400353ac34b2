"""Judging a subject and reporting on it: what the commands for clients and for gateways have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click

from ...specs import provider_names
from .errors import BadInput, Stopped

if TYPE_CHECKING:
    from ..reports.save import Format
    from ..subjects.base import Subject
    from ..suite.baseline import Baseline
    from ..suite.judging import Order
    from ..suite.results import Level, Report

F = TypeVar("F", bound=Callable[..., Any])

LEVELS: Final[tuple[Level, ...]] = ("MUST", "HOUSE", "SHOULD")
_FILES: Final[Mapping[Format, str]] = {
    "json": "json_file", "junit": "junit", "sarif": "sarif", "html": "html", "badge": "badge",
}  # fmt: skip
_HARNESS = 4

_OPTIONS = (
    click.option("--provider", "providers", multiple=True, type=click.Choice(provider_names()),
                  help="Only this provider; repeat it for several."),
    click.option("--check", "checks", multiple=True, metavar="ID", help="Only this check; repeat it for several."),
    click.option("--level", "levels", multiple=True, type=click.Choice(LEVELS), help="Only checks of this level."),
    click.option("--no-house", is_flag=True, help="Leave out our own rules; what the documents say is left."),
    click.option("--requirements", default="latest", show_default=True, metavar="SET",
                  help="A frozen set of checks, such as 2026.1: later releases demand nothing new."),
    click.option("--seed", default=0, show_default=True, help="Another seed explores other scenarios."),
    click.option("--examples", type=click.IntRange(1), metavar="N",
                 help="Scenarios per check; each has its own number."),
    click.option("--budget", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
                  help="End after about so long; what was not explored is said."),
    click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, metavar="N",
                 help="Judge so many providers at once, each in a process of its own; not with --budget."),
)  # fmt: skip
_REPORTING = (
    click.option("--fail-on", type=click.Choice(LEVELS), default="HOUSE", show_default=True,
                  help="The mildest level that fails; from the worst: MUST, HOUSE, SHOULD."),
    click.option("--baseline", type=click.Path(path_type=Path), help="File with the checks that are known to fail."),
    click.option("--update-baseline", is_flag=True, help="Write what fails now to that file."),
    click.option("--json", "json_file", type=click.Path(path_type=Path),
                 help="Write the result, which `replay` takes."),
    click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML."),
    click.option("--sarif", type=click.Path(path_type=Path), help="Write SARIF."),
    click.option("--html", type=click.Path(path_type=Path), help="Write a page for those who maintain it."),
    click.option("--badge", type=click.Path(path_type=Path), help="Write a badge as SVG."),
)  # fmt: skip


def judging_options(command: F) -> F:
    """The options of the commands that explore scenarios."""
    return _with_options(command, _OPTIONS + _REPORTING)


def reporting_options(command: F) -> F:
    """The options of every command that judges and reports."""
    return _with_options(command, _REPORTING)


def _with_options(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def judge_and_report(make: Callable[[], Subject], options: dict[str, Any]) -> NoReturn:
    """Judge the subject that is made, print, write the files; ends the command with its exit code."""
    from ..subjects.errors import SubjectError
    from ..suite.catalogue import UnknownCheck
    from ..suite.judging import ADAPTER, exit_code
    from ..suite.requirements import UnknownRequirements

    try:
        subject = make()
        order = _order(options)
        report = _judged(subject, order, options["jobs"])
    except SubjectError as error:
        raise Stopped(str(error), error.exit_code) from None
    except (UnknownCheck, UnknownRequirements) as error:
        raise BadInput(str(error)) from None
    except click.ClickException:
        raise
    except Exception as error:
        raise harness_failure(error) from error
    finish(report, options, order.baseline)
    sys.exit(ADAPTER if report.problems else exit_code(report))


def _order(options: dict[str, Any]) -> Order:
    from ..suite.judging import Order
    from ..suite.runner import Plan

    levels = options["levels"] or tuple(level for level in LEVELS if not (options["no_house"] and level == "HOUSE"))
    budget = options["budget"] or inf
    return Order(
        options["providers"], options["checks"], levels, options["requirements"], known_failures(options),
        Plan(options["seed"], options["examples"], budget=budget), failing_levels(options["fail_on"]),
    )  # fmt: skip


def failing_levels(mildest: str) -> Sequence[Level]:
    """The levels that fail a run where `--fail-on` names the mildest of them."""
    return LEVELS[: [*LEVELS].index(mildest) + 1]  # type: ignore[arg-type]  # click has seen that it is one


def known_failures(options: Mapping[str, Any], ids: Collection[str] | None = None) -> Baseline:
    """The baseline that the options name, about checks with these ids (those of clients if None). Raises BadInput."""
    from ..suite.baseline import BadBaseline, Baseline, read_baseline

    path: Path | None = options["baseline"]
    if path is None and options["update_baseline"]:
        raise BadInput("--update-baseline writes to the file of --baseline, which is not given.")
    if path is None or (options["update_baseline"] and not path.exists()):
        return Baseline()
    try:
        return read_baseline(path, ids)
    except BadBaseline as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"the baseline {path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def _judged(subject: Subject, order: Order, jobs: int) -> Report:
    from ..engine.engine import Engine
    from ..reports.progress import Progress
    from ..subjects.errors import SubjectError
    from ..suite.judging import Listener, judge_subject
    from ..suite.parallel import can_share, judge_in_parallel

    today = datetime.now(UTC).date()
    with Progress() as progress:
        listener = Listener(progress.begin, progress.running, progress.check_done)
        if jobs > 1 and order.plan.budget == inf and can_share(subject, order):
            return judge_in_parallel(subject, order, today, listener, jobs)
        report = None
        try:
            with Engine(subject) as engine:
                report = judge_subject(engine, order, today, listener)
        except SubjectError as error:  # what has been found is not lost because the end of it all went wrong
            if report is None:
                raise
            report = replace(report, problems=(*report.problems, str(error)))
        return report


def finish(report: Report, options: Mapping[str, Any], baseline: Baseline) -> None:
    """Print the report and write the files that the options name. Raises BadInput."""
    from ..reports.save import CannotWrite, save_reports
    from ..reports.terminal import print_report
    from ..suite.baseline import write_baseline

    files = {kind: options[option] for kind, option in _FILES.items() if options[option] is not None}
    print_report(report, result_file=options["json_file"])
    try:
        save_reports(report, files, datetime.now(UTC))
        if options["update_baseline"]:
            baseline = baseline.updated(report.results, datetime.now(UTC).date())
            write_baseline(options["baseline"], baseline)
            click.echo(f"{len(baseline.entries)} known failures written to {options['baseline']}; give each a reason.")
    except CannotWrite as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{options['baseline']} cannot be written: {error.strerror}.") from None


def harness_failure(error: Exception) -> Stopped:
    """What to raise for a failure of our own; exit code 4."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    told = f"{type(error).__name__}: {error} ({where})"
    return Stopped(f"Safelight itself failed, which says nothing about what was judged: {told}.", _HARNESS)
