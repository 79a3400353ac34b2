"""One simulator for all tests of this folder; each has a tenant with a clock of its own."""

from collections.abc import Iterator

import pytest
from rig import Rig


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with Rig() as rig:
        yield rig
