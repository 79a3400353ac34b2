"""One simulator for the tests of a module."""

from collections.abc import Iterator

import pytest
from stand import Stand


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    """A simulator on a loop that can be virtual; subjects that tests start on it are stopped with it."""
    with Stand() as running:
        yield running
