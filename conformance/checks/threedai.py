"""Checks of clients of 3D AI Studio (document 001_a1a057ab71129629.txt)."""

from functools import partial

from . import polls, shapes
from .evidence import Dialect, Evidence
from .house import repeated_after
from .record import FINE, Check, Ruling, register
from .seen import Seen
from .shapes import SUBMIT

DIALECT = Dialect(
    id_field="task_id", status_field="status", ended=frozenset({"FINISHED"}), failed=frozenset({"FAILED", "ERROR"})
)

_NAMES = {
    "aspect_ratio": ("aspectRatio", "ratio", "size"),
    "num_images": ("numImages", "n", "count"),
    "output_format": ("outputFormat", "format"),
    "resolution": ("image_size", "imageSize"),
}


def trailing_slash(evidence: Evidence) -> Ruling:
    """A documented path is asked for with the slash at its end."""
    seen = evidence.latest
    if seen.operation is not None:
        return None if seen.operation.extension else FINE
    for operation in evidence.spec.operations:
        if not operation.extension and _is_short(seen, operation.path):
            return f"{seen.method} {seen.path} lacks the slash at its end"
    return None


def endpoint_by_images(evidence: Evidence) -> Ruling:
    """Source images go to edit."""
    seen = evidence.latest
    if seen.operation is None or seen.operation.id != "generate" or not seen.fields:
        return None
    if seen.fields.get("images"):
        return "`images` are sent to generate, where they have no effect; edit takes them"
    return FINE


def _is_short(seen: Seen, path: str) -> bool:
    parts, asked = path.strip("/").split("/"), seen.path.lstrip("/").split("/")
    pairs = zip(parts, asked, strict=False)
    return len(parts) == len(asked) and all(part == one or part.startswith("{") for part, one in pairs)


CHECKS = register(
    Check(
        "threedai.auth.bearer", "threedai.auth.bearer", ("submit", "poll"), shapes.bearer,
        why="Nothing works without it: every request is refused, the polls of paid jobs included.",
    ),
    Check(
        "threedai.path.trailing-slash", "threedai.path.trailing-slash", ("submit", "poll", ""), trailing_slash,
        why="Without the slash there is nothing, or a redirect that turns a submit into a GET and loses its body.",
    ),
    Check(
        "threedai.generate.endpoint", "threedai.generate.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", "/v1/images/gemini/3/pro/generate/", r"/gemini/3/pro/generate/$"),
        why="Anywhere else there is nothing that draws.",
    ),
    Check(
        "threedai.edit.endpoint", "threedai.edit.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", "/v1/images/gemini/3/pro/edit/", r"/gemini/3/pro/edit/$"),
        why="Anywhere else there is nothing that edits.",
    ),
    Check(
        "threedai.submit.endpoint-by-images", "threedai.submit.endpoint-by-images", SUBMIT, endpoint_by_images,
        why="The pictures that were to be changed are ignored, and something unrelated is paid for.",
    ),
    Check(
        "threedai.submit.body", "threedai.submit.body", SUBMIT, shapes.json_object,
        why="What is no JSON object is refused before anybody looks at the prompt.",
    ),
    Check(
        "threedai.submit.json-label", "threedai.submit.body", SUBMIT, shapes.json_label,
        why="A body without its label may be taken for a form, in which there is no prompt.",
    ),
    Check(
        "threedai.submit.prompt-place", "threedai.submit.prompt", SUBMIT, shapes.not_nested("prompt"),
        why="A prompt inside another object is not found, and the request is refused.",
    ),
    Check(
        "threedai.submit.parameter-names", "threedai.submit.parameter-names", SUBMIT,
        shapes.named(shapes.whole, _NAMES),
        why="An option under another name is ignored in silence, and the picture is paid for all the same.",
    ),
    Check(
        "threedai.submit.count-number", "threedai.submit.num-images", SUBMIT,
        shapes.number(shapes.at("num_images"), "num_images"), doubt=shapes.CASE_DOUBT,
        why="A number in quotes is refused, although it looks right in every log.",
    ),
    Check(
        "threedai.submit.tier-case", "threedai.submit.resolution", SUBMIT,
        shapes.capital_tier(shapes.at("resolution"), "resolution"), doubt=shapes.CASE_DOUBT,
        why="A tier with a small letter is refused here, although other providers take it.",
    ),
    Check(
        "threedai.poll.endpoint", "threedai.poll.endpoint", ("poll", ""),
        shapes.misdirected(
            "poll", "GET", "/v1/generation-request/{task_id}/status/", r"/generation-requests?/[^/]+/([^/]+/)?$"
        ),
        why="A job that is paid for cannot be asked about at any other path.",
    ),
    Check(
        "threedai.poll.task-id", "threedai.poll.task-id", polls.POLL, polls.submitted_id,
        why="A job that is paid for is unknown under any other spelling of its id.",
    ),
    Check(
        "threedai.poll.stop-at-finished", "threedai.poll.stop-at-end", polls.POLL, polls.stops, once_per_job=True,
        why="A client that never stops asks for ever about jobs that are over.",
    ),
    Check(
        "threedai.poll.not-once-more", "threedai.poll.stop-at-end", polls.POLL, polls.asks_no_more, once_per_job=True,
        doubt=polls.ASKED_AGAIN,
        why="A final answer is final; a client that asks again has not understood it, and may lose it.",
    ),
    Check(
        "threedai.poll.failure-ends-wait", "threedai.poll.failure-ends-wait", polls.POLL, polls.stops_at_failure,
        once_per_job=True,
        why="A job that failed is polled until the deadline, while its caller waits for nothing.",
    ),
    Check(
        "threedai.poll.rate-limit-wait", "threedai.error.rate-limit-wait", polls.POLL, polls.waits_after_429,
        once_per_job=True,
        why="Whoever goes on at once after 429 is kept out for longer.",
    ),
    Check(
        "threedai.submit.credits-not-retried", "threedai.error.credits-not-retried", SUBMIT,
        partial(repeated_after, refusals=(402,)),
        why="Retries do not fill a wallet; they hide from its owner that it is empty.",
    ),
    Check(
        "threedai.submit.invalid-not-retried", "threedai.error.validation-not-retried", SUBMIT,
        partial(repeated_after, refusals=(400,)),
        why="The same request is refused again, and its author waits longer to learn what is wrong with it.",
    ),
)  # fmt: skip
