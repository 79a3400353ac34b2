"""GMI Cloud's request queue: records that echo their payload, and conversations that go on from turn to turn."""

from collections.abc import Mapping
from typing import Any

import orjson

from ..calls import Call
from ..jobs import ImageOrder, Job, State
from ..problems import Problem, shown
from ..references import BadReference, decode_data_uri, is_public_host
from ..replies import Deferred, Reply
from ..sizes import pixels
from .base import Provider
from .gmicloud_turns import last_instruction, next_turns, without_empty_parts

_INLINE_LIMIT = 7 * 1024 * 1024  # bytes
_STAND_IN = "https://inline.invalid/"  # what the schema sees instead of a data URI that a knob lets in


class GmiCloud(Provider):
    """Handlers of specs/gmicloud/openapi.yaml."""

    def submit(self, call: Call) -> Reply | Deferred:
        """Queue a request."""
        payload = call.data["payload"]
        if payload.get("contents"):
            prompt = _instruction(call, payload["contents"])
        else:
            prompt = payload["prompt"]
            _check_hosts(call, payload.get("image", []))
        tier = payload.get("image_size", "1K")
        width, height = pixels(payload.get("aspect_ratio", "1:1"), tier)
        count = 2 if call.choice("media-urls") == "several" else 1
        order = ImageOrder(prompt, tier, width, height, count, payload.get("image_output_format", "png"))
        job = call.submit(order, model=call.data["model"], payload=call.body, paid_images=1)
        self._refuse_moderated(call, job)
        if call.choice("delivery") == "sync":
            return call.defer(job, lambda state: self._finished(call, job, state))
        status = "created" if call.choice("extra-statuses") == "on" else "queued"
        return Reply(200, self._head(job, status, job.submitted))

    def poll(self, call: Call) -> Reply:
        """The record of a request."""
        job = call.job(call.params["request_id"])
        record = self._record(call, job, call.poll(job))
        if call.choice("trailing-comma") == "on" and record["status"] == "success":
            return Reply(200, _with_trailing_comma(record))
        return Reply(200, record)

    def list_requests(self, call: Call) -> Reply:
        """Requests of the account, newest first."""
        jobs = [job for job in reversed(call.jobs()) if call.query.get("model_id", job.model) == job.model]
        offset, limit = int(call.query.get("offset", 0)), int(call.query.get("limit", 20))
        page = jobs[offset : offset + limit]
        records = [self._record(call, job, job.state(call.now)) for job in page]
        return Reply(200, {"requests": records, "total": len(jobs), "has_more": offset + limit < len(jobs)})

    def cancel(self, call: Call) -> Reply:
        """Cancel a request that has not finished."""
        job = call.job(call.params["request_id"])
        return Reply(200, self._record(call, job, call.cancel(job)))

    def list_models(self, call: Call) -> Reply:
        """The ids of the models."""
        return Reply(200, {"model_ids": self._models()})

    def get_model(self, call: Call) -> Reply:
        """One model and the fields of its payload."""
        model = call.params["model_id"]
        if model not in self._models():
            call.refuse("model-unknown", value=model)
        detail: dict[str, Any] = {
            "model": model,
            "brief_description": "Image generation and editing.",
            "detailed_description": "Images from text, reference images and conversations, up to 4K.",
            "parameters": self._parameters(),
        }
        if call.choice("delivery") == "sync":
            detail["delivery_mode"] = "sync"
        return Reply(200, detail)

    def prepare(self, data: Any, choices: Mapping[str, str]) -> Any:
        """Knob: data URIs that hold an image pass as references."""
        payload = data.get("payload") if isinstance(data, dict) else None
        if choices["data-uris"] == "accepted" and isinstance(payload, dict):
            image = payload.get("image")
            images = image if isinstance(image, list) else [image]
            stand_ins = [_STAND_IN if _is_inline_image(entry) else entry for entry in images]
            if stand_ins != images:
                return {**data, "payload": {**payload, "image": stand_ins}}
        return data

    def adapt_error(self, problem: Problem, reply: Reply, choices: Mapping[str, str]) -> Reply:
        """Readings: errors as bare text or as a page; a refusal by the moderation names its request."""
        if "request_id" in problem.facts:
            reply.body["request_id"] = problem.facts["request_id"]
        text = reply.body["error"] if isinstance(reply.body.get("error"), str) else ""
        if choices["error-body"] == "plain-text":
            return Reply(reply.status, text.encode(), "text/plain", reply.headers)
        if choices["error-body"] == "html":
            page = f"<html><head><title>{reply.status}</title></head><body><p>{_escape(text)}</p></body></html>"
            return Reply(reply.status, page.encode(), "text/html", reply.headers)
        return reply

    def media_values(self, job: Job, choices: Mapping[str, str]) -> Mapping[str, str]:
        """Reading: the suffix of the example, whatever the format."""
        return {"ext": "jpg"} if choices["media-suffix"] == "always-jpg" else {}

    def signed_life(self, choices: Mapping[str, str]) -> int | None:
        """Reading: signed result URLs."""
        life: int = self.spec.behaviour.raw["media"]["signed_life"]
        return life if choices["media-url"] == "signed" else None

    async def _finished(self, call: Call, job: Job, state: State) -> Reply:
        return Reply(200, self._record(call, job, state))

    def _refuse_moderated(self, call: Call, job: Job) -> None:
        if job.plan.ending != "moderated-prompt" or call.choice("moderated-submit") == "record":
            return
        call.tenant.end_job(job, "moderated-prompt")
        message = self.spec.behaviour.failures["moderated-prompt"].message
        raise Problem("parameter-invalid", message=message, request_id=self.public_id(job.hex))

    def _head(self, job: Job, status: str, updated: float) -> dict[str, Any]:
        created = int(job.submitted)
        times = {"created_at": created, "updated_at": int(updated), "queued_at": created}
        return {"request_id": self.public_id(job.hex), "model": job.model, "status": status, **times}

    def _record(self, call: Call, job: Job, state: State) -> dict[str, Any]:
        payload = orjson.loads(job.payload or b"{}")["payload"]
        record = {**self._head(job, self._status(call, state), state.since), "payload": payload}
        if state.phase == "succeeded":
            record["outcome"] = self._outcome(call, job, payload)
        elif state.phase == "failed":
            record |= _failed(call, state)
        elif call.choice("pending-outcome") == "null":
            record["outcome"] = None
        return record

    def _status(self, call: Call, state: State) -> str:
        if call.choice("extra-statuses") == "on":
            if state.phase == "queued":
                return "created"
            if state.phase == "running" and state.progress < 0.5:
                return "dispatched"
        return self.spec.behaviour.states[state.phase]

    def _outcome(self, call: Call, job: Job, payload: Mapping[str, Any]) -> dict[str, Any]:
        urls = call.media_urls(job)
        outcome: dict[str, Any] = {"media_urls": [{"id": str(index), "url": url} for index, url in enumerate(urls)]}
        if payload.get("contents") or call.choice("next-turn-contents") == "always":
            uris = [f"gs://{path}" for path in call.media_paths(job)]
            mime = f"image/{job.order.format}"
            outcome["next_turn_contents"] = next_turns(payload, uris, mime, lambda url: call.reference(url).mime)
        return outcome

    def _models(self) -> list[str]:
        models: list[str] = self.spec.openapi["components"]["schemas"]["Model"]["enum"]
        return models

    def _parameters(self) -> list[dict[str, Any]]:
        schema = self.spec.openapi["components"]["schemas"]["Payload"]
        return [
            {"name": name, "type": _type_name(field["type"]), "required": name == "prompt"}
            for name, field in schema["properties"].items()
        ]


