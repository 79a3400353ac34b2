"""`safelight check`: is my client right?"""

import click

from . import LazyGroup

_WAYS = {
    "client": "ask a client for pictures under every reading and fault, and judge what it does",
    "journal": "judge the exchanges that somebody recorded",
}


@click.group(cls=LazyGroup, lazy=_WAYS, prefix="check_")
def check() -> None:
    """Check a client against the documents of its providers."""
