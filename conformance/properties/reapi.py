"""Properties of clients of reAPI (document 000_689184e2825e36ff.txt)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Picture, Wish
from ..scenarios.space import Space
from ..scenarios.vocabulary import UNHEARD_RATIOS
from ..subjects.base import EXACT_TIME
from . import judging
from .record import Property
from .wire import ABSENT, pictures_of, sent

OFFICIAL: Final = "gemini-3-pro-image-preview-official"

_PROBLEMS: Final[dict[str, tuple[str, ...]]] = {
    "key-unknown": ("auth",),
    "parameter-invalid": ("invalid",),
    "credits-exhausted": ("credits",),
    "rate-limited": ("rate_limited",),
    "internal": ("server", "ambiguous"),
}
_CODES: Final = {"upstream-submit": 80001, "polling-timeout": 80002, "failed": 80003}


def _with_pictures(space: Space, **fixed: Any) -> Any:
    return space.scenarios(wish=space.plain(images=space.pictures(), **fixed))


def _bytes(space: Space) -> Any:
    return space.scenarios(wish=Wish(images=(Picture("bytes"),)))


def _too_many(space: Space) -> Any:
    many = space.st.integers(15, 20).map(lambda count: tuple(Picture(seed=number) for number in range(count)))
    return space.scenarios(wish=space.plain(images=many))


def _refusals(space: Space) -> Any:
    faults = [({"kind": "problem", "problem": problem, "operation": "submit", "times": None},) for problem in _PROBLEMS]
    return space.scenarios(wish=Wish(), deadline=600.0, faults=space.st.sampled_from(faults))


def official(run: Run) -> Ruling:
    """Asking for the official channel selects the model of that name."""
    if run.outcome.refused and not run.submits:
        return None
    models = [sent(seen, "model") for seen in run.submits]
    return FINE if models and set(models) == {OFFICIAL} else f"the official channel was asked for, the model is {models}"


def inherits(run: Run) -> Ruling:
    """References without a wished ratio leave `size` out, so that the shape of the first is inherited."""
    for seen in run.submits:
        if (size := sent(seen, "ratio")) is not ABSENT:
            return f"no ratio was asked for beside a reference, yet `size` is {judging.shown(size)}"
    return FINE if run.submits else None


def same_urls(run: Run) -> Ruling:
    """`image_urls` are the URLs that were handed over, in order."""
    if not run.submits or not run.reference_urls:
        return None
    said, wished = pictures_of(run.submits[0]), list(run.reference_urls)
    if said == wished:
        return FINE
    return f"the references were {judging.shown(wished)}, the submit has {judging.shown(said)}"


def not_too_many(run: Run) -> Ruling:
    """More references than there may be are refused, none is left out in silence."""
    wished = len(run.wish.images)
    if run.outcome.kind == "result":
        return f"{wished} references cannot be sent, yet the call succeeded"
    counts = [len(pictures_of(seen)) for seen in run.submits]
    return FINE if all(count == wished for count in counts) else f"of {wished} references {counts[0]} were sent"


def categories(run: Run) -> Ruling:
    """The category of an error follows the code of the envelope."""
    fault = run.scenario.faults[0]
    if not run.submits:
        return None
    return judging.told_as(run.outcome, _PROBLEMS[fault["problem"]])


def failed_carries_error(run: Run) -> Ruling:
    """A failed task raises an error with the code and the message of the task."""
    code = _CODES[run.scenario.ending]
    failure = run.spec.behaviour.failures[run.scenario.ending]
    if not any(seen.answer.get("status") == "failed" for seen in run.polls):
        return None
    outcome = run.outcome
    if outcome.kind != "error" or outcome.category is None:
        return f"the task failed with code {code}, but the call ended with {outcome.described()}"
    if str(outcome.code) != str(code):
        return f"the task failed with code {code}, but the error has code {outcome.code!r}"
    if failure.message not in outcome.message:
        return f"the task failed with {failure.message!r}, but the error says {outcome.message!r}"
    return FINE


def request_id(run: Run) -> Ruling:
    """The request_id of a refusal can be reached from the error."""
    named = [seen.answer.get("error", {}).get("request_id") for seen in run.submits if not seen.accepted]
    if not named or named[-1] is None or run.outcome.kind != "error":
        return None
    said = f"{run.outcome.request_id} {run.outcome.message}"
    return FINE if any(each in said for each in named if each) else f"the error does not tell request_id {named[-1]}"


def keeps_job(run: Run) -> Ruling:
    """A server error on a poll does not lose the job."""
    if not judging.struck(run) or not run.jobs:
        return None
    outcome, job = run.outcome, run.jobs[0]
    if outcome.kind == "result" or (outcome.kind == "error" and outcome.task_id == job.id):
        return FINE
    return f"after an error 60099 on a poll the call ended with {outcome.described()}, and {job.id} is lost"


def lapses(run: Run) -> Ruling:
    """A result tells when its URLs lapse: seven days after the task was completed."""
    if run.outcome.kind != "result" or not any(image.url for image in run.outcome.images):
        return None
    expected = run.epoch + run.jobs[0].ended + 7 * 86_400
    told = run.outcome.expires_at
    if told is None:
        return "the result does not tell when its URLs lapse"
    return FINE if abs(told - expected) <= 300 else f"the result lapses at {told:.0f}, told is {expected:.0f}"


PROPERTIES: Final = (
    Property(
        "reapi.submit.official-channel", "reapi.submit.official-channel",
        lambda space: space.scenarios(wish=space.wishes(channel="official")), official, frozenset({"channel"}),
        why="The official channel has another price and quality; a caller who pays for it should get it.",
    ),
    Property(
        "reapi.submit.ratio-as-asked", "reapi.submit.size",
        lambda space: space.scenarios(wish=space.wishes(ratio=space.st.sampled_from(space.words.listed["ratio"]))),
        judging.arrives("ratio"), frozenset({"ratio"}),
        why="A picture in another shape than was asked for is paid for and thrown away.",
    ),
    Property(
        "reapi.submit.ratio-not-replaced", "reapi.submit.size",
        lambda space: space.scenarios(wish=space.plain(ratio=space.st.sampled_from(UNHEARD_RATIOS))),
        judging.refused("ratio"), frozenset({"ratio"}),
        why="A silent substitute is paid for, and nobody notices until somebody looks at the picture.",
    ),
    Property(
        "reapi.submit.size-inherited", "reapi.submit.size-inherited",
        _with_pictures, inherits, frozenset({"url-images"}),
    ),
    Property(
        "reapi.submit.count-as-asked", "reapi.submit.count",
        lambda space: space.scenarios(wish=space.wishes(count=space.counts())), judging.arrives("count"),
        frozenset({"count"}),
    ),
    Property(
        "reapi.submit.references-as-given", "reapi.submit.references-http", _with_pictures, same_urls,
        frozenset({"url-images"}),
    ),
    Property(
        "reapi.submit.references-not-inline", "reapi.submit.references-http", _bytes, judging.no_submit,
        frozenset({"bytes-images"}),
    ),
    Property(
        "reapi.submit.references-limit", "reapi.submit.references-limit", _too_many, not_too_many,
        frozenset({"url-images"}),
    ),
    Property(
        "reapi.submit.prompt-with-references", "reapi.submit.prompt-with-references", _with_pictures,
        judging.prompt_arrives, frozenset({"url-images"}),
    ),
    Property(
        "reapi.poll.failed-error", "reapi.poll.failed-error",
        lambda space: space.scenarios(wish=Wish(), ending=space.st.sampled_from(sorted(_CODES))),
        failed_carries_error,
    ),
    Property(
        "reapi.result.all-urls", "reapi.poll.completed-all-urls",
        lambda space: space.scenarios(wish=space.wishes(count=space.counts())), judging.delivers_all,
    ),
    Property("reapi.error.category", "reapi.error.category", _refusals, categories),
    Property("reapi.error.request-id", "reapi.error.request-id", _refusals, request_id),
    Property(
        "reapi.poll.survives-internal-error", "reapi.poll.internal-error",
        lambda space: space.scenarios(
            wish=Wish(),
            seconds=space.st.sampled_from((60.0, 35.0, 120.0)),
            faults=space.faults(
                {"kind": "problem", "problem": "internal", "operation": "poll"},
                {"kind": "problem", "problem": "internal", "operation": "poll", "times": 3, "skip": 1},
            ),
        ),
        keeps_job,
    ),
    Property(
        "reapi.poll.default-deadline", "reapi.poll.default-deadline",
        lambda space: space.scenarios(
            wish=replace(Wish(), resolution="4K" if "resolution" in space.can else None), seconds=120.0
        ),
        judging.succeeds, frozenset({EXACT_TIME}),
    ),
    Property(
        "reapi.result.expiry", "reapi.media.life-told",
        lambda space: space.scenarios(wish=Wish()), lapses, frozenset({"expiry"}),
    ),
)  # fmt: skip
