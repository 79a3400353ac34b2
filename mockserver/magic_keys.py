"""Keys that bring something about: `<key prefix>safelight-NAME` opens a tenant in which the scenario NAME is played."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..fixtures.catalogue import Scenario, find_scenario, magic, scenario_names
from ..specs.errors import did_you_mean
from .faults import kinds
from .scenarios import apply_scenario

if TYPE_CHECKING:
    from .tenants import Tenant
    from .world import World

MARK = "safelight-"
MOST_TENANTS = 256  # opened by keys; the oldest makes room

_LONGEST_TAG = 63


def open_tenant(world: World, parent: Tenant, provider: str, key: str) -> Tenant:
    """The tenant that a magic key opens, made on its first use with the clock and the settings of its parent.

    Raises ValueError with a sentence for a key that names nothing which makes sense.
    """
    if (provider, key) in parent.keys:
        return parent
    name, _, rest = key.partition(MARK)[2].partition(".")
    tag = _tag(world, parent, name, rest)
    tenant = world.tenants.get(tag)
    if tenant is not None and (provider, key) in tenant.keys:
        return tenant
    scenario = _scenario(name)
    _check_provider(scenario, provider)
    tenant = tenant or _open(world, parent, tag, scenario)
    tenant.admit(provider, key)
    return tenant


def _open(world: World, parent: Tenant, tag: str, scenario: Scenario) -> Tenant:
    while len(world.magic_tags) >= MOST_TENANTS:
        world.delete_tenant(world.tenants[world.magic_tags[0]])
    tenant = world.create_tenant(tag, parent.settings, parent.clock)
    world.magic_tags.append(tag)
    tenant.prepare_with(partial(apply_scenario, tenant, scenario, cyclic=True))
    return tenant


def _scenario(name: str) -> Scenario:
    shorts = magic()["keys"]
    known = (*shorts, *scenario_names())
    if name not in known:
        hint = did_you_mean(name, known)
        raise ValueError(f"there is no magic key {MARK}{name}{hint}; `safelight scenarios --magic` lists them")
    scenario = find_scenario(shorts.get(name, name))
    if not all(kinds()[fault["kind"]].magic for fault in scenario.faults):
        raise ValueError(f"{scenario.name} cannot be brought about by a key; arm it on the tenant")
    return scenario


def _check_provider(scenario: Scenario, provider: str) -> None:
    if provider in scenario.not_for:
        raise ValueError(f"{scenario.name} is not for {provider}: {scenario.not_for[provider].rstrip('.')}")


def _tag(world: World, parent: Tenant, name: str, rest: str) -> str:
    prefix = "" if parent in (world.default, world.unattributed) else f"{parent.tag}-"
    suffix = f"-{_digest(rest)}" if rest else ""
    tag = f"{prefix}{MARK}{name}{suffix}"
    return tag if len(tag) <= _LONGEST_TAG else f"{MARK}{_digest(tag)}"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
