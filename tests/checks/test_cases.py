"""Every check finds the client that it is for, and no client that merely comes near."""

import cases_gmicloud
import cases_house
import cases_onemin
import cases_reapi
import cases_threedai
import cases_tokaify
import pytest
from cases import Case
from talk import Talk

from safelight.conformance.checks.catalogue import checks
from safelight.conformance.checks.passive import judge_journal

_MODULES = (cases_reapi, cases_threedai, cases_gmicloud, cases_tokaify, cases_onemin, cases_house)
CASES: dict[str, Case] = {name: case for module in _MODULES for name, case in module.CASES.items()}
INNOCENTS = [(check, name) for check, case in CASES.items() for name in case.innocent]


def found(talk: Talk) -> dict[str, list[str]]:
    """What each check has to say about a recording."""
    verdicts = judge_journal(talk.exchanges)
    return {each.check.id: [finding.sentence for finding in each.findings] for each in verdicts if each.findings}


def test_there_is_a_case_for_every_check() -> None:
    assert CASES.keys() == checks().keys()


@pytest.mark.parametrize("check", CASES)
def test_the_check_finds_the_fault_and_no_other_does(check: str) -> None:
    case = CASES[check]
    assert found(case.broken).keys() == {check} | case.also


@pytest.mark.parametrize(("check", "name"), INNOCENTS)
def test_the_innocent_stays_green(check: str, name: str) -> None:
    assert found(CASES[check].innocent[name]) == {}


@pytest.mark.parametrize("check", CASES)
def test_some_innocent_exercises_the_check(check: str) -> None:
    talks = CASES[check].innocent.values()
    cases = [verdict.cases for talk in talks for verdict in judge_journal(talk.exchanges) if verdict.check.id == check]
    assert any(cases), "no near miss comes near enough to be judged"


@pytest.mark.parametrize("check", CASES)
def test_the_sentence_says_what_was_seen_in_one_line(check: str) -> None:
    for sentence in found(CASES[check].broken)[check]:
        assert len(sentence) > 20
        assert "\n" not in sentence
        assert not sentence.endswith(".")
