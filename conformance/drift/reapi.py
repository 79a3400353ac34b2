"""reAPI: what the document promises of its server."""

from functools import partial
from typing import Any, Final

from . import common
from .common import NO_TYPE, UNSEEN
from .judges import each_value, echo, is_json, labelled, same, says, shape
from .picture_judges import as_many, exact_pixels, is_image, opened, ratio, tier
from .record import Order, Probe, Sheet
from .task_judges import final, free_polls, known_words, unpaid_failure

_check, _free = partial(common.check, "reapi"), partial(common.free, "reapi")
_MODEL: Final = "gemini-3-pro-image-preview"
_PROMPT: Final = "a red cube on a white table"
_URLS: Final = "output.image_urls[]"


def _body(**fields: object) -> dict[str, object]:
    return {"model": _MODEL, "prompt": _PROMPT, **fields}


def _number(code: Any) -> str | None:
    return None if isinstance(code, int) else f"`error.code` is {code!r}, not a number"


SHEET: Final = Sheet(
    provider="reapi",
    missing={"model": _MODEL},
    images=_URLS,
    orders=(
        Order("a picture in 16:9", "submit", _body(size="16:9", resolution="1K"), "1K", "16:9", "png"),
        Order("two tall pictures in 2K", "submit", _body(size="2:3", resolution="2K", n=2), "2K", "2:3", "png", 2),
        Order("a wide picture in 4K", "submit", _body(size="21:9", resolution="4K"), "4K", "21:9", "png"),
    ),
    probes=(
        Probe("missing-prompt", "submit", "reapi.submit.prompt", problem="parameter-missing", body={"model": _MODEL}),
        Probe(
            "references-without-prompt", "submit", "reapi.error.bad-request", problem="parameter-missing", status=400,
            body={"model": _MODEL, "image_urls": ["https://example.com/photo.jpg"]},
        ),
        Probe(
            "unlisted-size", "submit", "reapi.error.bad-request", problem="parameter-invalid", status=400,
            body=_body(size="7:3"),
        ),
        Probe(
            "unlisted-resolution", "submit", "reapi.submit.resolution", problem="parameter-invalid",
            body=_body(resolution="8K"),
        ),
    ),
    checks=(
        _free("error-envelope", "error.envelope", shape(
            "refusals", present="error error.code error.message error.request_id",
            form="error error.code error.message", error=True,
        )),
        _free("error-request-id", "error.request-id-shape", shape("refusals", form="error.request_id", error=True),
              level="SHOULD"),
        _free("error-invalid-key", "error.key-invalid", says("poll-with-wrong-key", "error.code", 10003, unless=404)),
        _free("error-invalid-value", "error.invalid-value", says("unlisted-resolution", "error.code", 20003)),
        _check("submit-json", "submit.answer-shape", is_json("submit")),
        _check("submit-answer", "submit.answer-shape", shape("submit", present="id model status created_at")),
        _check("submit-id", "submit.id-shape", shape("submit", form="id"), level="SHOULD"),
        _check("submit-status", "submit.answer-status-word", shape("submit", form="status")),
        _check("submit-created-at", "submit.created-at", shape("submit", form="created_at")),
        _check("submit-model", "submit.model-echo", echo("submit", "model", "model")),
        _check("poll-json", "poll.endpoint", is_json("poll")),
        _check("poll-labelled", "poll.endpoint", labelled("poll"), level="SHOULD", why=NO_TYPE),
        _check("poll-status", "poll.statuses", known_words()),
        _check("poll-id", "poll.id", same("id", "id")),
        _check("poll-model", "submit.model-echo", echo("poll", "model", "model")),
        _check("poll-processing", "poll.output-while-processing", shape(
            "pending", present="id model created_at", form="output error",
        )),
        _check("poll-completed", "poll.completed-shape", shape(
            "succeeded", present="id model created_at output output.image_urls error",
            form="output output.image_urls error",
        )),
        _check("poll-failed", "poll.failed-error", shape("failed", present="error error.code", form="error")),
        _check("poll-failed-code", "poll.failed-error", each_value("failed", "error.code", _number)),
        _check("end-final", "poll.stop-at-end", final()),
        _check("polls-free", "poll.free", free_polls()),
        _check("failure-free", "price.failed-free", unpaid_failure()),
        _check("result-count", "submit.count", as_many(_URLS)),
        _check("result-open", "media.life", opened(), why=UNSEEN),
        _check("result-location", "media.location", shape("succeeded", form=_URLS), level="SHOULD"),
        _check("result-format", "media.format", is_image(["png"])),
        _check("result-ratio", "submit.size", ratio()),
        _check("result-tier", "submit.resolution", tier()),
        _check("result-pixels", "media.pixels", exact_pixels()),
    ),
)  # fmt: skip
