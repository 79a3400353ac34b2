"""What is particular to judging clients of reAPI (document 000_689184e2825e36ff.txt)."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from .judging import contrast, shown, struck, told_as
from .wire import ABSENT, at, pictures_of, prompts_of, sent

MODEL: Final = "gemini-3-pro-image-preview"
OFFICIAL: Final = f"{MODEL}-official"
CODES: Final = {"upstream-submit": 80001, "polling-timeout": 80002, "failed": 80003}
CATEGORIES: Final[dict[int, tuple[str, ...]]] = {
    10003: ("auth",),
    20003: ("invalid",),
    30001: ("credits",),
    50001: ("rate_limited",),
    60099: ("server", "ambiguous"),
}
PASSING: Final = (50001, 60099)  # codes after which a client may try until its time is up

_OVER = ("failed", "invalid", "blocked", "cancelled", "unsupported", "auth", "credits")  # of a job that is lost


def known_model(run: Run) -> Ruling:
    """`model` is one of the two ids."""
    for seen in run.submits:
        if (model := sent(seen, "model")) not in (MODEL, OFFICIAL):
            return f"`model` is {shown(model)}; it is {MODEL} or {OFFICIAL}"
    return FINE if run.submits else None


def official(run: Run) -> Ruling:
    """Asking for the official channel selects the model of that name."""
    models = {sent(seen, "model") for seen in run.submits}
    if models - {OFFICIAL}:
        return f"the official channel was asked for, the model is {shown(models.pop())}"
    return FINE if models else None


def inherits(run: Run) -> Ruling:
    """References without a wished ratio leave `size` out, so that the shape of the first is inherited."""
    for seen in run.submits:
        if (size := sent(seen, "ratio")) is not ABSENT:
            return f"no ratio was asked for beside a reference, yet `size` is {shown(size)}"
    return FINE if run.submits else None


def any_case(run: Run) -> Ruling:
    """A tier with a small letter works, and is the tier that is asked for."""
    wished = str(run.wish.resolution).upper()
    if run.heard and not run.submits and 400 <= (run.outcome.status or 0) < 500:
        return FINE  # a gateway may want it otherwise
    if run.outcome.kind != "result" and not any(seen.accepted for seen in run.submits):
        return f"resolution {run.wish.resolution!r} was asked for; the call ended with {run.outcome.described()}"
    for seen in run.submits:
        said = sent(seen, "resolution")
        if str(said).upper() != wished and not (said is ABSENT and wished == "1K"):
            return f"resolution {run.wish.resolution!r} was asked for, the submit says {shown(said)}"
    return FINE


def ratio_in_its_field(run: Run) -> Ruling:
    """A ratio that was asked for is not in the prompt as well."""
    ratio = run.wish.ratio
    if ratio is None or ratio in run.wish.prompt or not run.submits:
        return None
    told = next((text for seen in run.submits for text in prompts_of(seen) if ratio in text), None)
    return FINE if told is None else f"the ratio {ratio} was written into the prompt: {shown(told)}"


def same_urls(run: Run) -> Ruling:
    """`image_urls` are the URLs that were handed over, in order."""
    if not run.submits or not run.reference_urls:
        return None
    wished = list(run.reference_urls)
    for seen in run.submits:
        if (said := pictures_of(seen)) != wished:
            given, got = contrast(wished, said)
            return f"the references were {given}, the submit has {got}"
    return FINE


def not_inlined(run: Run) -> Ruling:
    """References that are no http(s) URLs are refused, or hosted first; they are neither sent inline nor dropped."""
    for seen in run.submits:
        said = pictures_of(seen)
        inline = [each for each in said if not str(each).lower().startswith(("http://", "https://"))]
        if inline:
            return f"`image_urls` has {shown(inline[0])}; only http(s) URLs may be there"
        if len(said) != len(run.wish.images):
            return f"{len(run.wish.images)} references were handed over, the submit has {len(said)}"
    return FINE


def inline_refused(run: Run) -> Ruling:
    """`data:` URLs are refused by the client, or passed on as they are and refused by the provider; none is dropped."""
    for seen in run.submits:
        said = pictures_of(seen)
        if len(said) != len(run.wish.images):
            return f"{len(run.wish.images)} references were handed over, the submit has {len(said)}"
        inline = next((each for each in said if str(each).lower().startswith("data:")), None)
        if inline is not None and not (inline in run.reference_urls and run.outcome.refused):
            return f"`image_urls` has {shown(inline)}, and the call ended with {run.outcome.described()}"
    return FINE


def follows_code(run: Run) -> Ruling:
    """The category of an error follows the code of the envelope, whatever the status."""
    refused = [code for seen in (*run.submits, *run.polls) if (code := code_of(seen.answer))]
    if not refused:
        return None
    outcome, code = run.outcome, refused[-1]
    if len(refused) > 1 and outcome.category == "timeout" and (code in PASSING or _accepted(run)):
        return FINE
    return told_as(outcome, CATEGORIES[code])


def code_of(answer: Any) -> int | None:
    """The code of an envelope; None where there is none that the document lists."""
    code = at(answer, ("error", "code"))
    return code if code in CATEGORIES else None


def request_id(run: Run) -> Ruling:
    """The request_id of a refusal can be reached from the error."""
    refusals = [seen.answer for seen in run.submits if not seen.accepted]
    named = [id for answer in refusals if isinstance(id := at(answer, ("error", "request_id")), str)]
    if not named or run.outcome.kind != "error":
        return None
    said = f"{run.outcome.request_id} {run.outcome.message}"
    return FINE if any(id in said for id in named) else f"the error does not tell request_id {named[-1]}"


def failed_code(run: Run) -> Ruling:
    """A failed task raises an error that carries the code of the task."""
    code = CODES[run.scenario.ending]
    if not _failed(run):
        return None
    outcome = run.outcome
    if outcome.kind != "error" or outcome.category is None:
        return f"the task failed with code {code}, but the call ended with {outcome.described()}"
    if str(outcome.code) != str(code) and str(code) not in outcome.message:
        return f"the task failed with code {code}, but the error has code {outcome.code!r}"
    return FINE


def failed_message(run: Run) -> Ruling:
    """A failed task raises an error that carries the message of the task."""
    message = run.spec.behaviour.failures[run.scenario.ending].message
    if not _failed(run) or run.outcome.kind != "error":
        return None
    if message in run.outcome.message:
        return FINE
    return f"the task failed with {message!r}, but the error says {run.outcome.message!r}"


def told_apart(run: Run) -> Ruling:
    """Tasks that failed for different reasons raise errors that differ in code or category."""
    failed = [seen.params["id"] for seen in run.polls if seen.answer.get("status") == "failed"]
    if len(set(failed)) < 2 or any(outcome.kind != "error" for outcome in run.outcomes):
        return None
    told = [(outcome.category, str(outcome.code)) for outcome in run.outcomes if outcome.code is not None]
    if not told:
        told = [("", _without_ids(outcome.message, run)) for outcome in run.outcomes]
    if len(set(told)) == len(run.outcomes):
        return FINE
    return f"tasks failed with codes {', '.join(map(str, _codes(run)))}, the errors are {shown(told)}"


def moderated(run: Run) -> Ruling:
    """A moderated task is an error of the caller's wish, told apart by category or code, and not tried again."""
    if not _failed(run):
        return None
    outcome = run.outcome
    code = _codes(run)[0]
    if len(run.submits) > 1:
        return f"the task was moderated, and the same was submitted {len(run.submits) - 1} more times"
    named = outcome.category in ("failed", "invalid") and str(code) in f"{outcome.code} {outcome.message}"
    if outcome.kind == "error" and (outcome.category == "blocked" or named):
        return FINE
    return f"the task was moderated with code {code}, but the call ended with {outcome.described()}"


