"""Every mutant by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from .record import Mutant, registered

_MODULES: Final = (
    "reapi", "reapi_jobs", "threedai", "threedai_jobs", "gmicloud", "gmicloud_jobs", "gmicloud_turns", "tokaify",
    "tokaify_contents", "tokaify_answers", "onemin", "onemin_answers", "house", "house_errors", "house_results",
    "house_retries", "house_endings", "house_calls", "house_sequences", "house_handling", "house_secrets",
    "house_listing",
    "house_references",
    "house_wishes", "house_references",
    "gateways.errors", "gateways.money", "gateways.idempotency", "gateways.failover", "gateways.tasks",
    "gateways.deadlines",
    "gateways.access", "gateways.secrets", "gateways.validation", "gateways.mapping", "gateways.results",
    "gateways.answers", "gateways.security", "gateways.models", "gateways.fuzz",
)  # fmt: skip


@cache
def mutants() -> Mapping[str, Mutant]:
    """The mutants, provider by provider."""
    for name in _MODULES:
        import_module(f".{name}", __package__)
    return registered()
