"""Prompts that bring something about: `safelight:NAME` strikes the request that carries it, and its job.

What the names are is said in fixtures/magic.yaml. Any other prompt passes, so that no test fails by an unlucky choice
of words, and costs one search for the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..specs.errors import did_you_mean
from .faults import Armed, Fault, FaultError, kinds, read_fault
from .faults.naming import spell_out
from .faults.table import Strike, strike_first
from .faults.targets import Target, find_targets
from .problems import Problem

if TYPE_CHECKING:
    from ..specs import Spec
    from .calls import Call
    from .tenants import Tenant

MARK = "safelight:"
MOST_SPELLS = 1_000  # different prompts per tenant whose counted faults are remembered

_NAMES = re.compile(re.escape(MARK) + r"([a-z0-9][a-z0-9-]*)")

Planned = tuple[Fault, list[Target]]


class MagicWord(Exception):
    """A prompt turned out to be magic before anything had happened."""


@dataclass(slots=True)
class Spell:
    """What the names in one prompt bring about at one operation, with the counts so far.

    `here` strikes the request itself and the job at its creation; `later` is armed on the operations about that job.
    """

    here: list[Armed] = field(default_factory=list)
    later: list[Planned] = field(default_factory=list)


def cast(call: Call) -> Strike:
    """What the prompt of a call brings down on its request. Raises Problem parameter-invalid for a name of nothing."""
    call.spell = spell = _remembered(call)
    return strike_first(spell.here, call.tenant.seed, call.body)


def follow(spell: Spell, tenant: Tenant, job: str) -> None:
    """Arm what the prompt has in store for the requests about its job, given by its hex digits."""
    for fault, targets in spell.later:
        armed = tenant.faults.make(fault, origin="the prompt", job=job)
        for target in targets:
            tenant.faults.lay(armed, target)


def named_faults(name: str, spec: Spec) -> list[Planned]:
    """The faults that a name in a prompt stands for at a provider. Raises ValueError with a sentence."""
    from ..fixtures.catalogue import find_scenario, magic, scenario_names
    from .scenarios import faults_for

    behaviour, name = spec.behaviour, magic()["prompts"].get(name, name)
    if name in scenario_names():
        scenario = find_scenario(name)
        if spec.name in scenario.not_for:
            raise ValueError(f"{name} is not for {spec.name}: {scenario.not_for[spec.name].rstrip('.')}")
        planned = faults_for(scenario, spec)
        if not planned:
            raise ValueError(f"{name} changes the tenant as a whole; use a key or arm it on the tenant")
        return planned
    known = (*magic()["prompts"], *scenario_names(), *kinds(), *behaviour.failures, *behaviour.problems)
    if name not in known:
        hint = did_you_mean(name, known)
        raise ValueError(f"there is no magic word {MARK}{name}{hint}; `safelight scenarios --magic` lists them")
    fault = replace(read_fault(spell_out({"kind": name, "provider": spec.name}, [behaviour])), times=None)
    return [(fault, find_targets(fault, {spec.name: spec}))]


def _remembered(call: Call) -> Spell:
    """The spell of a prompt, made when it is seen for the first time: its faults go on counting after that."""
    spells: dict[tuple[str, str, bytes], Spell] = call.tenant.spells
    digest = blake2b(call.prompt.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    place = (call.provider.name, call.operation.id, digest)
    if place not in spells:
        while len(spells) >= MOST_SPELLS:
            del spells[next(iter(spells))]
        try:
            spells[place] = _make(call)
        except ValueError as error:
            reason = str(error)
            raise Problem("parameter-invalid", message="{reason}", field="prompt", reason=reason) from None
    return spells[place]


def _make(call: Call) -> Spell:
    spell, faults = Spell(), call.tenant.faults
    here = (call.provider.name, call.operation.id)
    for fault, targets in _faults_in(call.prompt, call.provider.spec):
        if here in targets:
            spell.here.append(faults.make(fault, origin="the prompt", cyclic=True))
        later = [target for target in targets if _is_about_jobs(target, call.provider.spec)]
        if later:
            spell.later.append((fault, later))
    return spell


def _faults_in(prompt: str, spec: Spec) -> Iterator[Planned]:
    for name in dict.fromkeys(_NAMES.findall(prompt)):
        for fault, targets in named_faults(name, spec):
            if not kinds()[fault.kind].magic:
                raise FaultError(f"{MARK}{name} cannot be brought about from within a request; arm it on the tenant")
            yield fault, targets


def _is_about_jobs(target: Target, spec: Spec) -> bool:
    return target[1] == "media" or spec.operation(target[1]).role in ("poll", "cancel")
