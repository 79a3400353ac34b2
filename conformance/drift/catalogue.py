"""Every sheet and every check, by provider."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ...specs import load, provider_names
from .common import checks_of
from .record import Drift, Sheet


def sheet_of(provider: str) -> Sheet:
    """The sheet of a provider."""
    sheet: Sheet = import_module(f".{provider}", __package__).SHEET
    return sheet


@cache
def drift_checks(provider: str) -> tuple[Drift, ...]:
    """The checks of a provider's server, in the order in which they are reported."""
    return tuple(checks_of(load(provider), sheet_of(provider)))


def all_drift_checks() -> dict[str, Drift]:
    """Every check of every server by id."""
    return {check.id: check for provider in provider_names() for check in drift_checks(provider)}
