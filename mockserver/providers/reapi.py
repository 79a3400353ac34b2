"""reAPI: submit and poll over two channels, errors by five-digit code."""

from collections.abc import Mapping
from typing import Any

from ..calls import Call
from ..jobs import ImageOrder, Job, State
from ..problems import Problem, shown
from ..references import is_public_host
from ..replies import Reply
from ..sizes import RATIOS, nearest_ratio, pixels
from .base import Provider

_LONGEST_PROMPT = 4000  # code points, under the knob `prompt-limit`


class Reapi(Provider):
    """Handlers of specs/reapi/openapi.yaml."""

    def submit(self, call: Call) -> Reply:
        """Accept a job."""
        data = call.data
        _check_prompt(call, data["prompt"])
        _check_references(call, data.get("image_urls") or [])
        tier = data.get("resolution", "1K").upper()
        width, height = _size(call, data, tier)
        order = ImageOrder(data["prompt"], tier, width, height, int(data.get("n", 1)))
        job = call.submit(order, model=data["model"])
        task = self._task(call, job, "processing")
        if call.choice("submit-output") == "null":
            task |= {"output": None, "error": None}
        return Reply(200, task)

    def poll(self, call: Call) -> Reply:
        """The task as it stands."""
        job = call.job(call.params["id"])
        state = call.poll(job)
        if state.phase == "succeeded":
            task = self._task(call, job, "completed")
            return Reply(200, task | {"output": {"image_urls": call.media_urls(job)}, "error": None})
        if state.terminal:
            return Reply(200, self._failed(call, job, state))
        waiting = state.phase == "queued" and call.choice("extra-status") == "queued"
        task = self._task(call, job, "queued" if waiting else "processing")
        if call.choice("processing-output") == "null":
            task |= {"output": None, "error": None}
        return Reply(200, task)

    def get_balance(self, call: Call) -> Reply:
        """The credits left."""
        return Reply(200, {"balance": int(call.tenant.wallets[self.name].balance(call.now))})

    def adapt_error(self, problem: Problem, reply: Reply, choices: Mapping[str, str]) -> Reply:
        """Knobs: every error with status 200, or without request id."""
        if choices["error-request-id"] == "absent":
            reply.body["error"].pop("request_id", None)
        if choices["error-status"] == "always-200":
            reply.status = 200
        return reply

    def _task(self, call: Call, job: Job, status: str) -> dict[str, Any]:
        public_id = self.public_id(job.hex)
        task = {"id": public_id, "model": job.model, "status": status, "created_at": int(job.submitted)}
        if call.choice("task-id") == "both":
            task["task_id"] = public_id
        return task

    def _failed(self, call: Call, job: Job, state: State) -> dict[str, Any]:
        failure = call.failure(state)
        error = {"code": failure.code, "message": failure.message}
        if call.choice("failed-request-id") == "present":
            error["request_id"] = self.public_id(job.hex, "request")
        task = self._task(call, job, "failed")
        if call.choice("failed-output") == "null":
            task["output"] = None
        return task | {"error": error}


def _check_prompt(call: Call, prompt: str) -> None:
    if call.choice("prompt-limit") == "4000" and len(prompt) > _LONGEST_PROMPT:
        call.refuse(
            "parameter-invalid", rule="reapi.submit.prompt-limit", field="prompt", value=shown(prompt),
            reason=f"must have at most {_LONGEST_PROMPT} characters",
        )  # fmt: skip


def _check_references(call: Call, urls: list[str]) -> None:
    if call.choice("reference-hosts") == "any":
        return
    for index, url in enumerate(urls):
        if not is_public_host(url):
            call.refuse(
                "parameter-invalid", rule="reapi.submit.references-public", field=f"image_urls[{index}]",
                value=shown(url), reason="must be a public http(s) URL",
            )  # fmt: skip


def _size(call: Call, data: Mapping[str, Any], tier: str) -> tuple[int, int]:
    ratio = data.get("size")
    references = data.get("image_urls")
    if ratio is None and references:
        first = call.reference(references[0])
        if call.choice("inherited-size") == "pixels":
            return first.width, first.height
        ratio = nearest_ratio(first.width, first.height, tuple(RATIOS))
    return pixels(ratio or "1:1", tier)


PROVIDER = Reapi
