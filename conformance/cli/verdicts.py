"""What the checks say, on a terminal."""

import logging
from collections.abc import Mapping

import click

from ...mockserver.journal import Exchange
from ...specs.model import Level
from ..checks.passive import PassiveJudge
from ..checks.record import JOURNAL, TIMED, Check, Finding
from ..checks.rules import cited

MARKS: Mapping[Level, str] = {"MUST": "✗", "HOUSE": "·", "SHOULD": "!"}

_COLOURS: Mapping[Level, str] = {"MUST": "red", "HOUSE": "magenta", "SHOULD": "yellow"}
_log = logging.getLogger("safelight")


class Narrator:
    """Judges exchanges as they come and prints a line for each that breaks a rule."""

    def __init__(self, *, timed: bool) -> None:
        """Without jobs that take their time (`timed`) no rhythm is judged."""
        self._judge = PassiveJudge(has=TIMED if timed else JOURNAL)

    def __call__(self, exchange: Exchange) -> None:
        """Judge the next exchange. A judge that fails is our fault and must not become the client's."""
        try:
            findings = self._judge.feed(exchange)
        except Exception:
            _log.exception("judging request %d of %s failed inside Safelight", exchange.number, exchange.tenant)
            return
        for finding in findings:
            print_finding(finding)

    def summary(self) -> None:
        """Print every check that found something, with how often."""
        broken = [verdict for verdict in self._judge.verdicts() if verdict.findings]
        count = self._judge.judged
        if not count:
            return
        judged = f"{count} request{'' if count == 1 else 's'} judged"
        if not broken:
            click.echo(f"\n{judged}; none broke a rule that can be judged from outside.")
            return
        click.echo(f"\n{judged}; these checks found something:")
        for verdict in broken:
            first = verdict.findings[0]
            times = f"{len(verdict.findings)}×, first #{first.exchange} of {first.tenant}"
            click.echo(f"  {marked(verdict.check)}  {cited(verdict.check.cites)}  {times}")


def print_finding(finding: Finding) -> None:
    """One line: mark, id, where the rule stands, and what was seen."""
    click.echo(f"  {marked(finding.check)}  {cited(finding.check.cites)}  {finding.sentence}")


def marked(check: Check) -> str:
    """The id of a check behind the mark of its level, in its colour where the terminal has any."""
    return click.style(f"{MARKS[check.level]} {check.id}", fg=_COLOURS[check.level], bold=True)
