"""Keys: those of callers stay with the gateway, and so do those for the providers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ....specs import load
from ...checks.record import FINE, Ruling
from ...checks.seen import MEDIA
from ...gateway.capabilities import KEYS
from ...scenarios.model import Picture, Wish
from ..nuisances import ASYNCHRONOUS
from ..record import Property
from ..secrets import part_of_key
from .answers import failing
from .stories import Fault, asked, flows, in_turn, story
from .wherever import wherever

if TYPE_CHECKING:
    from ...checks.seen import Seen
    from ...engine.run import Run
    from ...scenarios.space import Space

_COOKIE: Final = "session=callers-own-3f9a1c77"
_TELLING: Final[tuple[Fault, ...]] = (
    {"kind": "status", "status": 401, "message": "Incorrect API key provided: {key}"},
    {"kind": "status", "status": 400, "message": "request of {key} refused"},
    {"kind": "status", "status": 500, "message": "no quota row for key {key} in table accounts"},
    {"kind": "problem", "problem": "key-unknown"},
)
_SENSELESS: Final[tuple[Fault, ...]] = (
    {"kind": "problem", "problem": "rate-limited"},
    {"kind": "edge-page"},
    {"kind": "not-json", "text": "[]"},
    {"kind": "not-json", "text": "null"},
    {"kind": "truncated-json"},
    {"kind": "reset"},
    {"kind": "unknown-fields"},
)
_UNREACHABLE: Final = {"kind": "refused-connection"}  # after which libraries tell what they were about to send
_TIMES: Final = 3  # in a row that the provider does so
# What frameworks of many languages say when an exception is told to everybody.
_TRACE: Final = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"\n]+\", line \d+|\.py\", line \d+|\n\s+at .+\(.+:\d+:\d+\)"
    r"|\bat (?:[\w.$<>]+ )?\(?(?:file://|node:|/)[^\s)]+:\d+|goroutine \d+ \[|\bpanic: |\.go:\d+ \+0x|\.java:\d+\)"
    r"|\.rb:\d+:in |\.php(?: on line |:)\d+|\.cs:line \d+"
)
# Headers that say how an answer travels, or that anybody's answer has.
_COMMON: Final = frozenset({
    "content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "date", "retry-after",
    "cache-control", "vary", "allow", "location", "keep-alive",
})  # fmt: skip
_ID: Final = re.compile(r"request.?id|trace|correlation")  # whoever looks for a failure is glad of those
_SCHEMES: Final = {  # the header of each provider's key, and what stands before it
    "reapi": (("authorization", "Bearer "),),
    "threedai": (("authorization", "Bearer "),),
    "gmicloud": (("authorization", "Bearer "),),
    "tokaify": (("authorization", "Bearer "), ("x-goog-api-key", "")),
    "onemin": (("api-key", ""),),
}


def _full_calls(space: Space) -> Any:
    """Calls with all that callers have on them; with references where they can be had."""
    references = (Picture(),) if "url-images" in space.can else ()
    manners = [(flow, images) for flow in flows(space) for images in dict.fromkeys([(), references])]

    def told(each: Any) -> Any:
        call = asked(each[0], Wish(images=each[1]), headers={"Cookie": _COOKIE})
        return story(space, call, seconds=2.0)

    return space.st.sampled_from(manners).map(told)


def _told_much(space: Space) -> Any:
    """Calls in which the provider says more than callers should hear."""
    return _troubled(space, _TELLING)


def _senseless(space: Space) -> Any:
    """Calls in which the provider says what makes no sense."""
    return _troubled(space, _SENSELESS)


def _troubled(space: Space, kinds: tuple[Fault, ...]) -> Any:
    where = ("submit", "poll") if space.provider in ASYNCHRONOUS else ("submit",)
    faults: list[Fault] = [{**fault, "operation": role, "times": _TIMES} for role in where for fault in kinds]
    cases = [(), *((fault,) for fault in (*faults, _UNREACHABLE, _UNREACHABLE))]  # the last in either flow
    return in_turn(space, cases).map(lambda drawn: story(space, asked(drawn[0]), faults=drawn[1], seconds=2.0))


def callers_keys_stay(run: Run) -> Ruling:
    """Nothing that goes out has the key or the cookie of a caller."""
    if not run.upstream:
        return None
    secrets = {"the caller's key": run.claims.keys.get(run.call.manner.key, ""), "the caller's cookie": _COOKIE}
    for name, secret in secrets.items():
        for seen in run.upstream:
            if secret and secret in _all_of(seen):
                return f"{name} went to {seen.exchange.provider} with {seen.method} {seen.path}"
        for visit in run.visits:
            if secret and secret in f"{visit.path}\n{visit.headers}":
                return f"{name} went to the host of a reference with {visit.method} {visit.path}"
    return FINE


def providers_keys_stay(run: Run) -> Ruling:
    """No answer has a key for a provider, and the log has nobody's."""
    if not run.heard:
        return None
    answers = [
        f"{heard.headers}\n{heard.body.decode('utf-8', 'replace')}" for heard in run.heard if heard.role != "fetch"
    ]
    for provider, upstream in run.upstreams.items():
        prefix = len(load(provider).behaviour.key_prefix)
        if any(part_of_key(upstream.api_key, text, prefix) is not None for text in answers):
            return f"the key for {provider} is in an answer to a caller"
        if part_of_key(upstream.api_key, run.logged, prefix) is not None:
            return f"the key for {provider} is in the log"
    for whose, key in run.claims.keys.items():
        if key in run.logged:
            return f"the caller's {whose} key is in the log"
    return FINE


