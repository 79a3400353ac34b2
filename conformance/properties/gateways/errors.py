"""What a gateway's callers are told of trouble that is none of their making."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import NAMED
from ...scenarios.model import Call, Scenario, Wish
from ...subjects.base import EXACT_TIME
from ..nuisances import ASYNCHRONOUS, hanging
from ..record import Property
from .stories import Fault, asked, flows, story, struck, submits, told

if TYPE_CHECKING:
    from ...engine.outcome import Heard, Outcome
    from ...engine.run import Run
    from ...scenarios.space import Space

# What tells callers that they did something wrong, and have to do it otherwise.
BLAMING: Final = frozenset({*range(400, 408), *range(409, 418), 422, 426, 428, 431, 451}) - {402}
# What says that the gateway itself is broken, or lacks something.
OWN: Final = frozenset({500, 501, 505})
_TELL_CREDITS: Final = ("reapi", "threedai")  # in a way that their documents have
_CREDITS: Final = (
    "credit",
    "quota",
    "balance",
    "fund",
    "billing",
    "payment",
    "insufficient",
    "money",
    "budget",
    "prepaid",
    "wallet",
    "top up",
    "top-up",
    "exhaust",
    "empty account",
    "account is empty",
    "run dry",
    "余额",
    "guthaben",
)
_REASONS: Final = ("moderat", "policy", "safety", "block", "prohibit", "reject", "violat")
_REPEATED: Final = frozenset({401, 404, 408, 409, 425, 429})  # after which people or libraries try again, or search
_LONG: Final = 60.0  # seconds, after which a gateway has waited for a provider
_SLACK: Final = 1.5  # seconds
_MARKUP: Final = ("<html", "<!doctype", "<head", "<body")


def _own_key(space: Space) -> Any:
    submit: list[Fault] = [
        {"kind": "problem", "problem": "key-unknown", "operation": "submit"},
        {"kind": "status", "status": 403, "operation": "submit"},
    ]
    midway: Fault = {"kind": "key-revoked", "operation": "poll"}
    return told(space, [*submit, *([midway] if space.provider in ASYNCHRONOUS else [])])


def _broke(space: Space) -> Any:
    return told(space, [{"kind": "problem", "problem": "credits-exhausted", "operation": "submit"}])


def _busy(space: Space) -> Any:
    busy = {"kind": "problem", "problem": "rate-limited", "operation": "submit"}
    return told(space, [busy, {**busy, "retry_after": 7}, {**busy, "retry_after": 45}])


def _busy_until(space: Space) -> Any:
    busy = {"kind": "problem", "problem": "rate-limited", "operation": "submit"}
    waits = [(100, "seconds"), (45, "date"), (7, "seconds"), (2.5, "seconds"), (1_200, "seconds")]
    return told(space, [{**busy, "retry_after": wait, "retry_after_as": form} for wait, form in waits])


def _nonsense(space: Space) -> Any:
    faults: list[Fault] = [
        {"kind": "edge-page"},
        {"kind": "empty"},
        {"kind": "truncated-json"},
        {"kind": "not-json"},
        {"kind": "edge-page", "status": 504},
        {"kind": "not-json", "text": "[]"},
        {"kind": "not-json", "text": "<html><body>502 Bad Gateway</body></html>", "status": 500},
    ]
    return told(space, [{**fault, "operation": "submit"} for fault in faults])


def _out_of_reach(space: Space) -> Any:
    faults: list[Fault] = [
        {"kind": "refused-connection"},
        {"kind": "reset", "operation": "submit"},
        {"kind": "garbage", "operation": "submit"},
        {"kind": "problem", "problem": "unavailable", "operation": "submit"},
        {"kind": "problem", "problem": "internal", "operation": "submit"},
        {"kind": "reset", "operation": "submit", "when": "after"},
        *({**fault, "operation": "submit"} for fault in hanging(space)[:1]),
    ]
    return told(space, faults)


def _job_out_of_reach(space: Space) -> Any:
    faults: list[Fault] = [
        {"kind": "status", "status": 404, "times": 20},
        {"kind": "reset", "times": 12},
        {"kind": "edge-page", "times": 3},
        {"kind": "status", "status": 400, "times": 20},
    ]
    return told(space, [{**fault, "operation": "poll"} for fault in faults])


def _moderated(space: Space) -> Any:
    endings = [name for name in ("moderated-prompt", "moderated-output") if name in space.spec.behaviour.failures]
    return space.st.sampled_from(
        [story(space, asked(flow), ending=ending, seconds=2.0) for ending in endings for flow in flows(space)]
    )


def _one_after_another(space: Space) -> Any:
    """A call that the provider fails, and a while later one that it does not; or at once, if the job was to blame."""
    own: list[Fault] = [{"kind": "moderated-prompt"}, {"kind": "failed"}]
    providers: list[Fault] = [
        {"kind": "edge-page", "operation": "submit"},
        {"kind": "problem", "problem": "key-unknown", "operation": "submit"},
        {"kind": "reset", "operation": "submit", "when": "after"},
    ]
    pairs = [(fault, 0.0) for fault in own] + [(fault, 150.0) for fault in providers]
    return space.st.sampled_from([_then_again(space, fault, wait) for fault, wait in pairs])


def _then_again(space: Space, fault: Fault, wait: float) -> Scenario:
    second = Call(Wish("a blue whale"), wait=wait)
    return story(space, asked(), second, faults=(fault,), seconds=2.0)


def own_key_is_own(run: Run) -> Ruling:
    """A provider that does not accept the gateway's key has nothing against that of the caller."""
    return _unblamed(run, "the provider refused the gateway's own key")


