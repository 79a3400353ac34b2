"""The harness is whole, and when it is not, somebody notices."""

import pytest

from safelight.conformance.selftest.probes import PROBES
from safelight.conformance.selftest.sabotage import SABOTAGES, discover


@pytest.mark.parametrize("probe", PROBES)
def test_the_harness_is_whole(probe: str) -> None:
    PROBES[probe]()


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_broken_harness_is_noticed(sabotage: str) -> None:
    assert discover(sabotage).noticed_by, SABOTAGES[sabotage].breaks


def test_the_harness_is_mended_afterwards() -> None:
    discover("open-door")
    PROBES["keys-are-demanded"]()


def test_there_are_ten_ways_to_break_it() -> None:
    assert len(SABOTAGES) >= 10
