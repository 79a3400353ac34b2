"""Sockets under virtual time: what they send and receive is counted, and their time-outs are virtual."""

import select
import socket
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from .threads import Threads, Wait
from .traffic import Address, Traffic

_STREAMS = (socket.AF_INET, socket.AF_INET6)
_RECEIVERS = ("recv", "recv_into")
_SENDERS = ("send", "sendall", "sendmsg")


class Sockets:
    """Replaces methods of `socket.socket` while installed; one instance at a time."""

    def __init__(self, traffic: Traffic, threads: Threads) -> None:
        self._traffic = traffic
        self._threads = threads
        self._ends: WeakKeyDictionary[socket.socket, tuple[Address, Address]] = WeakKeyDictionary()

    def install(self) -> None:
        """Patch the class; `uninstall` undoes it."""
        for name in _RECEIVERS:
            setattr(socket.socket, name, self._receiver(getattr(socket.socket, name)))
        for name in _SENDERS:
            setattr(socket.socket, name, self._sender(getattr(socket.socket, name)))
        for name in ("connect", "connect_ex"):
            setattr(socket.socket, name, self._connector(getattr(socket.socket, name)))
        self._accept, self._shutdown = socket.socket.accept, socket.socket.shutdown
        self._real_close = socket.socket._real_close  # type: ignore[attr-defined]
        socket.socket.accept = self._accepter(self._accept)  # type: ignore[method-assign]
        socket.socket.shutdown = self._ender(self._shutdown)  # type: ignore[method-assign]
        socket.socket._real_close = self._closer(self._real_close)  # type: ignore[attr-defined]

    def uninstall(self) -> None:
        """Give the class its own methods back."""
        for name in (*_RECEIVERS, *_SENDERS, "connect", "connect_ex", "shutdown"):
            delattr(socket.socket, name)
        socket.socket.accept = self._accept  # type: ignore[method-assign]
        socket.socket._real_close = self._real_close  # type: ignore[attr-defined]

    def _ends_of(self, sock: socket.socket) -> tuple[Address, Address] | None:
        found = self._ends.get(sock)
        if found is not None:
            return found
        if sock.family not in _STREAMS or sock.type != socket.SOCK_STREAM:
            return None
        try:
            near, far = sock.getsockname()[:2], sock.getpeername()[:2]
        except OSError:
            return None
        if not self._traffic.watches(near, far):
            return None
        self._ends[sock] = (near, far)
        return near, far

    def _receiver(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def receive(sock: socket.socket, *args: Any, **kwargs: Any) -> Any:
            ends = self._ends_of(sock)
            if ends is None:
                return original(sock, *args, **kwargs)
            if sock.gettimeout() != 0:
                self._wait_readable(sock)
            try:
                result = original(sock, *args, **kwargs)
            except BlockingIOError:
                raise
            except OSError:
                self._traffic.drained(*ends)
                raise
            count = result if isinstance(result, int) else len(result)
            if count:
                self._traffic.received(*ends, count)
            else:
                self._traffic.drained(*ends)
            return result

        return receive

    def _sender(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def send(sock: socket.socket, data: Any, *args: Any) -> Any:
            ends = self._ends_of(sock)
            if ends is None:
                return original(sock, data, *args)
            if original.__name__ == "sendall":
                count = memoryview(data).nbytes
                self._traffic.sent(*ends, count)
                return original(sock, data, *args)
            sent = original(sock, data, *args)
            self._traffic.sent(*ends, sent)
            return sent

        return send

    def _connector(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(sock: socket.socket, address: Any) -> Any:
            port = address[1] if isinstance(address, tuple) else 0
            self._traffic.connecting(port)
            try:
                return original(sock, address)
            except BlockingIOError:
                raise
            except OSError:
                self._traffic.accepted(port)
                raise

        return connect

    def _accepter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def accept(sock: socket.socket) -> Any:
            connection, address = original(sock)
            if sock.family in _STREAMS:
                self._traffic.accepted(connection.getsockname()[1])
            return connection, address

        return accept

    def _ender(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def shutdown(sock: socket.socket, how: int) -> Any:
            ends = self._ends_of(sock)
            if ends is not None and how != socket.SHUT_RD:
                self._traffic.ended(*ends)
            return original(sock, how)

        return shutdown

    def _closer(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def close(sock: socket.socket, *args: Any) -> Any:
            ends = self._ends_of(sock)
            if ends is not None:
                self._traffic.closed(*ends)
            return original(sock, *args)

        return close

    def _wait_readable(self, sock: socket.socket) -> None:
        if _readable(sock) or not self._threads.is_worker():
            return
        near, far = socket.socketpair()
        try:
            with self._threads.waiting(sock.gettimeout(), lambda: far.send(b"x")) as wait:
                self._watch(sock, near, wait)
        finally:
            near.close()
            far.close()

    def _watch(self, sock: socket.socket, wake: socket.socket, wait: Wait) -> None:
        select.select([sock, wake], [], [])
        if wait.finish() and not _readable(sock):
            raise TimeoutError("timed out")


def _readable(sock: socket.socket) -> bool:
    return bool(select.select([sock], [], [], 0)[0])
