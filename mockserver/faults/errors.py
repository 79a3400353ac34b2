"""What can be wrong with a fault that somebody orders.

    FaultError (a ValueError)
    ├── InvalidFault        an unknown kind, a missing, unknown or impossible field
    └── ImpossibleFault     a fault that makes no sense where it is ordered: an operation or outcome that the
                            provider lacks, a problem that it does not know

Each carries one sentence for people as its message, without a full stop.
"""

from __future__ import annotations

from ...specs.errors import did_you_mean


class FaultError(ValueError):
    """A fault cannot be armed."""


class InvalidFault(FaultError):
    """The order itself is wrong."""


class ImpossibleFault(FaultError):
    """The provider can't have this fault."""


def unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    """The sentence for a name that is not among the known ones."""
    return f"there is no {what} {name!r}{did_you_mean(name, known)}; known: {', '.join(known) or 'none'}"
