"""`safelight checks`: the catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ...specs import provider_names
from ..checks.record import Check
from ..checks.rules import OURS, cited

if TYPE_CHECKING:
    from ..suite.catalogue import AnyCheck

LEVELS = ("MUST", "HOUSE", "SHOULD")
WIDE = 120  # columns from which statements fit into the table


@click.command()
@click.option(
    "--provider",
    type=click.Choice([*provider_names(), *OURS]),
    help="Only this provider's; house is ours for all clients, gateway for gateways.",
)
@click.option("--level", type=click.Choice(LEVELS), help="Only this level.")
@click.option("--requirements", default="latest", show_default=True, metavar="SET", help="Only those of a frozen set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def checks(provider: str | None, level: str | None, requirements: str, as_json: bool) -> None:
    """List the checks of clients and gateways: what each is about and where that stands."""
    from ..suite.catalogue import all_checks
    from ..suite.requirements import UnknownRequirements, required
    from .errors import BadInput

    try:
        levels = required(requirements)
    except UnknownRequirements as error:
        raise BadInput(str(error)) from None
    chosen = [
        check
        for check in all_checks().values()
        if check.id in levels and provider in (None, check.id.partition(".")[0]) and level in (None, levels[check.id])
    ]
    if as_json:
        click.echo(json.dumps([described(check) for check in chosen], indent=2, ensure_ascii=False))
    else:
        _print_table(chosen)


def described(check: AnyCheck) -> dict[str, Any]:
    """A check as JSON data. `judged_from` says whether a recording is enough."""
    from ..suite.requirements import level_of

    rule = check.cites
    journal = isinstance(check, Check)
    return {
        "id": check.id,
        "provider": check.provider,
        "level": level_of(check),
        "basis": rule.basis,
        "rule": rule.id,
        "rule_level": rule.level,
        "statement": rule.statement,
        "citation": cited(rule) if rule.citations else None,
        "why": check.why,
        "needs": sorted(check.needs),
        "judged_from": "journal" if journal else "scenario",
        "level_in_recordings": check.level if isinstance(check, Check) else None,
        "doubt": check.doubt if isinstance(check, Check) else None,
    }


def _print_table(chosen: Sequence[AnyCheck]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from ..suite.requirements import level_of

    console = Console(markup=False, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    wide = console.width >= WIDE
    for column in ("check", "level", "cites", *(["statement"] if wide else [])):
        table.add_column(column, overflow="fold", no_wrap=column == "check")
    for check in chosen:
        table.add_row(check.id, level_of(check), cited(check.cites), *([check.cites.statement] if wide else []))
    console.print(table)
    recorded = sum(isinstance(check, Check) for check in chosen)
    click.echo(
        f"{len(chosen)} checks of clients and gateways; {recorded} of them can be judged from a recording alone."
    )
