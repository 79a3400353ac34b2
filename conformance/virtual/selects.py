"""`selectors` under virtual time, for threads that wait for several sockets at once, such as `http.server`'s.

Only for sockets whose other end is in this process: anything else is the world outside (a subprocess, say), and the
thread that waits for it holds the clock. Event loops are looked after in `guests`.
"""

import _socket
import os
import selectors
import socket
import stat
from collections.abc import Callable
from functools import partial
from typing import Any

from .sockets import FAMILIES, plain
from .threads import Threads
from .traffic import Reads

_CLASSES: list[Any] = [
    getattr(selectors, name)
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector")
    if hasattr(selectors, name)
]
_ORIGINALS = {kind: vars(kind).get("select") for kind in _CLASSES}


class Selects:
    """Replaces the `select` of selectors while installed."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._traffic = threads.waits.time.traffic

    def install(self) -> None:
        """Patch the classes; `uninstall` undoes it."""
        for kind, original in [(kind, kind.select) for kind in _CLASSES]:
            kind.select = self._selecter(original)

    def uninstall(self) -> None:
        """Give the classes their own methods back."""
        for kind, original in _ORIGINALS.items():
            if original is None:
                del kind.select
            else:
                kind.select = original

    def _selecter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def select(selector: Any, timeout: float | None = None) -> Any:
            if not self._threads.is_worker() or (timeout is not None and timeout <= 0):
                return original(selector, timeout)
            ready = original(selector, 0)
            if ready or not all(self._is_ours(key.fd) for key in selector.get_map().values()):
                return ready or original(selector, timeout)
            return self._wait(selector, timeout, original)

        return select

    def _wait(self, selector: Any, timeout: float | None, select: Callable[..., Any]) -> Any:
        near, far = socket.socketpair()
        with near, far:
            selector.register(near, selectors.EVENT_READ)
            try:
                with (
                    self._threads.waits.waiting(timeout, lambda: far.send(b"x")) as wait,
                    self._traffic.awaited_by(reads_of(selector)),
                ):
                    wait.begin()
                    events = select(selector, None)
            finally:
                selector.unregister(near)
        return [] if wait.timed_out else [(key, mask) for key, mask in events if key.fileobj is not near]

    def _is_ours(self, file: int) -> bool:
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            return False
        sock = _socket.socket(fileno=os.dup(file))  # not socket.socket, whose closing would be counted
        try:
            if sock.family not in FAMILIES:
                return False
            near = plain(sock.getsockname())
            return self._traffic.is_local(near, _peer(sock) or near)
        finally:
            sock.close()


def real_select(selector: Any) -> Callable[[float | None], Any]:
    """The selector's own way to wait, whatever is installed."""
    own = next((_ORIGINALS[kind] for kind in type(selector).__mro__ if _ORIGINALS.get(kind)), None)
    return selector.select if own is None else partial(own, selector)


def reads_of(selector: Any) -> Reads:
    """Whether a selector waits to read from a file descriptor."""

    def reads(file: int) -> bool:
        try:
            return bool(selector.get_key(file).events & selectors.EVENT_READ)
        except (KeyError, ValueError, RuntimeError):  # unknown, or the selector is closed
            return False

    return reads


def _peer(sock: _socket.socket) -> Any:
    try:
        return plain(sock.getpeername())
    except OSError:  # it listens
        return None
