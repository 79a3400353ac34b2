"""Which operations of which providers a fault is for, by the data of kinds and providers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...specs import Behaviour, Spec, UnknownProvider
from ...specs.errors import did_you_mean
from .errors import FaultError, ImpossibleFault, unknown
from .kinds import Kind, find_kind
from .records import EVERY, Fault

MEDIA = "media"
RESULT = "result"

_NAMES = frozenset({EVERY, MEDIA, RESULT, "submit", "poll", "list", "cancel", "models", "balance", "upload"})

Target = tuple[str, str]  # provider, operation id or `media`


def find_targets(fault: Fault, specs: Mapping[str, Spec]) -> list[Target]:
    """What a fault is to be armed on. Raises ImpossibleFault, or InvalidFault for an unknown provider.

    Providers that are named must be able to have it; of all providers, those that can't are left out.
    """
    for name in fault.providers:
        if name not in specs:
            raise ImpossibleFault(str(UnknownProvider(name, tuple(specs))).rstrip("."))
    targets: list[Target] = []
    refusals: list[FaultError] = []
    for name in fault.providers or specs:
        try:
            targets += [(name, operation) for operation in _operations(fault, specs[name])]
        except ImpossibleFault as refusal:
            refusals.append(refusal)
    if refusals and (fault.providers or not targets):
        raise refusals[0]
    return targets


def _operations(fault: Fault, spec: Spec) -> list[str]:
    kind = find_kind(fault.kind)
    _check_provider(fault, kind, spec.behaviour)
    known = _known_operations(spec)
    name = fault.operation or _home(kind, known)
    if name not in known:
        offered = ", ".join(known)
        hint = did_you_mean(name, tuple(known))
        raise ImpossibleFault(f"there is no operation {name!r} at {spec.name}{hint}; it has {offered}")
    if name == MEDIA and spec.behaviour.store == "inline" and not kind.inline:
        raise ImpossibleFault(f"the images of {spec.name} come inside its answers: {kind.name} on media makes no sense")
    fitting = [id for id, role in known[name] if kind.fits(name, role)]
    if not fitting or (name != EVERY and len(fitting) < len(known[name])):
        possible = ", ".join(_fitting_names(kind, known))
        raise ImpossibleFault(
            f"the fault {kind.name} makes no sense for {name} of {spec.name}; it does for {possible or 'none'}"
        )
    return fitting


def _check_provider(fault: Fault, kind: Kind, behaviour: Behaviour) -> None:
    provider = behaviour.provider
    if kind.needs and not _part(behaviour.raw, kind.needs):
        raise ImpossibleFault(f"the fault {kind.name} makes no sense for {provider}: {kind.lacks}")
    for option, schema in kind.options.items():
        if "among" in schema and option in fault.options:
            known = tuple(key for key in _part(behaviour.raw, schema["among"]) or () if key != "rule")
            if fault.options[option] not in known:
                raise ImpossibleFault(unknown(f"{option} of {provider}", fault.options[option], known))


def _known_operations(spec: Spec) -> dict[str, list[tuple[str, str]]]:
    """Ids and roles by every name that stands for them."""
    known: dict[str, list[tuple[str, str]]] = {EVERY: [], MEDIA: [(MEDIA, MEDIA)]}
    for operation in spec.operations:
        for name in dict.fromkeys([operation.id, operation.role, EVERY]):
            known.setdefault(name, []).append((operation.id, operation.role))
    known[RESULT] = known.get("poll") or known.get("submit", [])
    return known


def is_operation(name: str, specs: Iterable[Spec]) -> bool:
    """Whether a name stands for operations at any provider, here or elsewhere."""
    return name in _NAMES or any(operation.id == name for spec in specs for operation in spec.operations)


def _home(kind: Kind, known: Mapping[str, Any]) -> str:
    return next((name for name in kind.operation if name in known), kind.operation[0])


def _fitting_names(kind: Kind, known: Mapping[str, list[tuple[str, str]]]) -> Iterator[str]:
    for name, operations in known.items():
        if all(kind.fits(name, role) for _, role in operations):
            yield name


def _part(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, Mapping) else None
    return data
