"""Checks of clients of reAPI (document 000_689184e2825e36ff.txt)."""

from . import polls, shapes
from .evidence import Dialect
from .record import TIMED, Check, register
from .shapes import SUBMIT

DIALECT = Dialect(id_field="id", status_field="status", ended=frozenset({"completed", "failed"}))

_SLOWEST = 10.0  # seconds; a gap in the middle band is remarked on from here, not from the recommended 5

CHECKS = register(
    Check("reapi.auth.bearer", "reapi.auth.bearer", ("submit", "poll"), shapes.bearer),
    Check(
        "reapi.submit.endpoint", "reapi.submit.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", "/api/v1/images/generations", r"/images/(generations?|edits?)/?$"),
    ),
    Check("reapi.submit.body", "reapi.submit.body", SUBMIT, shapes.json_object),
    Check("reapi.submit.json-label", "house.submit.json-label", SUBMIT, shapes.json_label),
    Check("reapi.submit.model-sent", "reapi.submit.model", SUBMIT, shapes.carries("model")),
    Check("reapi.submit.prompt-place", "reapi.submit.prompt", SUBMIT, shapes.not_nested("prompt")),
    Check(
        "reapi.submit.ratio-field", "reapi.submit.prompt-without-ratio", SUBMIT,
        shapes.named(shapes.whole, {"size": ("aspect_ratio", "aspectRatio", "ratio")}),
    ),
    Check(
        "reapi.submit.count-number", "reapi.submit.count", SUBMIT, shapes.number(shapes.at("n"), "n"),
        doubt=shapes.CASE_DOUBT,
    ),
    Check(
        "reapi.poll.endpoint", "reapi.poll.endpoint", ("poll", ""),
        shapes.misdirected("poll", "GET", "/api/v1/tasks/{id}", r"/tasks?/[^/]+/?$"),
    ),
    Check("reapi.poll.id", "reapi.poll.id", polls.POLL, polls.submitted_id),
    Check("reapi.poll.first-wait", "reapi.poll.first-wait", polls.POLL, polls.first_wait, TIMED),
    Check(
        "reapi.poll.middle-band", "reapi.poll.middle-band", polls.POLL, polls.band(0, _SLOWEST), TIMED,
        once_per_job=True,
    ),
    Check("reapi.poll.late-band", "reapi.poll.late-band", polls.POLL, polls.band(1), TIMED, once_per_job=True),
    Check("reapi.poll.stop-at-end", "reapi.poll.stop-at-end", polls.POLL, polls.stops, once_per_job=True),
    Check(
        "reapi.poll.not-once-more", "reapi.poll.stop-at-end", polls.POLL, polls.asks_no_more, once_per_job=True,
        doubt=polls.ASKED_AGAIN,
    ),
)  # fmt: skip
