"""`safelight check journal`: what does a recording show?"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ...specs.model import Level
from ..checks.passive import PassiveJudge, at_least
from ..checks.record import Status, Verdict
from ..checks.recording import BadRecording, read_recording
from ..checks.rules import cited
from .checks import LEVELS, described
from .errors import BadInput
from .verdicts import marked

_WORDS: Mapping[Status, str] = {
    "fail": "broken",
    "warn": "to look at",
    "pass": "kept",
    "not-exercised": "not exercised",
}
_MOST_SHOWN = 5  # findings of one check


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--fail-on", type=click.Choice(LEVELS), default="HOUSE", show_default=True,
              help="The mildest level that fails; from the worst: MUST, HOUSE, SHOULD.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def journal(file: Path, fail_on: Level, as_json: bool) -> None:
    """Judge the exchanges recorded in FILE.

    FILE has JSON lines, as `serve --journal` writes them, or is a HAR file: ours, or recorded by a browser or a proxy
    in front of the real providers. Exit 1 if a rule is broken.
    """
    judge = _judged(file)
    outcome = Outcome(judge.judged, judge.verdicts(), fail_on)
    if as_json:
        click.echo(json.dumps(outcome.as_json(), indent=2, ensure_ascii=False))
    else:
        outcome.print()
    if outcome.failed:
        raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of judging so many exchanges."""

    exchanges: int
    verdicts: Sequence[Verdict]
    fail_on: Level

    @property
    def failed(self) -> list[Verdict]:
        """The verdicts that make the command fail."""
        return at_least(self.verdicts, self.fail_on)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "exchanges": self.exchanges,
            "fail_on": self.fail_on,
            "failed": bool(self.failed),
            "verdicts": [_verdict_json(verdict) for verdict in self.verdicts],
        }

    def print(self) -> None:
        """The findings by check, then a table by provider, then one line."""
        for verdict in self.verdicts:
            if verdict.findings:
                _print_verdict(verdict)
        _print_summary(self.verdicts)
        counts = Counter(verdict.status for verdict in self.verdicts)
        words: dict[Status, str] = {
            "fail": "broken",
            "warn": "to look at",
            "pass": "kept",
            "not-exercised": "not exercised",
        }
        said = ", ".join(f"{counts[status]} {word}" for status, word in words.items())
        click.echo(f"{self.exchanges} exchanges, {len(self.verdicts)} checks: {said}.")


def _judged(file: Path) -> PassiveJudge:
    try:
        exchanges = read_recording(file)
    except BadRecording as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    judge = PassiveJudge()
    for exchange in exchanges:
        judge.feed(exchange)
    if not judge.judged:
        raise BadInput(f"{file} has no exchange with any of the providers, so there is nothing to judge.")
    return judge


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    findings = [
        {name: getattr(finding, name) for name in ("tenant", "provider", "exchange", "at", "job", "sentence")}
        for finding in verdict.findings
    ]
    return {
        **described(verdict.check),
        "level": verdict.check.level,
        "status": verdict.status,
        "cases": verdict.cases,
        "findings": findings,
    }


def _print_verdict(verdict: Verdict) -> None:
    check, rule = verdict.check, verdict.check.cites
    click.echo(f"{marked(check)}  {check.level}  {cited(rule)}")
    click.echo(f"    {rule.statement}")
    if check.doubt:
        click.echo(f"    A warning only: {check.doubt}.")
    for finding in verdict.findings[:_MOST_SHOWN]:
        click.echo(f"    #{finding.exchange} of {finding.tenant}: {finding.sentence}")
    if len(verdict.findings) > _MOST_SHOWN:
        click.echo(f"    and {len(verdict.findings) - _MOST_SHOWN} more")
    click.echo()


def _print_summary(verdicts: Sequence[Verdict]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for column in ("provider", *LEVELS):
        table.add_column(column)
    for provider in dict.fromkeys(verdict.check.provider for verdict in verdicts):
        mine = [verdict for verdict in verdicts if verdict.check.provider == provider and verdict.cases]
        if mine:
            table.add_row(provider or "all", *(_tally(mine, level) for level in LEVELS))
    Console(markup=False, highlight=False).print(table)


def _tally(verdicts: Sequence[Verdict], level: str) -> str:
    mine = [verdict for verdict in verdicts if verdict.check.level == level]
    broken = sum(1 for verdict in mine if verdict.findings)
    return f"{len(mine) - broken} kept, {broken} {'to look at' if level == 'SHOULD' else 'broken'}" if mine else "-"
