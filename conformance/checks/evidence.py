"""What a judge may read: the latest exchange of one tenant with one provider, and a digest of those before it.

The digest is bounded, so that a simulator that serves for weeks forgets the oldest and a judge then says nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from ...mockserver.masking import SHORTEST_KEY
from ...specs import Spec
from .memory import Attempt, Poll, Recent, Track
from .seen import MEDIA, NO_ANSWER, Seen

MOST_JOBS: Final = 2_000
MOST_FACTS: Final = 2_000
MOST_KEYS: Final = 16
GOING_ON: Final = 60.0  # seconds; twice the longest gap that any document recommends: a longer one is a new start

_IDEMPOTENCY = ("idempotency-key", "x-idempotency-key")
_COUNTERS = ("x-stainless-retry-count", "x-retry-count", "x-retry-attempt")
_MASK = "***"  # all that a recording shows of a key, after its prefix
_KEY_HEADERS = ("authorization", "api-key", "x-goog-api-key")

Fact = tuple[tuple[str, str], Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a provider's bodies tell a job: the field of a submit's answer that holds its id, the field of a poll's
    answer that holds its status, and the words of that field after which the job is over.

    `ended` are documented, `failed` beyond the document. `learn` gives facts that later exchanges are held against.
    """

    id_field: str = ""
    status_field: str = ""
    ended: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    learn: Callable[[Seen], Iterable[Fact]] = lambda seen: ()


class Evidence:
    """The latest exchange (`latest`), the job it is about, and what is known from earlier ones.

    `track` is the job that the latest exchange submitted or polls, `before` the attempt that it repeats, `unpolled`
    the number of submitted jobs that have not been polled yet.
    """

    def __init__(self, spec: Spec, dialect: Dialect) -> None:
        self.spec = spec
        self.dialect = dialect
        self.latest: Seen
        self.track: Track | None = None
        self.before: Attempt | None = None
        self.unpolled = 0
        self._tracks: Recent[str, Track] = Recent(MOST_JOBS)
        self._spellings: Recent[str, str] = Recent(MOST_JOBS)
        self._facts: Recent[tuple[str, str], Any] = Recent(MOST_FACTS)
        self._keys: Recent[str, None] = Recent(MOST_KEYS)
        self._attempts: Recent[tuple[str, bytes], Attempt] = Recent(MOST_FACTS)

    def observe(self, seen: Seen) -> None:
        """Take in one more exchange, which becomes the latest."""
        self.latest, self.track, self.before = seen, None, None
        if seen.role == "submit":
            self._take_submit(seen)
        elif seen.role == "poll":
            self._take_poll(seen)
        if seen.role != MEDIA:
            for name in _KEY_HEADERS:
                key = _key_of(seen.headers.get(name, ""))
                if len(key) >= SHORTEST_KEY or (len(key) > len(_MASK) and key.endswith(_MASK)):
                    self._keys.put(key, None)
        for fact, value in self.dialect.learn(seen):
            self._facts.put(fact, value)

    def release(self) -> None:
        """Let go of the latest exchange, whose bodies may be large; the digest stays."""
        del self.latest

    def known(self, kind: str, name: str) -> Any:
        """A fact that the provider's dialect learnt from an earlier exchange, or None."""
        return self._facts.get((kind, name))

    def submitted_as(self, id: str) -> str | None:
        """The id of a submitted job that this one is but for prefix, hyphens and case; None if there is none."""
        return self._spellings.get(_core(id))

    def is_key(self, text: str) -> bool:
        """Whether this text, with or without `Bearer`, has been sent to the provider as a key."""
        return _key_of(text) in self._keys

    @property
    def unanswered_before(self) -> bool:
        """Whether the attempt that the latest exchange repeats got no answer at all."""
        return self.before is not None and self.before.status in NO_ANSWER

    def _take_submit(self, seen: Seen) -> None:
        id = seen.answer.get(self.dialect.id_field) if seen.accepted else None
        if isinstance(id, str) and id:
            self.unpolled += 1
            self.track = Track(id, seen.at if seen.clean else None, fresh=True)
            self._tracks.put(id, self.track)  # a simulator that starts anew gives the same ids to the same requests
            self._spellings.put(_core(id), id)
        self._take_attempt(seen, paid=seen.exchange.credits is not None or self.track is not None)

    def _take_poll(self, seen: Seen) -> None:
        id = next(iter(seen.params.values()), "")
        track = self._tracks.get(id) or Track(id)
        self._tracks.put(id, track)
        self.track = track
        self.unpolled -= track.fresh
        track.fresh = False
        poll = self._poll(seen)
        over = track.ended or track.failed
        if over is not None and poll.at > over.done:
            track.further = track.further + 1 if poll.at - track.polls[-1].at <= GOING_ON else 1
        elif over is None and poll.word in self.dialect.ended:
            track.ended = poll
        elif over is None and poll.word in self.dialect.failed:
            track.failed = poll
        track.polls.append(poll)

    def _poll(self, seen: Seen) -> Poll:
        word = seen.answer.get(self.dialect.status_field) if seen.status == 200 and seen.clean else None
        spelled = word if isinstance(word, str) else None
        return Poll(seen.at, seen.done, seen.status, seen.clean, spelled, seen.retry_after)

    def _take_attempt(self, seen: Seen, *, paid: bool) -> None:
        identity = _header(seen, _IDEMPOTENCY)
        if not identity and not _header(seen, _COUNTERS):
            return
        digest = blake2b(seen.exchange.target.encode("utf-8", "replace") + b"\n" + seen.exchange.request_body)
        name = (identity, digest.digest())
        earlier = self._attempts.get(name)
        self.before = earlier
        sent = earlier.sent + 1 if earlier else 1
        self._attempts.put(name, Attempt(sent, seen.status, seen.done, paid))


def retry_count(seen: Seen) -> int:
    """How many times its client says that this request has been sent before; 0 where it says nothing."""
    count = _header(seen, _COUNTERS)
    return int(count) if count.isascii() and count.isdigit() and len(count) < 9 else 0


def _header(seen: Seen, names: Iterable[str]) -> str:
    return next((seen.headers[name] for name in names if seen.headers.get(name)), "")


def _key_of(value: str) -> str:
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()


def _core(id: str) -> str:
    return id.lower().rpartition("_")[2].replace("-", "")
