"""Checks of clients of GMI Cloud (document 002_163dfc06de8826c1.txt), but for conversations."""

from . import polls, shapes
from .evidence import Dialect, Evidence
from .gmicloud_turns import learn_turns
from .record import FINE, Check, Ruling, register
from .shapes import SUBMIT, at

DIALECT = Dialect(
    id_field="request_id",
    status_field="status",
    ended=frozenset({"success", "failed", "cancelled"}),
    learn=learn_turns,
)

_QUEUE = "/api/v1/ie/requestqueue/apikey/requests"
_PARAMETERS = ("prompt", "image", "image_size", "aspect_ratio", "image_output_format", "contents")
_COUNTS = ("n", "num_images", "numImages", "number_of_images", "numberOfImages", "num_outputs", "image_count", "count")


def inside_payload(evidence: Evidence) -> Ruling:
    """Every parameter lies inside `payload`."""
    fields = evidence.latest.fields
    if not evidence.latest.is_object:
        return None
    payload = fields.get("payload")
    inside = payload if isinstance(payload, dict) else {}
    outside = next((name for name in _PARAMETERS if name in fields and name not in inside), None)
    if outside is not None:
        return f"`{outside}` stands beside `model`; every parameter is expected inside `payload`"
    return FINE if "payload" in fields else "the body has no `payload`, inside which every parameter is expected"


def lists_one_model(evidence: Evidence) -> Ruling:
    """A listing says of which model."""
    if "model_id" in evidence.latest.query:
        return FINE
    return "requests of all models are listed; the query parameter `model_id` narrows that to one"


CHECKS = register(
    Check("gmicloud.auth.bearer", "gmicloud.auth.bearer", ("submit", "poll", "list", "models"), shapes.bearer),
    Check(
        "gmicloud.submit.endpoint", "gmicloud.submit.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", _QUEUE, r"/requests/?$"),
    ),
    Check("gmicloud.submit.json-object", "gmicloud.submit.body-shape", SUBMIT, shapes.json_object),
    Check("gmicloud.submit.content-type", "gmicloud.submit.content-type", SUBMIT, shapes.json_label),
    Check("gmicloud.submit.body-shape", "gmicloud.submit.body-shape", SUBMIT, inside_payload),
    Check("gmicloud.submit.model-sent", "gmicloud.submit.model", SUBMIT, shapes.carries("model")),
    Check(
        "gmicloud.submit.no-count-field", "gmicloud.submit.no-count-field", SUBMIT,
        shapes.nothing_invented(at("payload"), _COUNTS, "`payload`"),
    ),
    Check(
        "gmicloud.submit.tier-case", "gmicloud.submit.image-size", SUBMIT,
        shapes.capital_tier(at("payload", "image_size"), "payload.image_size"), doubt=shapes.CASE_DOUBT,
    ),
    Check(
        "gmicloud.poll.endpoint", "gmicloud.poll.endpoint", ("poll", ""),
        shapes.misdirected("poll", "GET", f"{_QUEUE}/{{request_id}}", r"/requests?/[^/]+/?(status/?)?$"),
    ),
    Check("gmicloud.poll.id", "gmicloud.poll.id", polls.POLL, polls.submitted_id),
    Check("gmicloud.poll.stop-at-end", "gmicloud.poll.statuses", polls.POLL, polls.stops, once_per_job=True),
    Check(
        "gmicloud.poll.not-once-more", "gmicloud.poll.statuses", polls.POLL, polls.asks_no_more, once_per_job=True,
        doubt=polls.ASKED_AGAIN,
    ),
    Check("gmicloud.list.model-filter", "gmicloud.list.model-filter", ("list",), lists_one_model),
)  # fmt: skip
