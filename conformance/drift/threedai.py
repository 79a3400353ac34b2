"""3D AI Studio: what the document promises of its server."""

from functools import partial
from typing import Final

from . import common
from .common import NO_TYPE, UNSEEN
from .judges import is_json, labelled, says, shape
from .picture_judges import as_many, exact_pixels, is_image, opened, ratio, tier
from .record import Order, Probe, Sheet
from .task_judges import final, price

_check, _free = partial(common.check, "threedai"), partial(common.free, "threedai")
_PROMPT: Final = "a red cube on a white table"
_RESULTS: Final = "results[]"
_URLS: Final = "results[].asset_url results[].asset results[].thumbnail"


def _body(**fields: object) -> dict[str, object]:
    return {"prompt": _PROMPT, **fields}


SHEET: Final = Sheet(
    provider="threedai",
    missing={"resolution": "1K"},
    images="results[].asset_url",
    orders=(
        Order("a picture in 16:9", "generate", _body(aspect_ratio="16:9", resolution="1K", output_format="png"),
              "1K", "16:9", "png"),
        Order("two tall JPEGs in 2K", "generate",
              _body(aspect_ratio="2:3", resolution="2K", output_format="jpeg", num_images=2), "2K", "2:3", "jpeg", 2),
        Order("a square WebP in 4K", "generate", _body(aspect_ratio="1:1", resolution="4K", output_format="webp"),
              "4K", "1:1", "webp"),
    ),
    probes=(
        Probe("missing-prompt", "generate", "threedai.error.validation-failed", problem="parameter-missing",
              status=400, body={"resolution": "1K"}),
        Probe("unlisted-ratio", "generate", "threedai.error.validation-failed", problem="parameter-invalid",
              status=400, body=_body(aspect_ratio="7:3")),
        Probe("missing-images", "edit", "threedai.error.validation-failed", problem="parameter-missing",
              status=400, body=_body(resolution="1K")),
    ),
    checks=(
        _free("error-missing", "error.validation-failed", says("missing-prompt", None, "validation_failed")),
        _free("error-invalid", "error.validation-failed", says("unlisted-ratio", None, "validation_failed")),
        _check("submit-json", "submit.answer-shape", is_json("submit")),
        _check("submit-answer", "submit.answer-shape", shape("submit", present="task_id created_at")),
        _check("submit-id", "submit.task-id-shape", shape("submit", form="task_id"), level="SHOULD"),
        _check("submit-created-at", "submit.created-at", shape("submit", form="created_at")),
        _check("poll-json", "poll.endpoint", is_json("poll")),
        _check("poll-labelled", "poll.endpoint", labelled("poll"), level="SHOULD", why=NO_TYPE),
        _check("poll-status", "poll.finished", shape("poll", present="status")),
        _check("poll-finished", "poll.finished-shape", shape(
            "succeeded", present="progress results", form="progress results",
        )),
        _check("poll-result", "poll.result-shape", shape(
            "succeeded", present=f"{_URLS} results[].asset_type", form="results[] results[].asset_type",
        )),
        _check("end-final", "poll.finished", final()),
        _check("price", "price.per-image", price({"1K": 50, "2K": 50, "4K": 80}),
               why="Budgets and quotes made by the document are wrong."),
        _check("result-count", "poll.result-per-image", as_many(_RESULTS)),
        _check("result-open", "media.life", opened(), why=UNSEEN),
        _check("result-location", "media.file-names", shape("succeeded", form=_URLS), level="SHOULD"),
        _check("result-format", "submit.output-format", is_image()),
        _check("result-ratio", "submit.aspect-ratio", ratio()),
        _check("result-tier", "submit.resolution", tier()),
        _check("result-pixels", "media.pixels", exact_pixels()),
    ),
)  # fmt: skip
