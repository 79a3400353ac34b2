"""A port on which nobody listens, and nobody else can."""

from __future__ import annotations

import socket


class ClosedPort:
    """Taken from the system when it is first asked for, so that it stays closed for as long as it is needed."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`, where connections are refused."""
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.bind(("127.0.0.1", 0))  # bound and never listened on
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def release(self) -> None:
        """Give the port back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
