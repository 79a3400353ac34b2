"""What a mutant is: a client or a gateway with one bug, and the checks that are meant to find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


@dataclass(frozen=True)
class Mutant:
    """A reference client or gateway with one bug.

    `name` says what it does wrong, `provider` whose client it is, `kills` are the ids of the checks that are meant to
    find it: at least one of them has to. `bug` is a sentence. `is_gateway` says that `client` is a gateway, which is
    asked for images of that provider.
    """

    name: str
    provider: str
    client: Any
    kills: tuple[str, ...]
    bug: str
    is_gateway: bool = False


class DuplicateMutant(ValueError):
    """Two mutants have one name."""


_REGISTERED: dict[str, Mutant] = {}


def mutant(*kills: str, provider: str | None = None) -> Callable[[T], T]:
    """Make a class a mutant, named after itself; its docstring is the bug.

    The provider is the one whose reference client it derives from.
    """

    def register(client: T) -> T:
        owner = provider or _provider_of(client)
        _add(f"{owner}-{_kebab(client.__name__)}", owner, client, kills)
        return client

    return register


def gateway_mutant(*kills: str, provider: str = "reapi") -> Callable[[T], T]:
    """Make a class of gateways a mutant, that is asked for images of a provider; its docstring is the bug."""

    def register(gateway: T) -> T:
        _add(f"gateway-{_kebab(gateway.__name__)}", provider, gateway, kills, is_gateway=True)
        return gateway

    return register


def _add(name: str, provider: str, kind: type, kills: tuple[str, ...], *, is_gateway: bool = False) -> None:
    if name in _REGISTERED:
        raise DuplicateMutant(f"there is a mutant {name!r} already")
    bug = (kind.__doc__ or "").strip().partition("\n")[0]
    _REGISTERED[name] = Mutant(name, provider, kind, kills, bug, is_gateway)


def registered() -> dict[str, Mutant]:
    """Every mutant whose module has been imported, by name."""
    return dict(_REGISTERED)


def _provider_of(client: type) -> str:
    for base in client.__mro__:
        module = base.__module__.rpartition(".")
        if module[0].endswith(".reference"):
            return module[2]
    raise ValueError(f"{client.__name__} derives from no reference client; name its provider")


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