def _instruction(call: Call, contents: list[dict[str, Any]]) -> str:
    field = f"payload.contents[{len(contents) - 1}]"
    if contents[-1]["role"] != "user":
        call.refuse(
            "parameter-invalid", rule="gmicloud.contents.last-turn-user", field=f"{field}.role",
            value=shown(contents[-1]["role"]), reason="the last turn must be the user's",
        )  # fmt: skip
    if not without_empty_parts(contents[-1])["parts"]:
        call.refuse(
            "parameter-invalid", rule="gmicloud.contents.last-turn-not-empty", field=f"{field}.parts",
            value=shown(contents[-1]["parts"]), reason="the last turn must hold an instruction or an image",
        )  # fmt: skip
    return last_instruction(contents)


def _check_hosts(call: Call, image: str | list[str]) -> None:
    if call.choice("reference-hosts") == "any":
        return
    for index, url in enumerate([image] if isinstance(image, str) else image):
        if not url.startswith("data:") and not is_public_host(url):
            call.refuse(
                "parameter-invalid", rule="gmicloud.submit.reference-hosts", field=f"payload.image[{index}]",
                value=shown(url), reason="a reference must be a public http(s) URL",
            )  # fmt: skip


def _is_inline_image(entry: Any) -> bool:
    if not isinstance(entry, str) or not entry.startswith("data:") or len(entry) > _INLINE_LIMIT * 4 // 3:
        return False
    try:
        decode_data_uri(entry)
    except BadReference:
        return False
    return True


def _failed(call: Call, state: State) -> dict[str, Any]:
    failure = call.failure(state)
    if call.choice("failure-shape") == "top-level":
        return {"outcome": None, "error": failure.message}
    word = call.provider.spec.behaviour.raw["failures"][failure.reason]["status"]
    return {"outcome": {"error": {"code": failure.code, "message": failure.message, "status": word}}}


def _with_trailing_comma(record: Mapping[str, Any]) -> bytes:
    urls = orjson.dumps(record["outcome"]["media_urls"])
    return orjson.dumps(record).replace(urls, urls[:-1] + b",]")


def _type_name(declared: str | list[str]) -> str:
    return declared if isinstance(declared, str) else "/".join(declared)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


PROVIDER = GmiCloud
