"""GMI Cloud: what the document promises of its server."""

from functools import partial
from typing import Final

from . import common
from .common import NO_TYPE, UNSEEN
from .judges import echo, is_json, labelled, same, shape
from .picture_judges import exact_pixels, is_image, opened, ratio, tier
from .record import Order, Probe, Sheet
from .task_judges import final, known_words

_check, _free = partial(common.check, "gmicloud"), partial(common.free, "gmicloud")
_MODEL: Final = "gemini-3-pro-image-preview"
_PROMPT: Final = "a red cube on a white table"
_URLS: Final = "outcome.media_urls[].url"
_TIMES: Final = "created_at updated_at queued_at"


def _body(**fields: object) -> dict[str, object]:
    return {"model": _MODEL, "payload": {"prompt": _PROMPT, **fields}}


SHEET: Final = Sheet(
    provider="gmicloud",
    missing={"model": _MODEL, "payload": {"image_size": "1K"}},
    params={"model_id": _MODEL},
    images=_URLS,
    orders=(
        Order("a picture in 4:5", "submit", _body(image_size="1K", aspect_ratio="4:5"), "1K", "4:5", "png", None),
        Order("a wide JPEG in 2K", "submit",
              _body(image_size="2K", aspect_ratio="21:9", image_output_format="jpeg"), "2K", "21:9", "jpeg", None),
        Order("a tall picture in 4K", "submit", _body(image_size="4K", aspect_ratio="9:16"), "4K", "9:16", "png", None),
    ),
    probes=(
        Probe("missing-prompt", "submit", "gmicloud.submit.prompt-or-contents", problem="parameter-missing",
              body={"model": _MODEL, "payload": {"image_size": "1K"}}),
        Probe("unlisted-ratio", "submit", "gmicloud.submit.aspect-ratio", problem="parameter-invalid",
              body=_body(aspect_ratio="7:3")),
        Probe("long-prompt", "submit", "gmicloud.submit.prompt-limit", problem="parameter-invalid",
              body={"model": _MODEL, "payload": {"prompt": "long " * 401}}),
    ),
    checks=(
        _free("models", "models.list-answer", shape("reads", present="model_ids", form="model_ids model_ids[]")),
        _check("submit-json", "submit.answer", is_json("submit")),
        _check("submit-answer", "submit.answer", shape("submit", present=f"request_id model status {_TIMES}")),
        _check("submit-id", "submit.request-id", shape("submit", form="request_id"), level="SHOULD"),
        _check("submit-status", "submit.answer-queued", shape("submit", form="status")),
        _check("submit-times", "submit.times", shape("submit", form=_TIMES)),
        _check("submit-model", "submit.answer", echo("submit", "model", "model")),
        _check("poll-json", "poll.answer", is_json("poll")),
        _check("poll-labelled", "poll.endpoint", labelled("poll"), level="SHOULD", why=NO_TYPE),
        _check("poll-answer", "poll.answer", shape(
            "poll", present=f"request_id model payload {_TIMES}", form="payload",
        )),
        _check("poll-times", "submit.times", shape("poll", form=_TIMES)),
        _check("poll-status", "poll.statuses", known_words()),
        _check("poll-id", "poll.id", same("request_id", "request_id")),
        _check("poll-payload", "poll.payload-echo", echo("poll", "payload", "payload", part=True)),
        _check("poll-success", "result.media-urls", shape(
            "succeeded", present=f"outcome outcome.media_urls {_URLS}", form="outcome outcome.media_urls",
        )),
        _check("poll-media-id", "result.media-id", shape(
            "succeeded", present="outcome.media_urls[].id", form="outcome.media_urls[].id",
        )),
        _check("next-turn", "contents.turns", shape(
            "succeeded", present="outcome.next_turn_contents[]*", form="outcome.next_turn_contents*",
        )),
        _check("end-final", "poll.statuses", final()),
        _check("result-open", "result.media-urls", opened(), why=UNSEEN),
        _check("result-location", "media.path", shape("succeeded", form=_URLS), level="SHOULD"),
        _check("result-image", "submit.output-format", is_image(["png", "jpeg"])),
        _check("result-format", "submit.output-format", is_image(), level="SHOULD"),
        _check("result-ratio", "submit.aspect-ratio", ratio()),
        _check("result-tier", "submit.image-size", tier()),
        _check("result-pixels", "result.pixels", exact_pixels()),
    ),
)  # fmt: skip
