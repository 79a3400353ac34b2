"""Sockets under virtual time: what they send and receive is counted, and their time-outs are virtual.

A socket whose other end is not in this process keeps its own time-outs, and its thread holds the clock meanwhile.
"""

import errno
import select
import socket
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from .threads import Threads
from .traffic import Address, Traffic, is_ready

Ends = tuple[Address, Address]  # near, far

FAMILIES = (socket.AF_INET, socket.AF_INET6)
_INHERITED = ("recv", "recv_into", "send", "sendall", "sendmsg", "connect", "connect_ex", "shutdown", "listen")
_OWN = ("accept", "_real_close")


class Sockets:
    """Replaces methods of `socket.socket` while installed; one instance at a time."""

    def __init__(self, traffic: Traffic, threads: Threads) -> None:
        self._traffic = traffic
        self._threads = threads
        self._ends: WeakKeyDictionary[socket.socket, Ends] = WeakKeyDictionary()
        self._originals: dict[str, Any] = {}

    def install(self) -> None:
        """Patch the class; `uninstall` undoes it."""
        makers: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
            "recv": self._receiver,
            "recv_into": self._receiver,
            "send": self._sender,
            "sendall": self._all_sender,
            "sendmsg": self._sender,
            "connect": self._connector,
            "connect_ex": self._connector,
            "shutdown": self._ender,
            "listen": self._listener,
            "accept": self._accepter,
            "_real_close": self._closer,
        }
        for name, make in makers.items():
            original = self._originals[name] = getattr(socket.socket, name)
            setattr(socket.socket, name, make(original))

    def uninstall(self) -> None:
        """Give the class its own methods back."""
        for name in _INHERITED:
            delattr(socket.socket, name)
        for name in _OWN:
            setattr(socket.socket, name, self._originals[name])

    def _ends_of(self, sock: socket.socket) -> Ends | None:
        found = self._ends.get(sock)
        if found is not None:
            return found
        if not _is_tcp(sock):
            return None
        try:
            near, far = plain(sock.getsockname()), plain(sock.getpeername())
        except OSError:
            return None
        self._ends[sock] = near, far
        self._traffic.has(sock, near, far)
        return near, far

    def _can_wait(self, sock: socket.socket, ends: Ends) -> bool:
        return sock.gettimeout() != 0 and self._threads.is_worker() and self._traffic.is_local(*ends)

    def _receiver(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def receive(sock: socket.socket, *args: Any, **kwargs: Any) -> Any:
            ends = self._ends_of(sock)
            if ends is None:
                return original(sock, *args, **kwargs)
            if self._can_wait(sock, ends):
                with self._traffic.awaited_by(sock.fileno().__eq__):
                    self._wait(sock, select.POLLIN, sock.gettimeout())
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
            if self._can_wait(sock, ends):
                self._wait(sock, select.POLLOUT, sock.gettimeout())
            sent = original(sock, data, *args)
            self._traffic.sent(*ends, sent)
            return sent

        return send

    def _all_sender(self, original: Callable[..., Any]) -> Callable[..., Any]:
        send = self._originals["send"]

        def sendall(sock: socket.socket, data: Any, flags: int = 0) -> None:
            ends = self._ends_of(sock)
            if ends is None or not self._can_wait(sock, ends):
                original(sock, data, flags)
                if ends is not None:
                    self._traffic.sent(*ends, memoryview(data).nbytes)
                return
            timeout = sock.gettimeout()
            deadline = None if timeout is None else time.monotonic() + timeout
            with memoryview(data) as view, view.cast("B") as rest:
                done = 0
                while done < len(rest):
                    self._wait(sock, select.POLLOUT, None if deadline is None else deadline - time.monotonic())
                    count = send(sock, rest[done:], flags | socket.MSG_DONTWAIT)
                    self._traffic.sent(*ends, count)
                    done += count

        return sendall

    def _connector(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(sock: socket.socket, address: Any) -> Any:
            if _is_tcp(sock) and self._threads.is_owner() and sock.gettimeout() != 0:
                self._threads.on_block(f"{original.__name__} to {address}")
            try:
                result = original(sock, address)
            except BlockingIOError:
                self._note_connection(sock, address)
                raise
            if result in (None, 0, errno.EINPROGRESS):
                self._note_connection(sock, address)
            return result

        return connect

    def _note_connection(self, sock: socket.socket, address: Any) -> None:
        if _is_tcp(sock):
            self._traffic.connected(plain(sock.getsockname()), address[1])
            self._ends_of(sock)

    def _accepter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def accept(sock: socket.socket) -> Any:
            connection, address = original(sock)
            if sock.family in FAMILIES:
                self._ends_of(connection)
                self._traffic.accepted(plain(address))
            return connection, address

        return accept

    def _listener(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def listen(sock: socket.socket, *args: Any) -> None:
            original(sock, *args)
            if sock.family in FAMILIES:
                self._traffic.listens(sock.getsockname()[1])

        return listen

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

    def _wait(self, sock: socket.socket, event: int, timeout: float | None) -> None:
        """Until the socket can read or write without blocking; TimeoutError after `timeout` virtual seconds."""
        if is_ready(sock, event):
            return
        near, far = socket.socketpair()
        with near, far, self._threads.waits.waiting(timeout, lambda: far.send(b"x")) as wait:
            poll = select.poll()
            poll.register(sock, event)
            poll.register(near, select.POLLIN)
            wait.begin()
            poll.poll()
        if wait.timed_out:
            raise TimeoutError("timed out")


def _is_tcp(sock: socket.socket) -> bool:
    return sock.family in FAMILIES and sock.type == socket.SOCK_STREAM


def plain(address: Any) -> Address:
    """Host and port, an IPv4 host as such even on an IPv6 socket."""
    return address[0].removeprefix("::ffff:"), address[1]
