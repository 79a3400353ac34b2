"""Frozen sets: what a release demanded stays what it was."""

import pytest

from safelight.conformance.suite.catalogue import all_checks
from safelight.conformance.suite.requirements import (
    LATEST,
    UnknownRequirements,
    level_of,
    required,
    requirement_sets,
)


@pytest.mark.parametrize("name", requirement_sets())
def test_every_check_of_a_frozen_set_is_still_there(name: str) -> None:
    assert required(name).keys() <= all_checks().keys()
    assert set(required(name).values()) <= {"MUST", "SHOULD", "HOUSE"}


def test_there_is_a_set_for_this_release() -> None:
    assert "2026.1" in requirement_sets()
    assert len(required("2026.1")) > 200


def test_the_latest_are_all_at_their_levels() -> None:
    assert required(LATEST) == {id: level_of(check) for id, check in all_checks().items()}


def test_an_unknown_set_is_told() -> None:
    with pytest.raises(UnknownRequirements, match=r"there are .*2026\.1, latest"):
        required("2026.9")


@pytest.mark.parametrize("id", all_checks())
def test_every_check_says_why_it_matters(id: str) -> None:
    why = all_checks()[id].why
    assert why.endswith("."), f"{id}: {why!r}"
    assert len(why) > 20
