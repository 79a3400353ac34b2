"""`safelight replay`: see a counterexample again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..suite.described import subject_described
from .errors import BadInput, Stopped
from .subject_options import subject_from, subject_options

if TYPE_CHECKING:
    from ..scenarios.model import Scenario
    from ..subjects.base import Subject


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("check")
@subject_options
def replay(file: Path, check: str, **options: Any) -> None:
    """Run the counterexample of CHECK again that is in FILE, a result of `check client --json`.

    FILE may also be a scenario by itself. The client is the one of the result, unless another is named. Exit 1 if the
    check is still broken, 0 if not.
    """
    from ..engine.engine import Engine
    from ..subjects.errors import SubjectError
    from ..suite.catalogue import UnknownCheck, find_check
    from ..suite.rulings import is_broken, ruling_on
    from ..suite.transcripts import transcript_of

    try:
        found = find_check(check.rpartition("/")[2])
        scenario, subject = _read(file, check, options)
        with Engine(subject) as engine:
            run = engine.run(scenario)
    except UnknownCheck as error:
        raise BadInput(str(error)) from None
    except SubjectError as error:
        raise Stopped(str(error), error.exit_code) from None
    ruling = ruling_on(found, run)
    _print(check, transcript_of(run), ruling)
    sys.exit(1 if is_broken(ruling) else 0)


def _read(file: Path, check: str, options: dict[str, Any]) -> tuple[Scenario, Subject]:
    from ..scenarios.model import BadScenario, Scenario

    document = _document(file)
    try:
        if "provider" in document:
            return Scenario.from_json(document), subject_from(options)
        report = _report(file)
        example = next((each for each in report.results if check in (each.name, each.id) and each.counterexample), None)
        if example is None or example.counterexample is None:
            known = [each.name for each in report.results if each.counterexample]
            raise BadInput(f"{file} has no counterexample of {check}; it has those of {', '.join(known) or 'none'}.")
        scenario = Scenario.from_json(example.counterexample.scenario)
    except BadScenario as error:
        raise BadInput(f"{file}: {error}.") from None
    named = any(options.get(name) for name in ("factory", "command", "exec_"))
    return scenario, subject_from(options) if named else subject_described(dict(report.subject))


def _document(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    except ValueError as error:
        raise BadInput(f"{file} is no JSON: {error}.") from None
    if not isinstance(document, dict):
        raise BadInput(f"{file} is neither a result nor a scenario, but a {type(document).__name__}.")
    return document


def _report(file: Path) -> Any:
    from ..reports.jsonfile import NotAResult, read_report

    try:
        return read_report(file)
    except NotAResult as error:
        raise BadInput(str(error)) from None


def _print(check: str, events: Any, ruling: Any) -> None:
    from ..checks.record import FINE
    from ..reports.transcript import transcript_text

    click.echo(f"{transcript_text(events)}\n")
    if ruling is None:
        click.echo(f"{check} had nothing to judge this time.")
    elif ruling is FINE:
        click.echo(f"{check} is kept this time.")
    else:
        click.echo(f"{check} is broken: {ruling}.")
