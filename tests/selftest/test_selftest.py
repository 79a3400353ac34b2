"""The selftest's parts: mutants, innocents, mechanical changes, and what it says of them."""

import io
import json
from collections import Counter

import pytest
from click.testing import CliRunner
from rich.console import Console

from safelight.conformance.cli import main
from safelight.conformance.mutants.catalogue import mutants
from safelight.conformance.selftest import reporting
from safelight.conformance.selftest.innocence import Acquittal, acquit, innocents
from safelight.conformance.selftest.matrix import Row, judge_mutant
from safelight.conformance.selftest.mechanical import all_changes, mutated
from safelight.conformance.selftest.sabotage import Discovery
from safelight.conformance.selftest.session import Proof
from safelight.conformance.selftest.survival import explanations, fate_of
from safelight.conformance.suite.catalogue import all_checks


def test_there_is_a_mutant_for_every_check() -> None:
    meant = Counter(id for mutant in mutants().values() for id in mutant.kills)
    assert [id for id in all_checks() if not meant[id]] == []
    assert [id for id in meant if id not in all_checks()] == []


def test_there_are_many_and_each_says_its_bug() -> None:
    assert len(mutants()) >= 130
    assert [name for name, mutant in mutants().items() if not mutant.bug.endswith(".")] == []


def test_a_mutant_is_found_on_every_seed() -> None:
    rows = judge_mutant(next(iter(mutants())), 3)
    assert [row.seed for row in rows] == [0, 1, 2]
    assert not any(row.survived or row.unexpected for row in rows)


def test_innocents_are_of_many_kinds() -> None:
    assert {"reference", "requests", "httpx-sync", "httpx-async", "urllib", "node", "curl"} <= set(innocents())


def test_an_innocent_without_its_tools_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert acquit("curl").skipped


def test_changes_are_many_and_have_names_of_their_own() -> None:
    changes = all_changes()
    assert len(changes) > 500
    assert len({change.id for change in changes}) == len(changes)


def test_a_changed_reference_is_a_package_of_its_own() -> None:
    change = next(each for each in all_changes() if each.module == "reapi" and each.before == "30.0")
    changed = mutated(change).CLASSES["reapi"]
    assert changed.first_wait == 31.0
    assert mutants()  # and the true one is as it was
    from safelight.conformance.reference import CLASSES

    assert CLASSES["reapi"].first_wait == 30.0


def test_a_change_that_matters_is_found() -> None:
    change = next(each for each in all_changes() if each.module == "reapi" and each.before == "'completed'")
    assert fate_of(change.id).found_by is not None


def test_explanations_are_of_changes_that_there_are() -> None:
    known = {change.id for change in all_changes()}
    assert set(explanations()) <= known


ROW = Row("m", 0, ("a.b.c",), ("a.b.c",), False)
SURVIVOR = Row("m", 1, ("a.b.c",), (), True)
STRAY = Row("m", 2, ("a.b.c",), ("x.y.z",), True)


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (Proof(rows=(SURVIVOR,)), "survived on seed 1: m"),
        (Proof(rows=(STRAY,)), "found on seed 2 only by others: m"),
        (Proof(unproven=("a.b.c",)), "no mutant is found by the check that is meant for it: a.b.c"),
        (Proof(acquittals=(Acquittal("i", 1, ("a.b.c: wrong",)),)), "innocent but accused: i: a.b.c: wrong"),
        (Proof(discoveries=(Discovery("s", "it is broken", ()),)), "nobody noticed that it is broken"),
        (Proof(probes={"p": "no"}), "the harness is broken: p: no"),
    ],
)
def test_every_flaw_is_told(proof: Proof, said: str) -> None:
    assert not proof.holds
    console = Console(file=io.StringIO(), width=200)
    reporting.print_proof(console, proof, 1.0)
    assert isinstance(console.file, io.StringIO)
    assert said in console.file.getvalue()
    assert json.dumps(reporting.as_json(proof))


def test_without_a_flaw_it_holds() -> None:
    assert Proof(rows=(ROW,)).holds


@pytest.mark.parametrize("option", ["--mechanical", "--seeds", "--full"])
def test_the_command_says_what_it_takes(option: str) -> None:
    assert option in CliRunner().invoke(main, ["selftest", "--help"]).output
