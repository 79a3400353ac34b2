"""A share of the random timelines; `python -m tests.virtual.stress` plays ten thousand."""

import os

import pytest

from .stress import KINDS, play

COUNT = int(os.environ.get("SAFELIGHT_TIMELINES", "240"))


@pytest.mark.parametrize("kind", KINDS)
def test_no_timestamp_is_wrong(kind: str) -> None:
    assert play(range(COUNT // len(KINDS)), [kind]) == []