def headers_stay(run: Run) -> Ruling:
    """What a provider's server says in its headers is not handed on."""
    if not run.upstream:
        return None
    theirs = {pair for seen in run.upstream if seen.role != MEDIA for pair in seen.answer_headers.items()}
    for heard in run.heard:
        for name, value in heard.headers.items():
            known = name.lower()
            if heard.role != "fetch" and known not in _COMMON and not _ID.search(known) and (known, value) in theirs:
                return f"an answer to a caller has `{name}: {value}`, which is a header of the provider's"
    return FINE


def works_are_hidden(run: Run) -> Ruling:
    """No answer shows the gateway's own code."""
    if not run.heard:
        return None
    for heard in run.heard:
        text = heard.body.decode("utf-8", "replace").replace("\\n", "\n").replace('\\"', '"')
        trace = _TRACE.search(text) if heard.role != "fetch" else None
        if trace is not None:
            return f"an answer with status {heard.status} shows where the gateway's code failed: {trace[0].strip()}"
    return FINE


def keys_in_place(run: Run) -> Ruling:
    """Each provider gets its own key, in its own way, and no other's."""
    asked = [seen for seen in run.upstream if seen.role not in (MEDIA, "")]
    for seen in asked:
        provider = seen.exchange.provider
        for other, upstream in run.upstreams.items():
            if other != provider and upstream.api_key in _all_of(seen):
                return f"the key for {other} went to {provider} with {seen.method} {seen.path}"
        key = run.upstreams[provider].api_key
        if not any(seen.headers.get(name) == f"{before}{key}" for name, before in _SCHEMES[provider]):
            name, before = _SCHEMES[provider][0]
            return f"{seen.method} to {provider} lacks its key; expected is the header `{name}: {before}…`"
    return FINE if asked else None


def _all_of(seen: Seen) -> str:
    body = seen.exchange.request_body.decode("utf-8", "replace")
    return f"{seen.exchange.target}\n{dict(seen.headers)}\n{body}"


PROPERTIES: Final = (
    Property(
        "gateway.secrets.callers-keys", "gateway.secrets.callers-keys", _full_calls, callers_keys_stay,
        frozenset({KEYS}), examples=4,
        why="A caller trusts the gateway with a key, not five other companies and every host of a picture.",
    ),
    Property(
        "gateway.secrets.providers-keys", "gateway.secrets.providers-keys", _told_much, providers_keys_stay,
        examples=12,
        why="Providers repeat a key in what they say about it; handed on, it belongs to every caller and every log.",
    ),
    Property(
        "gateway.secrets.providers-headers", "gateway.secrets.providers-headers", _told_much, headers_stay, examples=10,
        why="Cookies and names of servers that are somebody else's break callers, or tell them what to attack.",
    ),
    Property(
        "gateway.secrets.own-code", "gateway.secrets.own-code", _senseless, works_are_hidden, examples=12,
        why="A stack trace tells every caller which libraries to look up known holes of.",
    ),
    Property(
        "gateway.secrets.own-code-of-refusals", "gateway.secrets.own-code", failing, works_are_hidden, examples=28,
        once=True,
        why="Anybody can send what is not understood, and reads in the stack trace how the gateway is built.",
    ),
    Property(
        "gateway.secrets.key-of-each", "gateway.secrets.key-of-each", wherever, keys_in_place, examples=12, once=True,
        why="A key that goes to another provider is that provider's to use; without its own key no call succeeds.",
    ),
)  # fmt: skip
