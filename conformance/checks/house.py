"""Checks of our own rules, for clients of every provider: money, secrets, and the end of a call."""

from typing import Final

from . import polls
from .evidence import GOING_ON, Evidence, retry_count
from .record import FINE, Check, Judge, Ruling, register
from .seen import MEDIA, Seen
from .shapes import SUBMIT

API: Final = ("submit", "poll", "list", "cancel", "models", "balance", "upload", "")

_KEY_PARAMETERS = frozenset({"api_key", "apikey", "api-key", "access_token"})
_KEY_HEADERS = ("authorization", "api-key", "x-goog-api-key")
_LEAK = "key was sent to the media host"  # so the simulator remarks on a request for a result
_RETRIABLE = (408, 409, 425, 429, 499)
_FORBID_KEY_IN_URL = frozenset({"tokaify"})
_OWN_RULES = {"threedai": (400, 402)}  # statuses that a document says not to repeat


def key_in_url_as(*names: str) -> Judge:
    """No query parameter holds a key; one with a telling name, of these or the usual ones, is taken to."""
    telling = _KEY_PARAMETERS | set(names)

    def judge(evidence: Evidence) -> Ruling:
        seen = evidence.latest
        for name, value in seen.query.items():
            if value and (evidence.is_key(value) or (seen.role != MEDIA and name.lower() in telling)):
                return f"the key is in the query of {seen.method} {seen.path}, as `{name}`; a header is its place"
        return FINE

    return judge


def key_in_url(evidence: Evidence) -> Ruling:
    """The same for a provider whose document does not forbid it itself."""
    return None if evidence.spec.name in _FORBID_KEY_IN_URL else _no_key_in_url(evidence)


def key_to_media(evidence: Evidence) -> Ruling:
    """A request for a result carries no key of the provider."""
    seen = evidence.latest
    carried = [name for name in _KEY_HEADERS if evidence.is_key(seen.headers.get(name, ""))]
    if carried or any(_LEAK in note.text for note in seen.exchange.notes):
        where = f" in `{carried[0]}`" if carried else ""
        return f"the key went along{where} to the host of the results; their URLs need none"
    return FINE


def paid_once(evidence: Evidence) -> Ruling:
    """A submit that got no answer is not paid a second time under the idempotency key of the first."""
    seen, before = evidence.latest, evidence.before
    if before is None:
        return None
    twice = before.paid and seen.exchange.credits is not None
    if evidence.unanswered_before and twice and not _is_refunded(seen):
        return "the same submit under the same idempotency key, after one whose answer was lost, is a second paid job"
    return FINE


def repeated_after(evidence: Evidence, refusals: tuple[int, ...]) -> Ruling:
    """A request that says itself that it is a retry does not follow a refusal with one of these statuses."""
    seen, before = evidence.latest, evidence.before
    if before is None or before.status not in refusals:
        return None
    proven = retry_count(seen) > 0 or before.sent > 1
    if proven and 0 <= seen.at - before.done <= GOING_ON:
        return f"the request that was refused with {before.status} is sent again unchanged"
    return FINE


def not_refused(evidence: Evidence) -> Ruling:
    """No retry after a 4xx, but for those that ask for one and those that a provider's document has a rule on."""
    elsewhere = (*_RETRIABLE, *_OWN_RULES.get(evidence.spec.name, ()))
    return repeated_after(evidence, tuple(status for status in range(400, 500) if status not in elsewhere))


_no_key_in_url = key_in_url_as()


def _is_refunded(seen: Seen) -> bool:
    return seen.status >= 500


CHECKS = register(
    Check(
        "house.submit.paid-once", "house.submit.paid-once", SUBMIT, paid_once,
        why="A key against duplicates that the provider ignores gives confidence, and two bills.",
    ),
    Check(
        "house.retry.not-refused", "house.retry.not-refused", SUBMIT, not_refused,
        why="What was refused once is refused again, after a wait that somebody sits through.",
    ),
    Check(
        "house.poll.ends-when-refused", "house.poll.ends-when-refused", polls.POLL, polls.ends_when_refused,
        once_per_job=True,
        why="Polls with a key that opens no more look like an attack, and tell nobody what is wrong.",
    ),
    Check(
        "house.poll.retry-after", "house.poll.retry-after", polls.POLL, polls.heeds_retry_after,
        why="Whoever comes back earlier than asked is sent away for longer.",
    ),
    Check(
        "house.poll.backs-off", "house.poll.backs-off", polls.POLL, polls.backs_off, once_per_job=True,
        why="Many clients that poll at once after every error keep a provider from getting up.",
    ),
    Check(
        "house.secrets.not-in-url", "house.secrets.not-in-url", (*API, MEDIA), key_in_url,
        why="Proxies, servers and browsers write URLs down, and many people read what they write.",
    ),
    Check(
        "house.secrets.not-to-media", "house.secrets.not-to-media", (MEDIA,), key_to_media,
        why="The store of the images is somebody else's, and its logs then hold a key that spends money.",
    ),
)  # fmt: skip
