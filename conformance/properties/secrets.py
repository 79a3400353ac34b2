"""Properties about keys: nobody but the provider gets to see them."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run, Visit
from ..scenarios.model import Picture, Wish
from ..scenarios.space import Space
from . import nuisances
from .nuisances import Fault
from .record import Property

_ELSEWHERE: Final = "{gallery}/elsewhere"
_REDIRECTS: Final = (302, 307, 308, 301, 303)
_MOST_TOLD: Final = 12  # characters of a key in a row, beyond what all keys begin with; hints show fewer
_TELLING: Final[tuple[Fault, ...]] = (
    {"kind": "problem", "problem": "key-unknown"},
    {"kind": "problem", "problem": "parameter-invalid"},
    {"kind": "problem", "problem": "internal"},
    {"kind": "problem", "problem": "rate-limited"},
    {"kind": "reset"},
    {"kind": "edge-page"},
    {"kind": "empty"},
    {"kind": "not-json"},
    {"kind": "garbage"},
    {"kind": "wrong-content-type"},
    {"kind": "truncated"},
    {"kind": "redirect", "location": "http://["},
    {"kind": "not-json", "text": "[]"},
)


def _telling(space: Space) -> Any:
    faults = nuisances.repeated(nuisances.everywhere(space, _TELLING), None)
    return space.scenarios(
        wish=Wish(), faults=space.st.sampled_from([(), ({"kind": "refused-connection"},), *faults]), seconds=2.0,
        readings={},
    )  # fmt: skip


def _redirected(space: Space) -> Any:
    media = [] if space.provider == "tokaify" else ["media"]
    faults = [
        {"kind": "redirect", "operation": operation, "location": _ELSEWHERE, "status": status}
        for operation in ("submit", *(["poll"] if space.provider in nuisances.ASYNCHRONOUS else []), *media)
        for status in _REDIRECTS
    ]
    return space.scenarios(
        wish=Wish(), seconds=2.0, faults=space.st.sampled_from(nuisances.repeated(faults, 1)), readings={}
    )


def _by_reference(space: Space) -> Any:
    pictures = space.st.sampled_from(
        [tuple(Picture(url=f"{{other}}/pictures/{seed}-64x64.png") for seed in range(count)) for count in (1, 2)]
    )
    return space.scenarios(wish=space.plain(images=pictures), seconds=2.0, readings={})


def not_told(run: Run) -> Ruling:
    """The key is in nothing that the client tells its caller, logs or prints."""
    if not run.outcomes:
        return None
    for place, text in _texts(run):
        if (found := part_of_key(run.api_key, text, len(run.spec.behaviour.key_prefix))) is not None:
            return f"the key is in {place}: …{_around(text, found)}…"
    return FINE


def not_carried_on(run: Run) -> Ruling:
    """No request that a redirect leads to another host carries the key."""
    if not any(seen.exchange.fault is not None for seen in run.exchanges):
        return None if all(fault["operation"] != "media" for fault in run.scenario.faults) else FINE
    for visit in run.visits:
        if (name := _carrier(visit, run.api_key)) is not None:
            return f"the answer was a redirect to another host, and the key went along in {name} of {visit.method}"
    return FINE


def not_to_references(run: Run) -> Ruling:
    """Whoever has a reference gets to see no key when it is fetched."""
    for visit in run.visits:
        if (name := _carrier(visit, run.api_key)) is not None:
            return f"the key went to the host of a reference, in {name} of {visit.method} {visit.path}"
    return FINE if run.exchanges or run.visits or run.outcome.refused else None


def _texts(run: Run) -> list[tuple[str, str]]:
    told = [
        (f"what call {number} told", f"{each.message}\n{each.told}\n{each.usage}\n{each.task_id}")
        for number, each in enumerate(run.outcomes, 1)
    ]
    return [*told, ("what was logged or printed", run.logged)]


def part_of_key(key: str, text: str, prefix: int) -> str | None:
    """A piece of the key that gives it away."""
    secret = key[prefix:]
    pieces = (secret[start : start + _MOST_TOLD] for start in range(max(1, len(secret) - _MOST_TOLD + 1)))
    return next((piece for piece in pieces if piece in text), None)


def _around(text: str, found: str) -> str:
    """What stands before the key, without it."""
    return " ".join(text.partition(found)[0][-60:].split())


def _carrier(visit: Visit, key: str) -> str | None:
    if key in visit.path:
        return "the URL"
    return next((f"`{name}`" for name, value in visit.headers.items() if key in value), None)


PROPERTIES: Final = (
    Property(
        "house.secrets.not-told", "house.secrets.not-told", _telling, not_told, examples=20,
        why="Errors and logs are pasted into tickets and chats; a key that is in them belongs to everybody.",
    ),
    Property(
        "house.secrets.not-redirected", "house.secrets.not-redirected", _redirected, not_carried_on, examples=12,
        why="Whoever can answer once with a redirect would have the key, and with it the account.",
    ),
    Property(
        "house.secrets.not-to-references", "house.secrets.not-to-references", _by_reference, not_to_references,
        frozenset({"url-images"}), examples=2,
        why="Anybody can name a picture of theirs as a reference, and would be sent the key with the request for it.",
    ),
)  # fmt: skip
