"""Checks of clients of reAPI (document 000_689184e2825e36ff.txt)."""

from . import polls, shapes
from .evidence import Dialect
from .record import TIMED, Check, register
from .shapes import SUBMIT

DIALECT = Dialect(id_field="id", status_field="status", ended=frozenset({"completed", "failed"}))

_SLOWEST = 10.0  # seconds; a gap in the middle band is remarked on from here, not from the recommended 5

CHECKS = register(
    Check(
        "reapi.auth.bearer", "reapi.auth.bearer", ("submit", "poll"), shapes.bearer,
        why="Nothing works without it: every request is refused, the polls of paid jobs included.",
    ),
    Check(
        "reapi.submit.endpoint", "reapi.submit.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", "/api/v1/images/generations", r"/images/(generations?|edits?)/?$"),
        why="The path resembles others and is not one of them; anything else is answered with 404.",
    ),
    Check(
        "reapi.submit.body", "reapi.submit.body", SUBMIT, shapes.json_object,
        why="What is no JSON object is refused before anybody looks at the prompt.",
    ),
    Check(
        "reapi.submit.json-label", "house.submit.json-label", SUBMIT, shapes.json_label,
        why="A body without its label is read today and may be refused by the next proxy on the way.",
    ),
    Check(
        "reapi.submit.model-sent", "reapi.submit.model", SUBMIT, shapes.carries("model"),
        why="Without a model every request is refused.",
    ),
    Check(
        "reapi.submit.prompt-place", "reapi.submit.prompt", SUBMIT, shapes.not_nested("prompt"),
        why="A prompt inside another object is not found, and the request is refused.",
    ),
    Check(
        "reapi.submit.ratio-field", "reapi.submit.prompt-without-ratio", SUBMIT,
        shapes.named(shapes.whole, {"size": ("aspect_ratio", "aspectRatio", "ratio")}),
        why="A ratio under another name is ignored, so that every picture is a square, and is paid for.",
    ),
    Check(
        "reapi.submit.count-number", "reapi.submit.count", SUBMIT, shapes.number(shapes.at("n"), "n"),
        doubt=shapes.CASE_DOUBT,
        why="A number in quotes is refused, although it looks right in every log.",
    ),
    Check(
        "reapi.poll.endpoint", "reapi.poll.endpoint", ("poll", ""),
        shapes.misdirected("poll", "GET", "/api/v1/tasks/{id}", r"/tasks?/[^/]+/?$"),
        why="A job that is paid for cannot be asked about at any other path.",
    ),
    Check(
        "reapi.poll.id", "reapi.poll.id", polls.POLL, polls.submitted_id,
        why="A job that is paid for is unknown under any other spelling of its id.",
    ),
    Check(
        "reapi.poll.first-wait", "reapi.poll.first-wait", polls.POLL, polls.first_wait, TIMED,
        why="No image is done before; polls until then only count against the rate limit.",
    ),
    Check(
        "reapi.poll.middle-band", "reapi.poll.middle-band", polls.POLL, polls.band(0, _SLOWEST), TIMED,
        once_per_job=True,
        why="Faster polls count against the rate limit, slower ones keep people waiting for what is done.",
    ),
    Check(
        "reapi.poll.late-band", "reapi.poll.late-band", polls.POLL, polls.band(1), TIMED, once_per_job=True,
        why="A job that takes minutes is polled hundreds of times, or is noticed long after its end.",
    ),
    Check(
        "reapi.poll.stop-at-end", "reapi.poll.stop-at-end", polls.POLL, polls.stops, once_per_job=True,
        why="A client that never stops asks for ever about jobs that are over.",
    ),
    Check(
        "reapi.poll.not-once-more", "reapi.poll.stop-at-end", polls.POLL, polls.asks_no_more, once_per_job=True,
        doubt=polls.ASKED_AGAIN,
        why="A final answer is final; a client that asks again has not understood it, and may lose it.",
    ),
)  # fmt: skip
