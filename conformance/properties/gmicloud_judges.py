"""What is particular to judging clients of GMI Cloud (document 002_163dfc06de8826c1.txt)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Scenario
from ..scenarios.space import Space
from .judging import content_of, contrast, refused
from .refusals import names
from .wire import pictures_of, prompts_of

LONGEST: Final = 2_000  # characters of a prompt

_UNITS: Final = ("a", "风", "🪁", "a🪁", "e\u0301")  # of one and two code points, in one to four bytes


def longest_prompts(space: Space) -> Any:
    """Prompts that are just short enough, in characters of any width."""
    return space.scenarios(wish=space.plain(prompt=_prompts(space, LONGEST)), seconds=None)


def too_long_prompts(space: Space) -> Any:
    """Prompts that are too long by one character or by more."""
    lengths = space.st.sampled_from((LONGEST + 1, LONGEST + 2, LONGEST + 500, 2 * LONGEST))
    prompts = lengths.flatmap(lambda length: _prompts(space, length))
    return space.scenarios(wish=space.plain(prompt=prompts), seconds=None)


def takes_longest(run: Run) -> Ruling:
    """A prompt of the greatest length is sent as it is."""
    prompt = f"a prompt of {len(run.wish.prompt)} characters, which are not too many,"
    if any(prompts_of(seen) != [run.wish.prompt] for seen in run.submits):
        return f"{prompt} was cut or changed"
    if run.outcome.refused:
        return f"{prompt} was refused: {run.outcome.message}"
    return FINE if run.submits else None


def same_references(run: Run) -> Ruling:
    """The references are the URLs that were handed over, in order; one that is given twice may be sent once."""
    if not run.submits or not run.reference_urls:
        return None
    said, wished = pictures_of(run.submits[0]), list(run.reference_urls)
    if list(dict.fromkeys(map(str, said))) == list(dict.fromkeys(wished)):
        return FINE
    given, got = contrast(wished, said)
    return f"the references were {given}, the submit has {got}"


def format_refused(run: Run) -> Ruling:
    """A format that can't be had is refused, unless the client converts the image by itself."""
    images = [content_of(image) or b"" for image in run.outcome.images]
    if images and all(data[8:12] in (b"WEBP", b"avif") for data in images):
        return FINE
    return refused("output_format")(run)


def cancelled(run: Run) -> Ruling:
    """The end of a request that was cancelled is neither a success nor a failure nor a time-out."""
    if not any(seen.answer.get("status") == "cancelled" for seen in run.polls):
        return None
    outcome = run.outcome
    if outcome.kind == "error" and (outcome.category == "cancelled" or "cancel" in str(outcome.code).lower()):
        return FINE
    return f"the request was cancelled, but the call ended with {outcome.described()}"


def tells_reason(run: Run) -> Ruling:
    """The error of a request that failed has the reason that its record gives."""
    if not any(seen.answer.get("status") == "failed" for seen in run.polls) or run.outcome.kind != "error":
        return None
    reason = run.spec.behaviour.failures[run.scenario.ending].message
    if names(run.outcome, reason):
        return FINE
    return f"the record says {reason!r}, the error does not: {run.outcome.described()}"


def suffixes(space: Space) -> Any:
    """Formats, with and without URLs whose end is misleading."""
    formats = space.st.sampled_from((None, "png", "jpeg")) if "output-format" in space.can else space.st.none()
    readings = space.st.sampled_from(({"media-suffix": "always-jpg"}, {}))
    return space.scenarios(wish=space.plain(output_format=formats), readings=readings, seconds=None)


def several_urls(space: Space) -> Any:
    """Results of two images."""
    return _beside_others(space, {"media-urls": "several"})


def without_next_turn(space: Space) -> Any:
    """Final records that have no turns to go on from."""
    return _beside_others(space, {"next-turn-contents": "multi-turn-only"})


def _beside_others(space: Space, reading: dict[str, str]) -> Any:
    plain = Scenario(space.provider, seed=space.seed)
    others = ({}, *space.single_readings())
    return space.st.sampled_from([replace(plain, readings={**other, **reading}) for other in others])


def _prompts(space: Space, length: int) -> Any:
    return space.st.sampled_from([(unit * length)[:length] for unit in _UNITS])
