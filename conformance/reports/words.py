"""A scenario, a subject and the words of its findings, for people who never saw the code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from ..scenarios.model import SUCCEEDED, BadScenario, Call, Manner, Picture, Scenario, Wish
from .fault_words import fault_in_words
from .texts import duration, one_line, plural, quoted, shortened

_ENDINGS: Final[Mapping[str, str]] = {
    "cancelled": "every job is cancelled by somebody else",
    "stuck": "no job ever ends",
    "no-image": "every job ends well, but without an image",
    "moderated-prompt": "moderation refuses the prompt",
    "moderated-output": "moderation refuses every image once it is made",
}
_OTHER: Final[Mapping[str, str]] = {
    "list": "list the jobs",
    "resume": "pick up the job",
    "status": "ask for the state of the job",
    "models": "list the models",
    "send": "one request",
}
_MANNERS: Final[Mapping[str, str]] = {
    "key": "with the key",
    "flow": "flow",
    "form": "images as",
    "idempotency": "idempotency key",
    "poll_every": "seconds between polls",
    "job": "id",
    "extra": "more fields",
    "put": "with",
    "headers": "headers",
    "listed": "model of the list",
    "raw": "request",
}
_BASES: Final[Mapping[str, str]] = {
    "text": "said in the text",
    "example": "shown in an example",
    "inferred": "inferred",
    "extension": "known from elsewhere",
}


def scenario_in_words(document: Mapping[str, Any]) -> str:
    """A scenario in one line, from its document: what is asked for, how jobs go, what goes wrong."""
    return "; ".join(scenario_clauses(document))


def scenario_clauses(document: Mapping[str, Any]) -> list[str]:
    """The parts of that line. What is as it is by default is left out; a document of another kind is quoted."""
    if isinstance(document.get("probe"), str):  # what was asked of a provider's server
        return [one_line(document["probe"])]
    try:
        scenario = Scenario.from_json(document)
        return [clause for clause in _clauses(scenario) if clause]
    except (BadScenario, TypeError, ValueError, AttributeError, KeyError):
        return [shortened(one_line(json.dumps(document, ensure_ascii=False, default=str)), 400)]


def basis_in_words(basis: str) -> str:
    """How a document bears out a rule."""
    return _BASES.get(basis, basis)


def subject_in_words(subject: Mapping[str, Any]) -> str:
    """The name and version of what was judged, else how it was run."""
    name = " ".join(str(subject[key]) for key in ("name", "version") if subject.get(key))
    return one_line(name or run_in_words(subject) or f"the {noun(subject)}")


def noun(subject: Mapping[str, Any]) -> str:
    """What it is that was judged: a client, a gateway or a provider."""
    kind = str(subject.get("kind"))
    return kind if kind in ("gateway", "provider") else "client"


def run_in_words(subject: Mapping[str, Any]) -> str:
    """How the subject was run, as `factory pkg:make`."""
    kind = str(subject.get("kind", ""))
    return one_line(f"{kind} {subject[kind]}" if subject.get(kind) else kind)


def _clauses(scenario: Scenario) -> Iterator[str]:
    yield _calls(scenario.calls, scenario.together)
    if scenario.deadline is not None:
        yield f"the client is given {duration(scenario.deadline)}"
    if scenario.seconds is not None:
        yield f"every job takes {duration(scenario.seconds)}"
    if scenario.ending != SUCCEEDED:
        yield _ENDINGS.get(scenario.ending, f"every job fails: {one_line(scenario.ending)}")
    yield from map(fault_in_words, scenario.faults)
    if scenario.credits is not None:
        yield f"{scenario.credits:g} credits on the account"
    for reading, value in scenario.readings.items():
        yield f"the document is taken so: {one_line(f'{reading} {value}')}"


def _calls(calls: Sequence[Call], together: bool) -> str:
    if len(calls) == 1:
        return f"one call: {_call(calls[0])}"
    manner = "at once" if together else "one after another"
    if len(set(map(_call, calls))) == 1:
        return f"{plural(len(calls), 'call')} {manner}, each: {_call(calls[0])}"
    told = ", then ".join(map(_call, calls)) if not together else " and ".join(map(_call, calls))
    return f"{plural(len(calls), 'call')} {manner}: {told}"


def _call(call: Call) -> str:
    parts = [f"after {duration(call.wait)}"] if call.wait else []
    if call.op in _OTHER:
        parts.append(f"{_OTHER[call.op]}{_of(call)}")
    else:
        parts += ["submit only"] if call.op == "submit" else []
        parts.append(_wish(call.wish))
        if call.follows is not None:
            parts.append(f"going on from call {call.follows + 1}")
    if call.cancel_after is not None:
        parts.append(f"cancelled after {duration(call.cancel_after)}")
    return ", ".join([*parts, *manner_clauses(call.manner)])


def manner_clauses(manner: Manner) -> list[str]:
    """How a gateway is asked, as far as that is not usual."""
    usual = asdict(Manner())
    said = {name: value for name, value in asdict(manner).items() if value != usual[name]}
    if "raw" in said:  # with its headers: the transcript has the whole of it
        said = {"raw": " ".join(str(said["raw"][part]) for part in ("method", "path") if part in said["raw"])}
    if said.get("model") == "":
        said["model"] = "of the gateway's choice"
    return [f"{_MANNERS.get(name, name)} {shortened(one_line(str(value)), 60)}" for name, value in said.items()]


def _of(call: Call) -> str:
    return "" if call.follows is None else f" of call {call.follows + 1}"


def _wish(wish: Wish) -> str:
    asked = {
        "temperature": wish.temperature,
        "top-p": wish.top_p,
        "channel": wish.channel,
    }
    parts = [quoted(wish.prompt)]
    parts += [one_line(each) for each in (wish.resolution, wish.ratio, wish.output_format) if each is not None]
    parts += [plural(wish.count, "image")] if isinstance(wish.count, int) else []
    parts += [_pictures(wish.images)] if wish.images else []
    parts += [f"{name} {one_line(str(value))}" for name, value in asked.items() if value is not None]
    return ", ".join(parts)


def _pictures(pictures: Sequence[Picture]) -> str:
    counts = Counter((picture.by, picture.format) for picture in pictures)
    ways = ", ".join(
        f"{count} {format} {'by URL' if by == 'url' else 'as bytes'}" for (by, format), count in counts.items()
    )
    odd = [quoted(picture.url, 40) for picture in pictures if picture.url is not None]
    return f"{plural(len(pictures), 'reference')} ({', '.join([ways, *odd])})"
