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
    Check(
        "gmicloud.auth.bearer", "gmicloud.auth.bearer", ("submit", "poll", "list", "models"), shapes.bearer,
        why="Without the key in the place where it is looked for, every request is refused.",
    ),
    Check(
        "gmicloud.submit.endpoint", "gmicloud.submit.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", _QUEUE, r"/requests/?$"),
        why="An order that goes to another path is answered with 404, and no image comes.",
    ),
    Check(
        "gmicloud.submit.json-object", "gmicloud.submit.body-shape", SUBMIT, shapes.json_object,
        why="A body that is no JSON object cannot be read, and no image comes.",
    ),
    Check(
        "gmicloud.submit.content-type", "gmicloud.submit.content-type", SUBMIT, shapes.json_label,
        why="Without its label the JSON may be taken for a form, and the order is refused.",
    ),
    Check(
        "gmicloud.submit.body-shape", "gmicloud.submit.body-shape", SUBMIT, inside_payload,
        why="A parameter beside `payload` is passed over: the picture is paid for and has nothing of what was asked.",
    ),
    Check(
        "gmicloud.submit.model-sent", "gmicloud.submit.model", SUBMIT, shapes.carries("model"),
        why="The queue serves many models; without a name it cannot know which one is meant.",
    ),
    Check(
        "gmicloud.submit.no-count-field", "gmicloud.submit.no-count-field", SUBMIT,
        shapes.nothing_invented(at("payload"), _COUNTS, "`payload`"),
        why="A number that the provider passes over brings one image where four were asked for, and no error.",
    ),
    Check(
        "gmicloud.submit.tier-case", "gmicloud.submit.image-size", SUBMIT,
        shapes.capital_tier(at("payload", "image_size"), "payload.image_size"), doubt=shapes.CASE_DOUBT,
        why="`2k` is not in the list, so the order is refused, although what is meant is plain.",
    ),
    Check(
        "gmicloud.poll.endpoint", "gmicloud.poll.endpoint", ("poll", ""),
        shapes.misdirected("poll", "GET", f"{_QUEUE}/{{request_id}}", r"/requests?/[^/]+/?(status/?)?$"),
        why="A poll that goes to another path never finds the image, which is paid for.",
    ),
    Check(
        "gmicloud.poll.id", "gmicloud.poll.id", polls.POLL, polls.submitted_id,
        why="An id that was altered on the way is known to nobody: the image is made, paid for and lost.",
    ),
    Check(
        "gmicloud.poll.stop-at-end", "gmicloud.poll.statuses", polls.POLL, polls.stops, once_per_job=True,
        why="A client that goes on asking after the end never returns, and looks like an attack.",
    ),
    Check(
        "gmicloud.poll.not-once-more", "gmicloud.poll.statuses", polls.POLL, polls.asks_no_more, once_per_job=True,
        doubt=polls.ASKED_AGAIN,
        why="What has ended does not change; another poll makes the caller wait for nothing.",
    ),
    Check(
        "gmicloud.list.model-filter", "gmicloud.list.model-filter", ("list",), lists_one_model,
        why="Without the filter the jobs of other models fill the list and hide what was looked for.",
    ),
)  # fmt: skip
