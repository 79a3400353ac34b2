"""Every property by id."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from ..checks.catalogue import checks
from ..checks.record import DuplicateCheck
from .record import Property

_MODULES: Final = (
    "reapi", "threedai", "gmicloud", "tokaify", "onemin",
    "money", "errors", "results", "retries", "moderation", "endings", "calls", "sequences",
    "handling", "secrets", "listing", "references", "expiry", "wishes",
    "gateways.access", "gateways.secrets", "gateways.validation", "gateways.mapping", "gateways.results",
    "gateways.answers", "gateways.security", "gateways.models",
    "gateways.errors", "gateways.money", "gateways.idempotency", "gateways.failover", "gateways.tasks",
    "gateways.polling", "gateways.deadlines", "gateways.concurrency", "gateways.schema", "gateways.fuzz",
)  # fmt: skip


@cache
def properties() -> Mapping[str, Property]:
    """The properties, by provider and then our own. Raises DuplicateCheck."""
    found: dict[str, Property] = {}
    for name in _MODULES:
        for each in import_module(f".{name}", __package__).PROPERTIES:
            if each.id in found or each.id in checks():
                raise DuplicateCheck(each.id, each.rule)
            found[each.id] = each
    return found
