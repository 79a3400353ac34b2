"""What is kept of exchanges that are over, as later ones are held against it."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

RECENT_POLLS: Final = 8

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that keeps its latest entries only."""

    def __init__(self, most: int) -> None:
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._most = most

    def get(self, key: K) -> V | None:
        """The value, or None."""
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value, and drop the oldest if there are too many."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget an entry, if it is there."""
        self._entries.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll, as later ones are held against it."""

    at: float
    done: float
    status: int
    clean: bool
    word: str | None
    retry_after: float | None


@dataclass(slots=True)
class Track:
    """A job as its client meets it. `submitted` is the start of its submit, if that was seen and nothing disturbed it.

    It is `fresh` until it is polled. `ended` and `failed` are the first polls whose answers said so; `further` counts
    the polls since then, without a break longer than GOING_ON.
    """

    id: str
    submitted: float | None = None
    fresh: bool = False
    polls: deque[Poll] = field(default_factory=lambda: deque(maxlen=RECENT_POLLS))
    ended: Poll | None = None
    failed: Poll | None = None
    further: int = 0

    def interval(self) -> tuple[Poll, Poll] | None:
        """The last two polls, in the order in which they began."""
        if len(self.polls) < 2 or self.polls[-1].at < self.polls[-2].at:
            return None
        return self.polls[-2], self.polls[-1]


@dataclass(slots=True)
class Attempt:
    """Requests that are the same by their idempotency key, or by their count of retries, and by their content."""

    sent: int = 0
    status: int = 0
    done: float = 0.0
    paid: bool = False