def credits_told(run: Run) -> Ruling:
    """An empty account is told in a status or in words of its own."""
    outcome = run.outcome
    if not struck(run) or outcome.kind != "error" or _is_job(outcome):
        return FINE if struck(run) and outcome.kind != "hung" else None
    if outcome.status in BLAMING:
        return f"the gateway's account is empty, and the caller was answered with {outcome.status}"
    if outcome.status == 402 or any(word in outcome.told.lower() for word in _CREDITS):
        return FINE
    if not any(seen.status == 402 or seen.exchange.provider in _TELL_CREDITS for seen in submits(run)):
        return FINE
    return f"nothing in the answer {outcome.status} says that the gateway's account is empty: {outcome.described()}"


def credits_not_retried(run: Run) -> Ruling:
    """What a provider refused for want of credits it is not asked for again."""
    refused = [seen for seen in submits(run) if seen.status == 402]
    if not refused:
        return FINE if struck(run) else None
    for provider in {seen.exchange.provider for seen in refused}:
        sent = submits(run, provider)
        if len(sent) > 1:
            later = sent[1].at - sent[0].done
            return f"{provider} answered that there are no credits; {later:.3g} s later it was asked again"
    return FINE


def limit_told(run: Run) -> Ruling:
    """A provider's rate limit is told as one, or as time that ran out while the gateway waited."""
    outcome = run.outcome
    if not struck(run) or outcome.kind == "hung":
        return None
    if outcome.kind != "error" or _is_job(outcome) or outcome.status == 429:
        return FINE
    last = _last_heard(run)
    waited = last is not None and last.until - last.at >= _LONG
    if outcome.status == 503 and (waited or (last is not None and "retry-after" in _labels(last))):
        return FINE
    if outcome.status == 504 and waited:
        return FINE
    return f"providers answered 429, the caller was told {outcome.described()}, with status {outcome.status}"


def wait_told(run: Run) -> Ruling:
    """The caller is told to wait for as long as the provider wants to be left alone."""
    last, limited = _last_heard(run), [seen for seen in submits(run) if seen.retry_after is not None]
    if last is None or not limited:
        return None
    if last.status not in (429, 503):
        return FINE
    final = limited[-1]
    left = run.since_start(final.done) + (final.retry_after or 0.0) - last.until
    given = _labels(last).get("retry-after")
    if given is None and left <= _SLACK:  # it was waited for already
        return FINE
    if given is None:
        return f"the provider wants to be left alone for {left:.4g} s; the answer {last.status} has no Retry-After"
    wait = _seconds(given, run.epoch + last.until)
    if wait is None:
        return f"Retry-After of the answer {last.status} is {given!r}, neither whole seconds nor a date"
    if wait < left - _SLACK:
        return f"the provider wants to be left alone for {left:.4g} s; Retry-After of the answer is {given!r}"
    return FINE


def own_words(run: Run) -> Ruling:
    """Whatever the provider answered with, the caller gets the gateway's JSON."""
    last = _last_heard(run)
    if not struck(run) or last is None or run.outcome.kind == "hung":
        return None
    if not last.status:
        return f"the caller got no answer: {last.problem}"
    if not isinstance(last.json, dict):
        return f"the answer {last.status} to the caller is no JSON object: {last.body[:60]!r}"
    text = last.body.decode("utf-8", "replace").lower()
    if any(word in text for word in _MARKUP):
        return f"the answer {last.status} to the caller has the page of a provider in it: {last.body[:120]!r}"
    return _no_success(run)


def provider_is_out(run: Run) -> Ruling:
    """A provider that is out of reach, or makes no sense, is told as such."""
    outcome = run.outcome
    ruling = _unblamed(run, "the provider could not be reached, or made no sense")
    if ruling is not FINE or outcome.kind != "error" or _is_job(outcome):
        return ruling
    passed_on = any(seen.status == outcome.status for seen in run.upstream)
    if outcome.status in OWN and not passed_on:
        return f"the provider failed, and the gateway says of itself that it did: {outcome.described()}"
    return FINE if outcome.status else f"the caller got no answer: {outcome.message}"


