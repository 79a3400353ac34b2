"""3D AI Studio: generate and edit, polled at one status path, every path with its trailing slash."""

from collections.abc import Mapping
from typing import Any

from ..calls import Call
from ..dates import iso_microseconds, iso_seconds
from ..jobs import ImageOrder, Job, State
from ..problems import Problem, shown
from ..references import BadReference, Reference, decode_data_uri
from ..replies import Reply
from ..seeds import draw
from ..sizes import RATIOS, nearest_ratio, pixels
from .base import Provider

_MODEL = "gemini-3-pro-image"
_ALL_BUT_DONE = 0.9  # share of a job after which the reading `reaches-100` shows full progress
_PER_MINUTE = 3


class ThreeDai(Provider):
    """Handlers of specs/threedai/openapi.yaml."""

    def generate(self, call: Call) -> Reply:
        """Accept a job from text."""
        return self._accept(call, None)

    def edit(self, call: Call) -> Reply:
        """Accept a job from images and text."""
        return self._accept(call, call.inspected[0])

    def inspect(self, call: Call) -> list[Reference]:
        """The source images of an edit."""
        uris = call.data["images"] if call.operation.id == "edit" else []
        return [_decode(call, index, uri) for index, uri in enumerate(uris)]

    def poll(self, call: Call) -> Reply:
        """The task as it stands."""
        job = call.job(call.params["task_id"])
        state = call.poll(job)
        if self._is_forgotten(call, job):
            call.refuse("job-unknown", rule="threedai.media.expired-task", id=call.params["task_id"])
        status: dict[str, Any] = {"status": _status(call, state), "progress": _progress(call, state)}
        if state.phase == "succeeded":
            status["results"] = self._results(call, job)
        elif call.choice("pending-results") != "absent":
            status["results"] = [] if call.choice("pending-results") == "empty" else None
        return Reply(200, status | _reason(call, state))

    def get_wallet(self, call: Call) -> Reply:
        """The credits left."""
        return Reply(200, {"balance": f"{call.tenant.wallets[self.name].balance(call.now):.2f}"})

    def unmatched(self, method: str, path: str, choices: Mapping[str, str]) -> Reply | None:
        """Knob: send a path without its slash to the one with it."""
        if choices["missing-slash"] == "redirect" and not path.endswith("/") and self.router.knows(f"{path}/"):
            last = path.rpartition("/")[2]
            return Reply(301, b"", "text/html", {"Location": f"{last}/"})  # relative: we may be served under a prefix
        return None

    def rate_limit(self, role: str, choices: Mapping[str, str]) -> int | None:
        """Knob: three requests a minute, submits alone or polls too."""
        limited = {"three-per-minute": ("submit",), "counting-polls": ("submit", "poll")}
        if role in limited.get(choices["rate-limit"], ()):
            return _PER_MINUTE
        return super().rate_limit(role, choices)

    def adapt_error(self, problem: Problem, reply: Reply, choices: Mapping[str, str]) -> Reply:
        """Knob: messages under the name of each invalid field."""
        field = problem.facts.get("field")
        if field and reply.status == 400 and choices["validation-body"] == "field-map":
            reply.body = {field.partition("[")[0]: [problem.facts.get("reason", "This value is not valid.")]}
        return reply

    def _accept(self, call: Call, source: Reference | None) -> Reply:
        data = call.data
        tier = data.get("resolution", "1K")
        ratio = data.get("aspect_ratio", "auto")
        if ratio == "auto":
            ratio = _auto_ratio(call, source)
        width, height = pixels(ratio, tier)
        count, form = int(data.get("num_images", 1)), data.get("output_format", "png")
        job = call.submit(ImageOrder(data["prompt"], tier, width, height, count, form), model=_MODEL)
        written = iso_seconds if call.choice("created-at") == "seconds" else iso_microseconds
        return Reply(200, {"task_id": self.public_id(job.hex), "created_at": written(job.submitted)})

    def _is_forgotten(self, call: Call, job: Job) -> bool:
        life = self.spec.behaviour.media_life
        return call.choice("expired-task") == "not-found" and call.now >= job.expiry(life)

    def _results(self, call: Call, job: Job) -> list[dict[str, str]]:
        spread = call.choice("asset-hosts") == "different"
        fields = {
            "asset_url": call.media_urls(job, "asset_url"),
            "asset": call.media_urls(job, "asset", alternate_host=spread),
            "asset_type": ["IMAGE"] * job.order.count,
            "thumbnail": call.media_urls(job, "thumbnail", alternate_host=spread),
        }
        dropped = {"asset-only": "asset_url", "asset-url-only": "asset"}.get(call.choice("asset-fields"))
        if dropped:
            del fields[dropped]
        return [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]


def _decode(call: Call, index: int, uri: str) -> Reference:
    try:
        return decode_data_uri(uri, max_bytes=call.provider.spec.behaviour.body_limit)
    except BadReference as error:
        call.refuse(
            "parameter-invalid", rule="threedai.edit.image-data", field=f"images[{index}]", value=shown(uri),
            reason=str(error),
        )  # fmt: skip


def _auto_ratio(call: Call, source: Reference | None) -> str:
    if source is not None:
        return nearest_ratio(source.width, source.height, tuple(RATIOS))
    if call.choice("auto-ratio") == "square":
        return "1:1"
    ratios = list(RATIOS)
    return ratios[int(draw(call.uuid(call.data["prompt"]), "auto-ratio") * len(ratios))]


def _status(call: Call, state: State) -> str:
    if state.terminal and state.phase != "succeeded":
        return call.choice("failed-status").upper()
    if not state.terminal and call.choice("pending-status") == "queued":
        return "QUEUED"
    return call.provider.spec.behaviour.states[state.phase]


def _progress(call: Call, state: State) -> int:
    if state.phase == "succeeded":
        return 100
    if call.choice("pending-progress") == "reaches-100" and state.progress >= _ALL_BUT_DONE:
        return 100
    return min(99, int(state.progress * 100))


def _reason(call: Call, state: State) -> dict[str, str | None]:
    shown_when = call.choice("failure-reason")
    if state.terminal and state.phase != "succeeded" and shown_when != "absent":
        return {"failure_reason": call.failure(state).message}
    return {"failure_reason": None} if shown_when == "always" else {}


PROVIDER = ThreeDai
