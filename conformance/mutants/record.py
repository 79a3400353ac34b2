"""What a mutant is: a client class with one bug, and the checks that are meant to find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


@dataclass(frozen=True)
class Mutant:
    """A reference client with one bug.

    `name` says what it does wrong, `provider` whose client it is, `kills` are the ids of the checks that are meant to
    find it: at least one of them has to. `bug` is a sentence.
    """

    name: str
    provider: str
    client: Any
    kills: tuple[str, ...]
    bug: str


class DuplicateMutant(ValueError):
    """Two mutants have one name."""


_REGISTERED: dict[str, Mutant] = {}


def mutant(*kills: str, provider: str | None = None) -> Callable[[T], T]:
    """Make a class a mutant, named after itself; its docstring is the bug.

    The provider is the one whose reference client it derives from.
    """

    def register(client: T) -> T:
        owner = provider or _provider_of(client)
        name = f"{owner}-{_kebab(client.__name__)}"
        if name in _REGISTERED:
            raise DuplicateMutant(f"there is a mutant {name!r} already")
        _REGISTERED[name] = Mutant(name, owner, client, kills, (client.__doc__ or "").strip().partition("\n")[0])
        return client

    return register


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