def refusal_told(run: Run) -> Ruling:
    """What moderation refused is told in such a way that nobody tries it again as it is."""
    outcome = run.outcome
    if not run.jobs or outcome.kind == "hung" or any(job.ending == "succeeded" for job in run.jobs):
        return None
    if len(submits(run)) > 1:
        return f"moderation refused the prompt, yet it was submitted {len(submits(run))} times"
    if outcome.kind != "error":
        return f"moderation refused the job, but the call ended with {outcome.described()}"
    if _is_job(outcome) or any(word in outcome.told.lower() for word in _REASONS):
        ok = outcome.status not in _REPEATED
    else:
        ok = outcome.status is not None and 400 <= outcome.status < 500 and outcome.status not in _REPEATED
    return FINE if ok else f"moderation refused the job; the caller was told {outcome.status}: {outcome.described()}"


def unharmed(run: Run) -> Ruling:
    """A call goes well although the one before it did not."""
    first, second = run.outcomes
    if first.kind == "hung" or not (struck(run) or any(job.ending != "succeeded" for job in run.jobs)):
        return None
    prompt = run.scenario.calls[1].wish.prompt
    if second.kind == "result" and any(job.prompt == prompt and job.ending == "succeeded" for job in run.jobs):
        return FINE
    return f"the first call ended with {first.described()}; the second, which nothing hit, with {second.described()}"


def _unblamed(run: Run, what: str) -> Ruling:
    outcome = run.outcome
    if not (struck(run) or _is_closed(run)) or outcome.kind == "hung":
        return None
    if outcome.kind == "error" and outcome.status in BLAMING:
        return f"{what}, and the caller was answered with {outcome.status}: {outcome.described()}"
    return _no_success(run)


def _no_success(run: Run) -> Ruling:
    """An answer of success has images."""
    outcome = run.outcome
    if outcome.garbled or (outcome.kind == "result" and not outcome.images):
        return f"the answer {outcome.status} claims success, but has no image: {outcome.described()}"
    return FINE


def _is_closed(run: Run) -> bool:
    return any(fault["kind"] == "refused-connection" for fault in run.scenario.faults)


def _is_job(outcome: Outcome) -> bool:
    """Whether a failure was told as the state of a job, which has no status of HTTP."""
    return outcome.status is not None and outcome.status < 300 and not outcome.garbled


def _last_heard(run: Run) -> Heard | None:
    return next(iter(reversed(run.heard_in(0, "submit", "poll"))), None)


def _labels(heard: Heard) -> dict[str, str]:
    return {name.lower(): value for name, value in heard.headers.items()}


def _seconds(text: str, now: float) -> float | None:
    """The wait in a Retry-After that was sent at `now` (unix seconds)."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except ValueError:
        return None


PROPERTIES: Final = (
    Property(
        "gateway.errors.own-key", "gateway.errors.own-key", _own_key, own_key_is_own, examples=4,
        why="Callers who are told that their key is wrong change it, while it is the gateway's that has to be changed.",
    ),
    Property(
        "gateway.errors.credits-told", "gateway.errors.credits-told", _broke, credits_told, examples=2,
        why="An empty account that looks like any failure is found out hours later, by whoever pays for it.",
    ),
    Property(
        "gateway.errors.credits-not-retried", "gateway.errors.credits-not-retried", _broke, credits_not_retried,
        examples=2,
        why="To ask an account without credits again brings nothing but a delay, and the attention of the provider.",
    ),
    Property(
        "gateway.errors.rate-limit", "gateway.errors.rate-limit", _busy, limit_told, examples=4,
        why="Callers who are told of a rate limit slow down; those who are told of a failure call again at once.",
    ),
    Property(
        "gateway.errors.retry-after", "gateway.errors.retry-after", _busy_until, wait_told, examples=6,
        why="Callers who don't know for how long to wait come back too early, all of them, and prolong the limit.",
    ),
    Property(
        "gateway.errors.own-words", "gateway.errors.own-words", _nonsense, own_words, examples=9,
        why="A provider's HTML page breaks the parser of every caller, who then sees no error but a JSONDecodeError.",
    ),
    Property(
        "gateway.errors.out-of-reach", "gateway.errors.out-of-reach", _out_of_reach, provider_is_out, examples=8,
        why="Who is told that the model is unknown, while a network is down, changes what was right all along.",
    ),
    Property(
        "gateway.errors.job-out-of-reach", "gateway.errors.out-of-reach", _job_out_of_reach, provider_is_out,
        frozenset({NAMED}), examples=5, providers=ASYNCHRONOUS,
        why="A 404 for a job that the provider has lost sends callers looking for a mistake in what they asked for.",
    ),
    Property(
        "gateway.errors.nonsense", "gateway.errors.out-of-reach", _nonsense, provider_is_out, examples=9,
        why="A gateway that stumbles over a provider's answer wakes up those who run it, and not the provider.",
    ),
    Property(
        "gateway.errors.moderation", "gateway.errors.moderation", _moderated, refusal_told, frozenset({NAMED}),
        examples=4,
        why="Libraries repeat after a 5xx or a 429; a prompt that is refused each time costs its caller the account.",
    ),
    Property(
        "gateway.errors.next-unharmed", "gateway.errors.next-unharmed", _one_after_another, unharmed,
        frozenset({EXACT_TIME, NAMED}), examples=5,
        why="A gateway that one failure spoils for those who come after turns a hiccup into an outage.",
    ),
)  # fmt: skip
