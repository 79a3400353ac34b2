"""Bugs that clients of several providers have alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..reference.client import ReferenceClient
from .record import mutant

T = TypeVar("T", bound=type)


def each_of(*clients: type[ReferenceClient], kills: tuple[str, ...]) -> Callable[[T], T]:
    """Make a mutant of each of these clients by putting a class with a bug before it.

    `kills` are the ids of the checks that are meant to find the bug in each of them.
    """

    def register(bug: T) -> T:
        for client in clients:
            named = {"__doc__": bug.__doc__, "__module__": bug.__module__}
            mutant(*kills, provider=client.provider)(type(bug.__name__, (bug, client), named))
        return bug

    return register
