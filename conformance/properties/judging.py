"""Judges that are the same for every provider, and what they are made of.

A judge rules on one run: None where there was nothing to judge, FINE, or a sentence. Wherever a wish cannot be
fulfilled, a client that refuses it and one that passes it on and hands back the provider's refusal are both right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final
from unicodedata import category, normalize
from urllib.parse import unquote, urlsplit

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.outcome import Delivered, Outcome
from ..engine.run import Run
from ..scenarios.vocabulary import vocabulary
from .record import RunJudge
from .wire import ABSENT, decoded, pictures_of, prompts_of, results_of, sent

_SHOWN: Final = 80  # characters of a value in a sentence
_BEFORE: Final = 20  # of them before the place where two values part
_AFTER: Final = 30  # of them at least after it
_TIER: Final = re.compile(r"\d+K", re.IGNORECASE)


def shown(value: Any) -> str:
    """A value in a sentence, shortened."""
    return _cut(repr(value))


def contrast(one: Any, other: Any) -> tuple[str, str]:
    """Two different values in a sentence, each from shortly before the place where they part.

    What looks alike although it differs, such as an accent in one or in two characters, is told by its code points.
    """
    texts = repr(one), repr(other)
    if _alike(*texts):
        texts = ascii(one), ascii(other)
    pairs = enumerate(zip(*texts, strict=False))
    parted = next((place for place, (a, b) in pairs if a != b), min(map(len, texts)))
    if parted < _SHOWN - _AFTER:
        return _cut(texts[0]), _cut(texts[1])
    start = parted - _BEFORE
    return _cut(f"…{texts[0][start:]}"), _cut(f"…{texts[1][start:]}")


def arrives(name: str) -> RunJudge:
    """What was wished for in a field of the wish stands in every submit; a default may be left out."""

    def judge(run: Run) -> Ruling:
        wished = getattr(run.wish, name)
        if wished is None:
            return None
        if not run.submits:
            return refused_unasked(run, f"{name} {shown(wished)}")
        for seen in run.submits:
            said = sent(seen, name)
            if said is ABSENT and _by_default(run, name) == wished:
                continue
            if not same(said, wished):
                return f"{name} {shown(wished)} was asked for, but the submit says {shown(said)}"
        return FINE

    return judge


def refused_unasked(run: Run, what: str) -> Ruling:
    """What the document offers and the client does not is `unsupported`; `invalid` is the provider's word.

    A gateway offers its callers what it likes.
    """
    outcome = run.outcome
    if outcome.kind == "error" and outcome.category in (None, "invalid") and not run.heard:
        return f"the document offers {what}, but nothing was sent, and the call ended with {outcome.described()}"
    return None


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
            if not same(said, wished) and str(said).casefold() != str(wished).casefold():
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
            wished, said = contrast(run.wish.prompt, texts[0] if texts else ABSENT)
            return f"the prompt was {wished}, but the submit says {said}"
    return FINE


def no_submit(run: Run) -> Ruling:
    """Nothing is submitted for a wish that the provider cannot be asked for."""
    if run.submits:
        return f"a submit was sent for a wish that cannot be expressed here: {shown(run.submits[0].fields)}"
    if run.outcome.kind == "result":
        return "the call succeeded although nothing was submitted"
    return FINE


def delivers_all(run: Run) -> Ruling:
    """A job that ended well gives its caller every image of the final answer, in order.

    Where a wish is shared out over several jobs, there is no order among them.
    """
    final = {_job_of(seen): images for seen in run.exchanges if (images := results_of(seen)) is not None}
    if not final:
        return None
    answers = list(final.values())
    if len(answers) == 1 or len(run.scenario.calls) > 1:
        return images_match(run.outcome, answers[0], run)
    any_of_them = tuple(each for images in answers for image in images for each in image)
    ruling = images_match(run.outcome, [any_of_them] * sum(map(len, answers)), run)
    return _no_image_twice(run.outcome) if ruling is FINE else ruling


def images_match(outcome: Outcome, images: list[tuple[str | bytes, ...]], run: Run | None = None) -> Ruling:
    """The images of an outcome are those of a final answer: by URL, or bytes by bytes where the answer has them.

    Bytes that were fetched are held against what `run` shows of that. A gateway owes its callers as many images as
    they asked for; the first of those that there are will do.
    """
    if outcome.kind != "result":
        return f"the job ended well, but the call ended with {outcome.described()}"
    if run is not None and run.heard and len(outcome.images) == (run.wish.count or 1):
        images = images[: len(outcome.images)]
    if len(outcome.images) != len(images):
        return f"the answer has {len(images)} images, the result {len(outcome.images)}"
    for number, (delivered, true) in enumerate(zip(outcome.images, images, strict=True), start=1):
        if not _is_one_of(delivered, true, run):
            got, expected = contrast(delivered.url, true[0]) if delivered.url else (_named(delivered), shown(true[0]))
            return f"image {number} of the result is {got}; the answer has {expected}"
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


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _alike(one: str, other: str) -> bool:
    """Whether a reader could not tell them apart."""
    seen = ["".join(each for each in normalize("NFKC", text) if category(each) != "Cf") for text in (one, other)]
    return seen[0] == seen[1]


def same(said: Any, wished: Any) -> bool:
    """Whether what was sent is what was wished for; tiers may be written in either case."""
    if isinstance(said, str) and isinstance(wished, str):
        return said == wished or (said.upper() == wished.upper() and _TIER.fullmatch(wished) is not None)
    if isinstance(said, bool) or isinstance(wished, bool):
        return said is wished
    return bool(said == wished)


def _by_default(run: Run, name: str) -> Any:
    """What a field means that is not sent; nothing for the ratio of an edit, which may be that of the source."""
    default = vocabulary(run.provider).defaults.get(name)
    return None if name == "ratio" and run.wish.images and default != "auto" else default


def _job_of(seen: Seen) -> object:
    return next(iter(seen.params.values()), None) if seen.role == "poll" else seen.number


def _no_image_twice(outcome: Outcome) -> Ruling:
    told = [image.url or image.data for image in outcome.images]
    return FINE if len(set(told)) == len(told) else "the result has one image twice, and lacks another"


def content_of(delivered: Delivered) -> bytes | None:
    """The bytes of an image that was not delivered as an address alone; a `data:` URL is none."""
    if delivered.url is None or not delivered.url.startswith("data:"):
        return delivered.data
    return decoded(delivered.url.partition(",")[2])


def _is_one_of(delivered: Delivered, true: tuple[str | bytes, ...], run: Run | None) -> bool:
    data = content_of(delivered)
    if data is None or delivered.url in true:
        return delivered.url in true
    in_answer = [each for each in true if isinstance(each, bytes)]
    if in_answer:
        return data in in_answer
    right, wrong = _fetched(run, true) if run else ([], [])
    return bool(data) and (data in right or data not in wrong)


def _fetched(run: Run, urls: tuple[str | bytes, ...]) -> tuple[list[bytes], list[bytes]]:
    """The bytes that were fetched from these URLs, and those from others."""
    paths = {_path_of(url) for url in urls if isinstance(url, str)}
    right: list[bytes] = []
    wrong: list[bytes] = []
    for seen in run.fetches:
        (right if _path_of(seen.exchange.target) in paths else wrong).append(seen.exchange.response_body)
    return right, wrong


def _path_of(url: str) -> str:
    """HTTP libraries write the same URL with other escapes, so that these are undone; no two images share a path."""
    return unquote(urlsplit(url).path)


def _named(delivered: Delivered) -> str:
    if delivered.url is not None:
        return shown(delivered.url)
    return f"{len(delivered.data or b'')} bytes of {delivered.mime or 'unknown type'}"
