"""Bytes under way between two sockets of this process.

A kernel may deliver loopback data a moment after `send` returned, above all when the machine is busy, and whoever
waits for them may take a moment to wake up. A clock that jumps in that moment gives a wrong time to the receiver. So
every byte, every connection and every close is counted when it is sent and when it is received.

While the two differ, the clock waits for what somebody is waiting for, and for what has not arrived yet. What has
arrived and nobody waits for does not keep the clock.
"""

import select
import socket
from _thread import RLock
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

PATIENCE = 5.0  # real seconds until something that is sent and never received is taken for a miscount

Address = tuple[str, int]
Flow = tuple[Address, Address]  # from, to
Reads = Callable[[int], bool]  # whether somebody waits to read from this file descriptor


class Traffic:
    """Counts per direction of each TCP connection that this process has a socket of."""

    def __init__(self) -> None:
        self._ports: set[int] = set()
        self._sockets: WeakValueDictionary[Flow, socket.socket] = WeakValueDictionary()  # by near, far
        self._pending: dict[Flow, int] = defaultdict(int)
        self._connecting: set[Address] = set()
        self._accepted: set[Address] = set()
        self._ended: set[Flow] = set()
        self._readers: list[Reads] = []
        self._lock = RLock()
        self._version = 0
        self._seen_version = -1
        self._since = 0.0

    def listens(self, port: int) -> None:
        """A server of this process listens on this port."""
        self._ports.add(port)

    def connected(self, near: Address, port: int) -> None:
        """A client asked for a connection to a port."""
        with self._lock:
            if port in self._ports and near not in self._accepted:
                self._connecting.add(near)
                self._version += 1
            self._accepted.discard(near)

    def accepted(self, far: Address) -> None:
        """A server took a connection."""
        with self._lock:
            if far not in self._connecting:
                self._accepted.add(far)
            self._connecting.discard(far)
            self._version += 1

    def has(self, sock: socket.socket, near: Address, far: Address) -> None:
        """This socket is the end of a connection."""
        self._sockets[near, far] = sock

    def is_local(self, near: Address, far: Address) -> bool:
        """Whether the other end of a connection is in this process, too."""
        return far[1] in self._ports or (far, near) in self._sockets

    def sent(self, near: Address, far: Address, count: int) -> None:
        """`near` sent so many bytes."""
        self._change((near, far), count)

    def received(self, near: Address, far: Address, count: int) -> None:
        """`near` received so many bytes."""
        self._change((far, near), -count)

    def ended(self, near: Address, far: Address) -> None:
        """`near` will send no more, which the other side has yet to see."""
        with self._lock:
            if (near, far) not in self._ended:
                self._ended.add((near, far))
                if (far, near) not in self._ended:
                    self._change((near, far), 1)

    def drained(self, near: Address, far: Address) -> None:
        """`near` saw the end of the connection, or gave up reading: nothing to it is under way any more."""
        with self._lock:
            self._pending.pop((far, near), None)
            self._version += 1

    def closed(self, near: Address, far: Address) -> None:
        """`near` closed its socket."""
        with self._lock:
            self._sockets.pop((near, far), None)
            self.drained(near, far)
            self.ended(near, far)
            if (far, near) in self._ended:
                self._ended -= {(near, far), (far, near)}
                self._pending.pop((near, far), None)

    @contextmanager
    def awaited_by(self, reads: Reads) -> Iterator[None]:
        """While somebody waits for what these sockets will receive."""
        self._readers.append(reads)
        try:
            yield
        finally:
            self._readers.remove(reads)

    def under_way(self, real_now: float) -> bool:
        """Whether something sent has not been received and is still believed to arrive."""
        with self._lock:
            pending = [flow for flow, count in self._pending.items() if count > 0]
            if not self._connecting and not any(self._moves(*flow) for flow in pending):
                self._seen_version = self._version
                return False
            if self._version != self._seen_version:
                self._seen_version = self._version
                self._since = real_now
                return True
            if real_now - self._since < PATIENCE:
                return True
            self._pending.clear()
            self._connecting.clear()
            return False

    def _moves(self, near: Address, far: Address) -> bool:
        receiver = self._sockets.get((far, near))
        if receiver is None:
            return False
        file = receiver.fileno()
        if any(reads(file) for reads in self._readers):
            return True
        try:
            return not is_ready(receiver, select.POLLIN)
        except ValueError:  # closed
            return False

    def _change(self, flow: Flow, count: int) -> None:
        with self._lock:
            left = self._pending[flow] + count
            if left:
                self._pending[flow] = left
            else:
                del self._pending[flow]
            self._version += 1


def is_ready(sock: socket.socket, event: int) -> bool:
    """Whether a socket has something to read (`POLLIN`) or room to write (`POLLOUT`), or an end to tell of."""
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(0))
