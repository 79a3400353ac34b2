"""What a test's markers ask of the simulator."""

from typing import Any

import pytest

from ...mockserver.clock import parse_rate
from ...mockserver.progress import parse_progress

_KNOWN = {"clock", "seed", "progress"}


def marked(item: pytest.Item | None) -> dict[str, Any]:
    """The keyword arguments of the test's `safelight` marker. Fails the test on an unknown one or a bad value."""
    marker = item.get_closest_marker("safelight") if item is not None else None
    if marker is None:
        return {}
    unknown = set(marker.kwargs) - _KNOWN
    if marker.args or unknown:
        pytest.fail(f"@pytest.mark.safelight takes {', '.join(sorted(_KNOWN))} by name, not {marker}", pytrace=False)
    try:
        if marker.kwargs.get("clock", "virtual") != "virtual":
            parse_rate(marker.kwargs["clock"])
        parse_progress(marker.kwargs.get("progress", "time"))
    except ValueError as error:
        pytest.fail(f"@pytest.mark.safelight: {error}", pytrace=False)
    return dict(marker.kwargs)


def is_virtual(item: pytest.Item) -> bool:
    """Whether a test runs in virtual time."""
    return bool(marked(item).get("clock", "virtual") == "virtual")


def rate_of(item: pytest.Item | None) -> float:
    """The rate of a clock that is not virtual: virtual seconds per real second."""
    clock = marked(item).get("clock", "virtual")
    return 1.0 if clock == "virtual" else parse_rate(clock)
