"""Whatever a test starts is gone after it."""

import os
from collections.abc import Iterator

import pytest
from gateway_stand import assert_nothing_is_left


@pytest.fixture(autouse=True)
def _nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("safelight.conformance.engine.stage._REAL_PAUSE", 0.05)
    monkeypatch.setenv("TEST_PROCESS", str(os.getpid()))
    yield
    assert_nothing_is_left()
