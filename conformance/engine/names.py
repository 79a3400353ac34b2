"""Host names that are looked up: this machine is the only one there is, and who looks for another is remembered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any


@contextmanager
def overheard() -> Iterator[list[str]]:
    """The names of other machines that are looked up meanwhile. None of them is found, whether there is a network."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        if is_here(name):
            return look_up(host, *rest, **named)
        asked.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "there is no other machine while a client is judged")

    socket.getaddrinfo = getaddrinfo
    try:
        yield asked
    finally:
        socket.getaddrinfo = look_up


def is_here(name: str) -> bool:
    """Whether a host name or an address is this machine's."""
    name = name.rstrip(".").lower()
    if name in ("", "localhost", socket.gethostname().lower()) or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(_written_out(name.partition("%")[0]))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _written_out(name: str) -> str:
    """An address with four numbers for any way of writing it, such as 127.1 or 0x7f000001; names as they are."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return name
