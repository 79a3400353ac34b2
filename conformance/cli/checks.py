"""`safelight checks`: the catalogue."""

import json
from collections.abc import Sequence
from typing import Any

import click

from ...specs import provider_names
from ..checks.catalogue import checks as catalogue
from ..checks.record import Check
from ..checks.rules import cited

LEVELS = ("MUST", "HOUSE", "SHOULD")
WIDE = 120  # columns from which statements fit into the table


@click.command()
@click.option(
    "--provider", type=click.Choice([*provider_names(), "house"]), help="Only this provider's; house is ours for all."
)
@click.option("--level", type=click.Choice(LEVELS), help="Only this level: warnings are SHOULD.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def checks(provider: str | None, level: str | None, as_json: bool) -> None:
    """List the checks of clients: what each is about and where that stands."""
    chosen = [
        check
        for check in catalogue().values()
        if provider in (None, check.provider or "house") and level in (None, check.level)
    ]
    if as_json:
        click.echo(json.dumps([described(check) for check in chosen], indent=2, ensure_ascii=False))
    else:
        _print_table(chosen)


def described(check: Check) -> dict[str, Any]:
    """A check as JSON data."""
    rule = check.cites
    return {
        "id": check.id,
        "provider": check.provider,
        "level": check.level,
        "basis": rule.basis,
        "rule": rule.id,
        "rule_level": rule.level,
        "statement": rule.statement,
        "citation": cited(rule) if rule.citations else None,
        "needs": sorted(check.needs),
        "doubt": check.doubt,
    }


def _print_table(chosen: Sequence[Check]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    wide = console.width >= WIDE
    for column in ("check", "level", "cites", *(["statement"] if wide else [])):
        table.add_column(column, overflow="fold", no_wrap=column == "check")
    for check in chosen:
        table.add_row(check.id, check.level, cited(check.cites), *([check.cites.statement] if wide else []))
    console.print(table)
    click.echo(f"{len(chosen)} checks that judge a client by what it sends.")
