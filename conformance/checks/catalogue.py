"""Every check there is, by id, and the dialects of the providers."""

from collections.abc import Mapping
from functools import cache

from . import gmicloud, gmicloud_turns, house, onemin, reapi, threedai, tokaify
from .evidence import Dialect
from .record import Check

_MODULES = (reapi, threedai, gmicloud, gmicloud_turns, tokaify, onemin, house)
DIALECTS: Mapping[str, Dialect] = {
    "reapi": reapi.DIALECT,
    "threedai": threedai.DIALECT,
    "gmicloud": gmicloud.DIALECT,
    "tokaify": tokaify.DIALECT,
    "onemin": onemin.DIALECT,
}


def checks() -> Mapping[str, Check]:
    """The catalogue, by provider and then our own rules."""
    return {check.id: check for module in _MODULES for check in module.CHECKS}


@cache
def checks_for(provider: str, role: str) -> tuple[Check, ...]:
    """Those that judge exchanges of a role with a provider."""
    return tuple(check for check in checks().values() if check.provider in (provider, None) and role in check.on)
