"""1min.ai: what the document promises of its server."""

from functools import partial
from typing import Any, Final

from . import common
from .common import NO_TYPE, UNSEEN
from .evidence import Answer, Life
from .fields import values
from .judges import each_answer, each_value, echo, is_json, labelled, shape
from .picture_judges import is_image, opened, tier
from .record import Order, Probe, Sheet

_check, _free = partial(common.check, "onemin"), partial(common.free, "onemin")
_MODEL: Final = "gemini-3-pro-image-preview"
_PROMPT: Final = "a red cube on a white table"
_RECORD: Final = " ".join(
    f"aiRecord.{name}"
    for name in ("uuid", "userId", "teamId", "model", "type", "status", "createdAt", "aiRecordDetail", "temporaryUrl")
)
_DETAIL: Final = "aiRecord.aiRecordDetail"


def _body(size: str) -> dict[str, object]:
    options = {"prompt": _PROMPT, "imageSize": size, "temperature": 1.0, "topP": 0.95}
    return {"type": "IMAGE_GENERATOR", "model": _MODEL, "promptObject": options}


def _array(value: Any) -> str | None:
    return None if isinstance(value, list) else f"`{_DETAIL}.resultObject` is no array but {value!r}"


def _success(answer: Answer, life: Life | None) -> str | None:
    """A record with an image that does not say so."""
    status = next(iter(values(answer.data, "aiRecord.status")), "SUCCESS")
    has_image = bool(values(answer.data, "aiRecord.temporaryUrl"))
    return f"`aiRecord.status` is {status!r} although there is an image" if has_image and status != "SUCCESS" else None


SHEET: Final = Sheet(
    provider="onemin",
    missing={"type": "IMAGE_GENERATOR", "model": _MODEL},
    images="aiRecord.temporaryUrl",
    orders=(
        Order("a picture in 1K", "create_feature", _body("1K"), "1K", None, "png"),
        Order("a picture in 2K", "create_feature", _body("2K"), "2K", None, "png"),
        Order("a picture in 4K", "create_feature", _body("4K"), "4K", None, "png"),
    ),
    probes=(
        Probe("missing-prompt-object", "create_feature", "onemin.submit.body", problem="parameter-missing",
              body={"type": "IMAGE_GENERATOR", "model": _MODEL}),
        Probe("missing-prompt", "create_feature", "onemin.submit.prompt", problem="parameter-missing",
              body={"type": "IMAGE_GENERATOR", "model": _MODEL, "promptObject": {"imageSize": "1K"}}),
        Probe("unlisted-size", "create_feature", "onemin.submit.image-size-values", problem="parameter-invalid",
              body=_body("8K")),
    ),
    checks=(
        _free("error-envelope", "error.envelope", shape("refusals", present="*", form="*", error=True)),
        _check("answer-json", "record.shape", is_json("submit")),
        _check("answer-labelled", "record.shape", labelled("submit"), level="SHOULD", why=NO_TYPE),
        _check("record", "record.shape", shape(
            "submit", present=f"aiRecord {_RECORD} {_DETAIL}.promptObject {_DETAIL}.resultObject",
            form="aiRecord aiRecord.aiRecordDetail",
        )),
        _check("record-uuid", "record.uuid", shape("submit", form="aiRecord.uuid"), level="SHOULD"),
        _check("record-owner", "record.owner", shape("submit", form="aiRecord.userId aiRecord.teamId")),
        _check("record-created-at", "record.created-at", shape("submit", form="aiRecord.createdAt")),
        _check("record-status", "record.status", each_answer("submit", _success)),
        _check("record-type", "record.echo", echo("submit", "aiRecord.type", "type")),
        _check("record-model", "record.echo", echo("submit", "aiRecord.model", "model")),
        _check("record-prompt", "record.echo", echo("submit", f"{_DETAIL}.promptObject", "promptObject", part=True)),
        _check("result-object", "record.result-object", each_value("submit", f"{_DETAIL}.resultObject", _array)),
        _check("storage-key", "media.storage-key", shape("submit", form=f"{_DETAIL}.resultObject[]"), level="SHOULD"),
        _check("temporary-url", "media.store", shape("submit", form="aiRecord.temporaryUrl"), level="SHOULD"),
        _check("result-open", "media.temporary-url", opened(), why=UNSEEN),
        _check("result-format", "media.format", is_image(["png"])),
        _check("result-tier", "submit.image-size-values", tier()),
    ),
)  # fmt: skip