def keeps_job(run: Run) -> Ruling:
    """A server error on a poll does not lose the job: its result comes, or an error of another try that names it."""
    if not struck(run) or not run.jobs:
        return None
    outcome, job = run.outcome, run.jobs[0]
    if outcome.kind == "result":
        return FINE
    named = outcome.task_id == job.id or job.id in outcome.message
    if named and outcome.kind == "error" and outcome.category not in (None, *_OVER):
        return FINE
    return f"after an error 60099 on a poll the call ended with {outcome.described()}, and {job.id} is lost"


def not_paid_twice(run: Run) -> Ruling:
    """A submit whose answer was lost is not repeated."""
    if not struck(run):
        return None
    if len(run.paid) > 1:
        return f"the answer to the submit was lost, and {len(run.paid)} jobs are paid now"
    return FINE


def _accepted(run: Run) -> bool:
    return any(seen.accepted for seen in run.submits)


def _failed(run: Run) -> bool:
    return any(seen.answer.get("status") == "failed" for seen in run.polls)


def _codes(run: Run) -> list[Any]:
    return [at(seen.answer, ("error", "code")) for seen in run.polls if seen.answer.get("status") == "failed"]


def _without_ids(text: str, run: Run) -> str:
    for job in run.jobs:
        text = text.replace(job.id, "")
    return text
