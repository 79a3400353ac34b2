"""Judges that are the same for every provider, and what they are made of.

A judge rules on one run: None where there was nothing to judge, FINE, or a sentence. Wherever a wish cannot be
fulfilled, a client that refuses it and one that passes it on and hands back the provider's refusal are both right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ..checks.record import FINE, Ruling
from ..engine.outcome import Delivered, Outcome
from ..engine.run import Run
from ..scenarios.vocabulary import vocabulary
from .record import RunJudge
from .wire import ABSENT, pictures_of, prompts_of, results_of, sent


def shown(value: Any) -> str:
    """A value in a sentence, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def arrives(name: str) -> RunJudge:
    """What was wished for in a field of the wish stands in every submit; a default may be left out."""

    def judge(run: Run) -> Ruling:
        wished = getattr(run.wish, name)
        if wished is None or not run.submits:
            return None
        for seen in run.submits:
            said = sent(seen, name)
            if said is ABSENT and vocabulary(run.provider).defaults.get(name) == wished and not run.wish.images:
                continue
            if not _same(said, wished):
                return f"{name} {shown(wished)} was asked for, but the submit says {shown(said)}"
        return FINE

    return judge


def refused(name: str) -> RunJudge:
    """A wish that the provider does not take is told to the caller, not replaced by something else.

    A client may pass it on as it is and hand back the provider's refusal.
    """

    def judge(run: Run) -> Ruling:
        wished = getattr(run.wish, name)
        if run.outcome.kind == "result":
            instead = [shown(sent(seen, name)) for seen in run.submits]
            return f"{name} {shown(wished)} cannot be had here, yet the call succeeded; the submit said {instead}"
        for seen in run.submits:
            said = sent(seen, name)
            if not _same(said, wished):
                return f"{name} {shown(wished)} cannot be had here; the submit says {shown(said)} instead"
        return FINE

    return judge


def prompt_arrives(run: Run) -> Ruling:
    """Every submit has the prompt as it was given, once."""
    if not run.submits:
        return None
    for seen in run.submits:
        texts = prompts_of(seen)
        if texts != [run.wish.prompt]:
            return f"the prompt was {shown(run.wish.prompt)}, but the submit says {shown(texts[0] if texts else ABSENT)}"
    return FINE


def no_submit(run: Run) -> Ruling:
    """Nothing is submitted for a wish that the provider cannot be asked for."""
    if run.submits:
        return f"a submit was sent for a wish that cannot be expressed here: {shown(run.submits[0].fields)}"
    if run.outcome.kind == "result":
        return "the call succeeded although nothing was submitted"
    return FINE


def delivers_all(run: Run) -> Ruling:
    """A job that ended well gives its caller every image of the final answer, in order."""
    final = [images for seen in run.exchanges if (images := results_of(seen)) is not None]
    if not final:
        return None
    return images_match(run.outcome, final[0])


def images_match(outcome: Outcome, images: list[tuple[str | bytes, ...]]) -> Ruling:
    """The images of an outcome are those of a final answer: by URL, or bytes by bytes where the answer has them."""
    if outcome.kind != "result":
        return f"the job ended well, but the call ended with {outcome.described()}"
    if len(outcome.images) != len(images):
        return f"the answer has {len(images)} images, the result {len(outcome.images)}"
    for number, (delivered, true) in enumerate(zip(outcome.images, images, strict=True), start=1):
        if not _is_one_of(delivered, true):
            return f"image {number} of the result is {_named(delivered)}; the answer has {shown(true[0])}"
    return FINE


def succeeds(run: Run) -> Ruling:
    """The call gives its caller a result."""
    if not run.jobs and not run.submits:
        return None
    return FINE if run.outcome.kind == "result" else f"the call ended with {run.outcome.described()}"


def fails_as(*categories: str, unless: Callable[[Run], bool] = lambda run: False) -> RunJudge:
    """The call ends with an error of one of these categories."""

    def judge(run: Run) -> Ruling:
        if not run.submits or unless(run):
            return None
        return told_as(run.outcome, categories)

    return judge


def told_as(outcome: Outcome, categories: Collection[str]) -> Ruling:
    """An outcome is an error of one of these categories."""
    if outcome.kind in ("error", "unsupported") and outcome.category in categories:
        return FINE
    return f"the call ended with {outcome.described()}; an error of category {' or '.join(categories)} was expected"


def struck(run: Run) -> bool:
    """Whether a fault hit any exchange."""
    return any(seen.exchange.fault is not None for seen in run.exchanges)


def pictures_arrive(run: Run) -> Ruling:
    """Every reference is in the submit, none is lost."""
    if not run.submits or not run.wish.images:
        return None
    count = len(pictures_of(run.submits[0]))
    wished = len(run.wish.images)
    return FINE if count == wished else f"{wished} references were handed over, the submit has {count}"


def _same(said: Any, wished: Any) -> bool:
    if isinstance(said, str) and isinstance(wished, str):
        return said == wished or (said.upper() == wished.upper() and wished.upper() in ("1K", "2K", "4K"))
    if isinstance(said, bool) or isinstance(wished, bool):
        return said is wished
    return bool(said == wished)


def _is_one_of(delivered: Delivered, true: tuple[str | bytes, ...]) -> bool:
    if delivered.url is not None:
        return delivered.url in true
    in_answer = [each for each in true if isinstance(each, bytes)]
    return delivered.data in in_answer if in_answer else bool(delivered.data)


def _named(delivered: Delivered) -> str:
    if delivered.url is not None:
        return shown(delivered.url)
    return f"{len(delivered.data or b'')} bytes of {delivered.mime or 'unknown type'}"
