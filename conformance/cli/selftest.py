"""`safelight selftest`: does the suite find what it is meant to find?"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

import click


@click.command()
@click.option(
    "--seeds", default=5, show_default=True, type=click.IntRange(1), help="On how many seeds mutants must die."
)
@click.option("--jobs", type=click.IntRange(1), help="Processes at once; as many as there are cores if not given.")
@click.option(
    "--mechanical", is_flag=True, help="Change the reference client mechanically instead, and say what survives."
)
@click.option("--share", default=1.0, show_default=True, type=click.FloatRange(0, 1, min_open=True),
              help="With --mechanical: the share of the changes that is tried.")  # fmt: skip
@click.option("--full", is_flag=True, help="Ask every check about every mutant, not only those that are meant for it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def selftest(seeds: int, jobs: int | None, mechanical: bool, share: float, full: bool, as_json: bool) -> None:
    """Judge clients with known bugs, innocent ones, and a broken Safelight.

    Exit 1 if a mutant survives, if only checks find it that it is not meant for, if an innocent is accused, or if
    nobody notices that the harness is broken.
    """
    sys.exit(0 if (_change(share, jobs, as_json) if mechanical else _prove(seeds, jobs, full, as_json)) else 1)


def _prove(seeds: int, jobs: int | None, full: bool, as_json: bool) -> bool:
    from rich.console import Console

    from ..selftest import reporting
    from ..selftest.session import prove

    started = time.perf_counter()
    with Console(stderr=True).status("judging") as status:
        proof = prove(seeds, full=full, jobs=jobs, tell=lambda text: status.update(f"judging: {text}"))
    if as_json:
        click.echo(json.dumps(reporting.as_json(proof), indent=2, ensure_ascii=False))
    else:
        reporting.print_proof(Console(highlight=False), proof, time.perf_counter() - started)
    return proof.holds


def _change(share: float, jobs: int | None, as_json: bool) -> bool:
    from rich.console import Console

    from ..selftest import reporting
    from ..selftest.session import mutate_mechanically

    started = time.perf_counter()
    with Console(stderr=True).status("judging") as status:
        fates = mutate_mechanically(share, jobs=jobs, tell=lambda text: status.update(f"judging: {text}"))
    if as_json:
        click.echo(json.dumps([asdict(fate) for fate in fates], indent=2, ensure_ascii=False))
    else:
        reporting.print_fates(Console(highlight=False), fates, time.perf_counter() - started)
    return all(fate.found_by or fate.explained for fate in fates)
