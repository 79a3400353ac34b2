"""The selftest's findings for people and for tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..mutants.catalogue import mutants
from ..suite.catalogue import all_checks
from .matrix import Row
from .session import Proof
from .survival import Fate

if TYPE_CHECKING:
    from rich.console import Console


def as_json(proof: Proof) -> dict[str, Any]:
    """All of it as JSON data."""
    bugs = mutants()
    return {
        "holds": proof.holds,
        "checks": len(all_checks()),
        "mutants": [
            {"name": name, "provider": bug.provider, "bug": bug.bug, "kills": list(bug.kills)}
            for name, bug in bugs.items()
        ],
        "matrix": [asdict(row) for row in proof.rows],
        "survivors": [asdict(row) for row in proof.survivors],
        "unexpected": [asdict(row) for row in proof.unexpected],
        "unproven": list(proof.unproven),
        "innocents": [asdict(each) for each in proof.acquittals],
        "sabotages": [asdict(each) for each in proof.discoveries],
        "failing_probes": proof.probes,
    }


def print_proof(console: Console, proof: Proof, seconds: float) -> None:
    """The matrix, then innocents and sabotages, then everything that is wrong, then one line."""
    _print_matrix(console, proof.rows)
    _print_rest(console, proof)
    for complaint in complaints(proof):
        console.print(complaint, style="bold red")
    names = {row.mutant for row in proof.rows}
    killed = names - {row.mutant for row in [*proof.survivors, *proof.unexpected]}
    console.print(
        f"{len(killed)} of {len(names)} mutants killed on every seed, {len(all_checks()) - len(proof.unproven)} of "
        f"{len(all_checks())} checks proven, {len(proof.acquittals) - len(proof.accused)} of "
        f"{len(proof.acquittals)} innocents acquitted, {len(proof.discoveries) - len(proof.undiscovered)} of "
        f"{len(proof.discoveries)} sabotages noticed, in {seconds:.0f} s."
    )


def complaints(proof: Proof) -> list[str]:
    """Everything that is wrong, a line each."""
    return [
        *(f"survived on seed {row.seed}: {row.mutant}, meant for {', '.join(row.meant)}" for row in proof.survivors),
        *(
            f"found on seed {row.seed} only by others: {row.mutant}, meant for {', '.join(row.meant)}, found by "
            f"{', '.join(row.found_by)}"
            for row in proof.unexpected
        ),
        *(f"no mutant is found by the check that is meant for it: {id}" for id in proof.unproven),
        *(f"innocent but accused: {each.innocent}: {each.accusations[0]}" for each in proof.accused),
        *(f"nobody noticed that {each.breaks} ({each.sabotage})" for each in proof.undiscovered),
        *(f"the harness is broken: {probe}: {said}" for probe, said in proof.probes.items()),
    ]


def print_fates(console: Console, fates: Sequence[Fate], seconds: float) -> None:
    """The survivors, those without an explanation first, and the score."""
    survivors = [fate for fate in fates if fate.found_by is None]
    for fate in sorted(survivors, key=lambda fate: bool(fate.explained)):
        console.print(f"{fate.change.id}  {fate.change}", markup=False, style="red" if not fate.explained else "dim")
        if fate.explained:
            console.print(f"          {fate.explained}", markup=False, style="dim")
    killed, explained = len(fates) - len(survivors), sum(bool(fate.explained) for fate in survivors)
    counted = len(fates) - explained
    score = 100 * killed / counted if counted else 100.0
    console.print(
        f"{killed} of {len(fates)} mechanical mutants killed, {explained} survivors explained, "
        f"{len(survivors) - explained} not; {score:.1f} % of those that change anything, in {seconds:.0f} s."
    )


def _print_matrix(console: Console, rows: Iterable[Row]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for column in ("mutant", "killed by", "and by"):
        table.add_column(column, overflow="fold")
    for row in rows:
        if row.seed == 0:
            meant = [name for name in row.found_by if name in row.meant]
            others = [name for name in row.found_by if name not in row.meant]
            table.add_row(row.mutant, "\n".join(meant) or "-", _few(others))
    console.print(table)


def _print_rest(console: Console, proof: Proof) -> None:
    for each in proof.acquittals:
        said = each.skipped or ("accused" if each.accusations else f"acquitted in {each.checks} checks")
        console.print(f"innocent  {each.innocent}: {said}", markup=False)
    for found in proof.discoveries:
        console.print(f"sabotage  {found.breaks}: {_few(found.noticed_by) or 'not noticed'}", markup=False)


def _few(names: Sequence[str], most: int = 2) -> str:
    more = len(names) - most
    return ", ".join([*names[:most], *([f"{more} more"] if more > 0 else [])])
