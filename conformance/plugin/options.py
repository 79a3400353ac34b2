"""What a test's markers ask of the simulator."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

import pytest

from ...mockserver.clock import parse_rate
from ...mockserver.progress import Progress, parse_progress


class BadMarker(ValueError):
    """A marker of ours says something impossible; the message is for people."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the simulator runs in a test. `rate` is virtual seconds per real second, None for virtual time."""

    rate: float | None = None
    seed: int = 0
    progress: Progress = field(default_factory=Progress)


def options_of(item: pytest.Item | None) -> Options:
    """What the test's `safelight` marker says, or the usual. Raises BadMarker."""
    marker = item.get_closest_marker("safelight") if item is not None else None
    return Options() if marker is None else _read(marker)


def scenarios_of(item: pytest.Item | None) -> Iterator[tuple[str, str | None]]:
    """Name and provider of each scenario that the test's markers ask for. Raises BadMarker."""
    for marker in item.iter_markers("scenario") if item is not None else ():
        _check_names(marker, "provider")
        if len(marker.args) != 1 or not isinstance(marker.args[0], str):
            raise BadMarker("@pytest.mark.scenario takes the name of one scenario, and provider= if it is for one only")
        yield marker.args[0], marker.kwargs.get("provider")


def _read(marker: pytest.Mark) -> Options:
    _check_names(marker, "clock", "seed", "progress")
    if marker.args:
        raise BadMarker(f"@pytest.mark.safelight takes clock=, seed= and progress= by name, not {marker.args[0]!r}")
    clock, seed = marker.kwargs.get("clock", "virtual"), marker.kwargs.get("seed", 0)
    try:
        rate = None if clock == "virtual" else parse_rate(clock)
    except (TypeError, ValueError):
        raise BadMarker(
            f"@pytest.mark.safelight: clock must be virtual, real, manual or xN such as x20, not {clock!r}"
        ) from None
    if not isinstance(seed, int):
        raise BadMarker(f"@pytest.mark.safelight: seed must be a whole number, not {seed!r}")
    try:
        return Options(rate, seed, parse_progress(marker.kwargs.get("progress", "time")))
    except (TypeError, ValueError) as error:
        raise BadMarker(f"@pytest.mark.safelight: {error}") from None


def _check_names(marker: pytest.Mark, *known: str) -> None:
    for name in marker.kwargs:
        if name not in known:
            near = get_close_matches(name, known, n=1) or known
            hint = f"did you mean {near[0]}=?" if len(near) == 1 else f"it has {', '.join(f'{one}=' for one in known)}"
            raise BadMarker(f"@pytest.mark.{marker.name} has no {name}=; {hint}")
