"""`safelight explain`: what a check demands, and why."""

from __future__ import annotations

from textwrap import fill, indent

import click

from .errors import BadInput


@click.command()
@click.argument("check")
def explain(check: str) -> None:
    """Say what CHECK demands, where that stands, why it matters, and what keeping and breaking it look like."""
    from ..checks.rules import GATEWAY, cited
    from ..drift.catalogue import all_drift_checks
    from ..drift.record import Drift
    from ..reports.transcript import transcript_text
    from ..selftest.showing import show
    from ..suite.catalogue import UnknownCheck, find_check
    from ..suite.requirements import level_of

    id = check.rpartition("/")[2]
    try:
        found = all_drift_checks().get(id) or find_check(id)
    except UnknownCheck as error:
        raise BadInput(str(error)) from None
    rule = found.cites
    click.echo(f"{found.id}  {found.scored if isinstance(found, Drift) else level_of(found)}\n")
    click.echo(fill(rule.statement, 100))
    click.echo(f"\n{_basis(rule.basis)}: {cited(rule)}" if rule.citations else "\nOur own rule; no document has it.")
    if found.why:
        click.echo(f"\n{fill(f'Why it matters: {found.why}', 100)}")
    showing = None if isinstance(found, Drift) else show(found.id)
    if showing is None:
        return
    who = "gateway" if found.id.startswith(f"{GATEWAY}.") else "client"
    click.echo(f"\nA {who} that keeps it:\n")
    click.echo(indent(transcript_text(showing.good), "  "))
    click.echo(f"\nA {who} that breaks it. {showing.bug}\n")
    click.echo(indent(transcript_text(showing.bad), "  "))
    click.echo(f"\n{fill(f'Seen: {showing.sentence}.', 100)}")


def _basis(basis: str) -> str:
    return {"text": "The document says so", "example": "An example of the document shows it"}.get(
        basis, "Taken from the document"
    )
