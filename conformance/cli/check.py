"""`safelight check`: is my client, is my gateway right?"""

import click

from . import LazyGroup

_WAYS = {
    "client": "ask a client for pictures under every reading and fault, and judge what it does",
    "gateway": "ask a gateway for pictures while its providers fail, and judge both of its faces",
    "provider": "ask a server that claims to be a provider whether it keeps to the document",
    "journal": "judge the exchanges that somebody recorded",
}


@click.group(cls=LazyGroup, lazy=_WAYS, prefix="check_")
def check() -> None:
    """Check a client or a gateway against the documents of its providers."""
