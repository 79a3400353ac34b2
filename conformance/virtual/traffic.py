"""Bytes under way between two sockets of this process.

A kernel may deliver loopback data a moment after `send` returned, above all when the machine is busy. A clock that
jumps in that moment gives a wrong time to whoever receives the data. So every byte, every connection and every
close is counted when it is sent and when it is received; the clock waits while the two differ.

Someone may never read what he was sent. Such a difference is believed for `PATIENCE` real seconds and then ignored
until it changes.
"""

import threading
from collections import defaultdict
from typing import Any

PATIENCE = 0.2  # real seconds

Address = tuple[str, int]
Flow = tuple[Address, Address]  # from, to


class Traffic:
    """Counts per direction of each connection to a watched port."""

    def __init__(self) -> None:
        self._ports: set[int] = set()
        self._pending: dict[Any, int] = defaultdict(int)
        self._ended: set[Flow] = set()
        self._lock = threading.Lock()
        self._version = 0
        self._seen_version = -1
        self._since = 0.0

    def watch(self, port: int) -> None:
        """Count connections to this port, whose server is in this process."""
        self._ports.add(port)

    def watches(self, near: Address, far: Address) -> bool:
        """Whether a connection between these addresses is counted."""
        return near[1] in self._ports or far[1] in self._ports

    def connecting(self, port: int) -> None:
        """A client asked for a connection."""
        if port in self._ports:
            self._change(("accept", port), 1)

    def accepted(self, port: int) -> None:
        """A server took a connection."""
        if port in self._ports:
            self._change(("accept", port), -1)

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
                    self._pending[near, far] += 1
                    self._version += 1

    def drained(self, near: Address, far: Address) -> None:
        """`near` saw the end of the connection, or gave up reading: nothing to it is under way any more."""
        with self._lock:
            self._pending.pop((far, near), None)
            self._version += 1

    def closed(self, near: Address, far: Address) -> None:
        """`near` closed its socket."""
        self.drained(near, far)
        self.ended(near, far)
        with self._lock:
            if (far, near) in self._ended:
                self._ended -= {(near, far), (far, near)}
                self._pending.pop((near, far), None)

    def under_way(self, real_now: float) -> bool:
        """Whether something sent has not been received and is still believed to arrive."""
        with self._lock:
            if not any(count > 0 for count in self._pending.values()):
                self._seen_version = self._version
                self._since = real_now
                return False
            if self._version != self._seen_version:
                self._seen_version = self._version
                self._since = real_now
                return True
            if real_now - self._since < PATIENCE:
                return True
            self._pending.clear()
            return False

    def _change(self, flow: Any, count: int) -> None:
        with self._lock:
            left = self._pending[flow] + count
            if left:
                self._pending[flow] = left
            else:
                del self._pending[flow]
            self._version += 1
