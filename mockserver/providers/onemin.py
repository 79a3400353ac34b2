"""1min.ai: one synchronous feature call, whose result is a presigned URL beside a storage key."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from ..calls import Call
from ..dates import iso_milliseconds
from ..jobs import ImageOrder, Job, State
from ..replies import Deferred, Reply
from ..seeds import as_uuid, identify
from ..sizes import pixels
from .base import Provider

_DOC_LIKE = str.maketrans("abcdef", "ghijkl")
_LONGEST_SLUG = 40
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9._-]+")


class OneMin(Provider):
    """Handlers of specs/onemin/openapi.yaml."""

    def create_feature(self, call: Call) -> Deferred:
        """Answer with the record when the image is done."""
        wanted = call.data["promptObject"]
        if "imageSize" not in wanted:
            _judge_absent_size(call)
        tier = wanted.get("imageSize", "1K")
        width, height = pixels("1:1", tier)
        count = 2 if call.choice("result-count") == "several" else 1
        order = ImageOrder(wanted["prompt"], tier, width, height, count)
        job = call.submit(order, model=call.data["model"], paid_images=1)

        async def answer(state: State) -> Reply:
            return Reply(200, self._record(call, job, state, wanted))

        return call.defer(job, answer)

    def list_models(self, call: Call) -> Reply:
        """The models of a feature; there is one, of one feature."""
        schema = self.spec.openapi["components"]["schemas"]["FeatureRequest"]["properties"]
        fits = call.query.get("feature", schema["type"]["const"]) == schema["type"]["const"]
        return Reply(200, {"models": [{"modelId": schema["model"]["const"]}] if fits else []})

    def upload_asset(self, call: Call) -> Reply:
        """Take a file; its key is all that comes back."""
        name, content = _uploaded_file(call)
        stem, dot, suffix = name.rpartition(".")
        digest = identify(call.tenant.seed, content)
        key = f"development/images/{_stamp(call.now)}_001_{stem or name}_{digest}{dot}{suffix if dot else ''}"
        return Reply(200, {"asset": {"key": key}, "fileContent": {"path": key}})

    def media_values(self, job: Job, choices: Mapping[str, str]) -> Mapping[str, str]:
        """The time and the words of the storage key."""
        words = re.findall(r"[a-z0-9]+", job.order.prompt.lower())
        slug = "_".join(words)[:_LONGEST_SLUG].strip("_") or "image"
        return {"stamp": _stamp(job.end()[0]), "slug": slug}

    def signed_life(self, choices: Mapping[str, str]) -> int:
        """Reading: how long `temporaryUrl` holds."""
        return int(choices["url-life"])

    def _record(self, call: Call, job: Job, state: State, wanted: Mapping[str, Any]) -> dict[str, Any]:
        succeeded = state.phase == "succeeded" and state.reason == ""
        keys = [path.partition("/")[2] for path in call.media_paths(job)] if succeeded else []
        as_string = bool(keys) and call.choice("result-object") == "string"
        record: dict[str, Any] = {
            "uuid": self._uuid(call, job),
            "userId": f"user-{call.tenant.tag}",
            "teamId": f"team-{call.tenant.tag}",
            "model": job.model,
            "type": call.data["type"],
            "status": _status(call, state),
            "createdAt": iso_milliseconds(job.submitted),
            "aiRecordDetail": {"promptObject": wanted, "resultObject": keys[0] if as_string else keys},
        }
        if succeeded:
            record["temporaryUrl"] = call.media_urls(job)[0]
            if call.choice("temporary-urls") == "present":
                record["temporaryUrls"] = [record["temporaryUrl"]]
            return {"aiRecord": record}
        return {"aiRecord": record, "message": call.failure(state).message}

    def _uuid(self, call: Call, job: Job) -> str:
        plain = as_uuid(job.hex)
        return plain if call.choice("record-uuid") == "valid" else plain.translate(_DOC_LIKE)


def _judge_absent_size(call: Call) -> None:
    rule = "onemin.submit.image-size-absent"
    if call.choice("image-size-absent") == "rejected":
        call.refuse(
            "parameter-missing",
            rule=rule,
            field="promptObject.imageSize",
            value="nothing",
            reason="it is required",
        )
    call.note("promptObject.imageSize is absent; taken as 1K", rule)


def _status(call: Call, state: State) -> str:
    if state.phase == "succeeded" or state.reason == "no-image":
        return "SUCCESS"
    return "FAILED" if call.choice("failure-record") == "status-failed" else "PROCESSING"


def _stamp(instant: float) -> str:
    return datetime.fromtimestamp(int(instant), UTC).strftime("%Y_%m_%d_%H_%M_%S")


def _uploaded_file(call: Call) -> tuple[str, bytes]:
    label = call.headers.get("Content-Type", "").encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + label + b"\r\n\r\n" + call.body)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "asset":
            content = part.get_payload(decode=True)
            name = _NOT_IN_KEYS.sub("_", part.get_filename() or "asset").strip("._") or "asset"
            return name, content if isinstance(content, bytes) else b""
    call.refuse(
        "parameter-missing", rule="onemin.assets.upload", field="asset", value="nothing",
        reason="a multipart field named asset is required",
    )  # fmt: skip


PROVIDER = OneMin
