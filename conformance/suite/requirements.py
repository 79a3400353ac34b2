"""Frozen sets of requirements: the checks of a release with their levels, so that CI does not change by itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from ...specs.cache import read_yaml
from .catalogue import AnyCheck, all_checks
from .results import Level

FOLDER: Final = Path(__file__).parents[1] / "requirements"
LATEST: Final = "latest"  # every check there is


class UnknownRequirements(ValueError):
    """There is no such set."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no requirement set {name!r}; there are {', '.join([*requirement_sets(), LATEST])}")


def requirement_sets() -> list[str]:
    """The names of the frozen sets, oldest first."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def required(name: str) -> Mapping[str, Level]:
    """The level of each check of a set, by id. Raises UnknownRequirements."""
    if name == LATEST:
        return {id: level_of(check) for id, check in all_checks().items()}
    if name not in requirement_sets():
        raise UnknownRequirements(name)
    levels: Mapping[str, Level] = read_yaml(FOLDER / f"{name}.yaml")["checks"]
    return levels


def level_of(check: AnyCheck) -> Level:
    """The level of a check as it is scored."""
    level = check.cites.level
    return "HOUSE" if level == "FACT" else level
