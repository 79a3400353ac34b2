"""Every value of every reading and knob: it can be played, and it shows."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from harness import ASYNCHRONOUS, NAMES, Harness, data_uri

from safelight.specs import load

Observer = Callable[[Harness], Any]
Observations = dict[str, tuple[Observer, dict[str, Any]]]

CHOICES = [(name, choice) for name in NAMES for choice in load(name).behaviour.choices.values()]
VALUES = [(name, choice.name, value) for name, choice in CHOICES for value in choice.values]

OUT_OF_SHAPE = {
    "reapi.error-status=always-200",
    "reapi.error-request-id=absent",
    "threedai.validation-body=field-map",
    "threedai.asset-fields=asset-only",
    "threedai.asset-fields=asset-url-only",
    "gmicloud.extra-statuses=on",
    "gmicloud.delivery=sync",
    "gmicloud.trailing-comma=on",
    "tokaify.response-casing=snake",
    "tokaify.null-lists=on",
}
"""The knobs under which some answer is not as the specification describes it. No reading is among them."""


# Playing through


def play_through(mock: Harness, provider: str) -> None:
    """Every way for a job to go, and two refusals, all checked against the specification."""
    _follow(mock, provider)
    for url in _media_urls(mock.poll(provider).json) if provider in ASYNCHRONOUS else ():
        assert mock.fetch(url).content_type in ("image/png", "image/jpeg", "image/webp")
    for ending in load(provider).behaviour.failures:
        mock.submit_ending(provider, ending)
        _end(mock, provider)
    for word in ("safelight:block-prompt", "safelight:block-output"):
        mock.submit(provider, raw=_with_prompt(provider, f"a cat {word}"))
        _end(mock, provider)
    mock.submit(provider, raw=b"{}")
    mock.submit(provider, raw=_with_prompt(provider, 7))


def _follow(mock: Harness, provider: str) -> None:
    mock.submit(provider)
    if provider in ASYNCHRONOUS:
        mock.poll(provider)
        job = mock.newest()
        mock.advance(job.plan.queued)
        mock.poll(provider)
        mock.advance(0.95 * (job.plan.duration - job.plan.queued))
        mock.poll(provider)
        mock.finish()


def _end(mock: Harness, provider: str) -> None:
    mock.finish()
    if provider in ASYNCHRONOUS:
        mock.poll(provider)


def _submit(provider: str) -> Any:
    return next(operation for operation in load(provider).operations if operation.role == "submit")


def _with_prompt(provider: str, prompt: Any) -> bytes:
    return orjson.dumps(
        {
            "reapi": {"model": "gemini-3-pro-image-preview", "prompt": prompt},
            "threedai": {"prompt": prompt},
            "gmicloud": {"model": "gemini-3-pro-image-preview", "payload": {"prompt": prompt}},
            "tokaify": {"contents": [{"parts": [{"text": prompt}]}]},
            "onemin": {
                "type": "IMAGE_GENERATOR",
                "model": "gemini-3-pro-image-preview",
                "promptObject": {"prompt": prompt, "imageSize": "1K"},
            },
        }[provider]
    )


def _media_urls(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _media_urls(item)
    elif isinstance(value, str) and re.match(r"http://(localhost|127\.0\.0\.1):4011/", value):
        yield value


@pytest.mark.parametrize(("provider", "name", "value"), VALUES, ids=[f"{p}.{n}={v}" for p, n, v in VALUES])
def test_every_value_can_be_played_within_the_specification(provider: str, name: str, value: str) -> None:
    with Harness(choices={f"{provider}.{name}": value}) as mock:
        if f"{provider}.{name}={value}" in OUT_OF_SHAPE:
            assert not load(provider).behaviour.choices[name].scored
            with pytest.raises((AssertionError, orjson.JSONDecodeError)):
                play_through(mock, provider)
        else:
            play_through(mock, provider)


# What each value does


def pending(mock: Harness, provider: str, **how: Any) -> Any:
    mock.submit(provider)
    return mock.poll(provider, **how).json


def done(mock: Harness, provider: str, **how: Any) -> Any:
    mock.submit(provider)
    mock.finish()
    return mock.poll(provider, **how).json


def failed(mock: Harness, provider: str, ending: str = "failed", **how: Any) -> Any:
    mock.submit_ending(provider, ending)
    mock.finish()
    return mock.poll(provider, **how).json


def some(body: Any, *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}


def refusal(mock: Harness, provider: str, **how: Any) -> Any:
    return mock.submit(provider, raw=_with_prompt(provider, 7), **how)


def reapi_inherited(mock: Harness) -> Any:
    """The size of a 2K picture whose reference is a 1K one of our own, 16:9."""
    model = "gemini-3-pro-image-preview"
    mock.send("reapi", "POST", _submit("reapi").path, {"model": model, "prompt": "a", "size": "16:9"})
    mock.finish()
    urls = mock.poll("reapi").json["output"]["image_urls"]
    body = {"model": model, "prompt": "b", "image_urls": urls, "resolution": "2K"}
    mock.send("reapi", "POST", _submit("reapi").path, body)
    return (mock.newest().order.width, mock.newest().order.height)


def reapi_references(*urls: str) -> bytes:
    return orjson.dumps({"model": "gemini-3-pro-image-preview", "prompt": "b", "image_urls": urls})


def expired(mock: Harness, provider: str, life: float) -> int:
    url = next(_media_urls(done(mock, provider)))
    mock.advance(life)
    return mock.fetch(url).status


REAPI: Observations = {
    "processing-output": (
        lambda mock: some(pending(mock, "reapi"), "output", "error"),
        {"null": {"output": None, "error": None}, "absent": {}},
    ),
    "submit-output": (
        lambda mock: some(mock.submit("reapi").json, "output", "error"),
        {"null": {"output": None, "error": None}, "absent": {}},
    ),
    "task-id": (
        lambda mock: [
            body.get("task_id") == body["id"]
            for body in (mock.submit("reapi").json, pending(mock, "reapi"), done(mock, "reapi"), failed(mock, "reapi"))
        ],
        {"id-only": [False] * 4, "both": [True] * 4},
    ),
    "extra-status": (lambda mock: pending(mock, "reapi")["status"], {"none": "processing", "queued": "queued"}),
    "failed-request-id": (
        lambda mock: "request_id" in failed(mock, "reapi")["error"],
        {"present": True, "absent": False},
    ),
    "failed-output": (
        lambda mock: some(failed(mock, "reapi"), "output"),
        {"null": {"output": None}, "absent": {}},
    ),
    "inherited-size": (reapi_inherited, {"ratio": (2752, 1536), "pixels": (1376, 768)}),
    "reference-hosts": (
        lambda mock: [
            mock.submit("reapi", raw=reapi_references(url)).status
            for url in ("http://localhost:4010/x.png", "http://192.168.0.1/x.png", "https://example.com/x.png")
        ],
        {"any": [200, 200, 200], "public-only": [400, 400, 200]},
    ),
    "expired-media": (lambda mock: expired(mock, "reapi", 7 * 86400), {"404": 404, "403": 403, "410": 410}),
    "error-status": (
        lambda mock: (
            refusal(mock, "reapi", documented=False).status,
            mock.submit("reapi", key=None, documented=False).status,
        ),
        {"by-category": (400, 401), "always-200": (200, 200)},
    ),
    "error-request-id": (
        lambda mock: "request_id" in refusal(mock, "reapi", documented=False).json["error"],
        {"present": True, "absent": False},
    ),
    "prompt-limit": (
        lambda mock: [
            mock.submit("reapi", raw=_with_prompt("reapi", "猫" * length)).status for length in (4000, 4001)
        ],
        {"none": [200, 200], "4000": [200, 400]},
    ),
}  # fmt: skip


def threedai_statuses(mock: Harness) -> list[str]:
    statuses = [pending(mock, "threedai")["status"]]
    mock.advance(mock.newest().plan.queued)
    return [*statuses, mock.poll("threedai").json["status"]]


def threedai_late_progress(mock: Harness) -> list[int]:
    mock.submit("threedai")
    job = mock.newest()
    mock.advance(job.plan.duration * 0.895)
    early = mock.poll("threedai").json["progress"]
    mock.advance(job.plan.duration * 0.1)
    return [early, mock.poll("threedai").json["progress"]]


def threedai_ratios(mock: Harness) -> int:
    for number in range(12):
        mock.submit("threedai", raw=_with_prompt("threedai", f"a cat {number}"))
    return len({(job.order.width, job.order.height) for job in mock.tenant.jobs})


def threedai_limits(mock: Harness) -> list[int]:
    statuses = [mock.submit("threedai").status for _ in range(2)]
    statuses += [mock.poll("threedai").status for _ in range(2)]
    return statuses + [mock.submit("threedai").status for _ in range(2)]


def threedai_asset_hosts(mock: Harness) -> set[str]:
    result = done(mock, "threedai")["results"][0]
    return {result[name].split("/")[2] for name in ("asset_url", "asset", "thumbnail")}


def threedai_expired_task(mock: Harness) -> Any:
    done(mock, "threedai")
    mock.advance(86400 - 0.001)
    before = mock.poll("threedai").status
    mock.advance(0.001)
    return before, mock.poll("threedai").status


def threedai_without_slash(mock: Harness) -> Any:
    path = _submit("threedai").path[:-1]
    answer = mock.send("threedai", "POST", path, {"prompt": "x"}, documented=False)
    return answer.status, answer.headers.get("Location")


THREEDAI: Observations = {
    "pending-status": (
        threedai_statuses,
        {"pending-in-progress": ["PENDING", "IN_PROGRESS"], "queued": ["QUEUED", "QUEUED"]},
    ),
    "pending-results": (
        lambda mock: [some(pending(mock, "threedai"), "results"), some(failed(mock, "threedai"), "results")],
        {"empty": [{"results": []}] * 2, "null": [{"results": None}] * 2, "absent": [{}, {}]},
    ),
    "pending-progress": (threedai_late_progress, {"below-100": [89, 99], "reaches-100": [89, 100]}),
    "failed-status": (lambda mock: failed(mock, "threedai")["status"], {"failed": "FAILED", "error": "ERROR"}),
    "failure-reason": (
        lambda mock: [
            "failure_reason" in pending(mock, "threedai"),
            "failure_reason" in done(mock, "threedai"),
            bool(failed(mock, "threedai").get("failure_reason")),
        ],
        {"failed-only": [False, False, True], "always": [True, True, True], "absent": [False, False, False]},
    ),
    "error-body": (
        lambda mock: sorted(refusal(mock, "threedai").json),
        {"flat": ["error", "message"], "detail": ["code", "detail"], "nested": ["error"]},
    ),
    "auto-ratio": (lambda mock: threedai_ratios(mock) > 1, {"square": False, "varied": True}),
    "asset-hosts": (
        threedai_asset_hosts,
        {"different": {"localhost:4011", "127.0.0.1:4011"}, "same": {"localhost:4011"}},
    ),
    "expired-task": (threedai_expired_task, {"finished": (200, 200), "not-found": (200, 404)}),
    "expired-media": (lambda mock: expired(mock, "threedai", 86400), {"404": 404, "403": 403, "410": 410}),
    "missing-slash": (threedai_without_slash, {"404": (404, None), "redirect": (301, "generate/")}),
    "rate-limit": (
        threedai_limits,
        {
            "off": [200] * 6,
            "three-per-minute": [200, 200, 200, 200, 200, 429],
            "counting-polls": [200, 200, 200, 429, 429, 429],
        },
    ),
    "validation-body": (
        lambda mock: refusal(mock, "threedai", documented=False).json,
        {
            "envelope": {
                "error": "validation_failed",
                "message": "prompt is not valid: 7 (must be of type string)",
            },
            "field-map": {"prompt": ["must be of type string"]},
        },
    ),
    "asset-fields": (
        lambda mock: sorted(some(done(mock, "threedai", documented=False)["results"][0], "asset", "asset_url")),
        {"both": ["asset", "asset_url"], "asset-only": ["asset"], "asset-url-only": ["asset_url"]},
    ),
    "created-at": (
        lambda mock: mock.submit("threedai").json["created_at"],
        {"seconds": "2026-01-01T00:00:00Z", "fractional": "2026-01-01T00:00:00.000000Z"},
    ),
}  # fmt: skip


def gmicloud_body(**payload: Any) -> bytes:
    return orjson.dumps({"model": "gemini-3-pro-image-preview", "payload": {"prompt": "a cat", **payload}})


def gmicloud_signed(mock: Harness) -> tuple[bool, int, int]:
    url = done(mock, "gmicloud")["outcome"]["media_urls"][0]["url"]
    mock.advance(int(mock.tenant.clock.now()) + 3600 - mock.tenant.clock.now())  # signatures know whole seconds
    before = mock.fetch(url).status
    mock.advance(1)
    return "X-Goog-Signature=" in url, before, mock.fetch(url).status


def gmicloud_suffix(mock: Harness) -> tuple[str, str]:
    url = done(mock, "gmicloud")["outcome"]["media_urls"][0]["url"]
    return url.rpartition(".")[2], mock.fetch(url).content_type


def gmicloud_turns(mock: Harness) -> list[bool]:
    plain = done(mock, "gmicloud")["outcome"]
    contents = [{"role": "user", "parts": [{"text": "a cat"}]}]
    mock.submit("gmicloud", raw=gmicloud_body(contents=contents))
    mock.finish()
    return ["next_turn_contents" in outcome for outcome in (plain, mock.poll("gmicloud").json["outcome"])]


def gmicloud_statuses(mock: Harness) -> list[str]:
    statuses = [mock.submit("gmicloud", documented=False).json["status"]]
    job = mock.newest()
    for elapsed in (0, job.plan.queued, 0.75 * (job.plan.duration - job.plan.queued)):
        mock.advance(elapsed)
        statuses.append(mock.poll("gmicloud", documented=False).json["status"])
    mock.finish()
    return [*statuses, mock.poll("gmicloud").json["status"]]


def gmicloud_delivery(mock: Harness) -> tuple[str, bool]:
    model = mock.call("gmicloud", load("gmicloud").operation("get_model"))
    return mock.submit("gmicloud", documented=False).json["status"], model.json.get("delivery_mode") == "sync"


def gmicloud_moderated(mock: Harness) -> Any:
    answer = mock.submit("gmicloud", raw=gmicloud_body(prompt="a cat safelight:block-prompt"))
    return answer.status, "request_id" in answer.json and "error" in answer.json, mock.balance("gmicloud") == 1_000_000


def gmicloud_comma(mock: Harness) -> tuple[bool, bool]:
    mock.submit("gmicloud", raw=gmicloud_body(contents=[{"role": "user", "parts": [{"text": "a cat"}]}]))
    mock.finish()
    body = mock.poll("gmicloud", documented=False).body
    last_url = re.compile(rb'("url":"[^"]+"}),]')
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        assert orjson.loads(last_url.sub(rb"\1]", body))["status"] == "success"
        return bool(last_url.search(body)), False
    return bool(last_url.search(body)), True


GMICLOUD: Observations = {
    "pending-outcome": (
        lambda mock: some(pending(mock, "gmicloud"), "outcome"),
        {"absent": {}, "null": {"outcome": None}},
    ),
    "failure-shape": (
        lambda mock: some(failed(mock, "gmicloud", "moderated-output"), "outcome", "error"),
        {
            "top-level": {
                "outcome": None,
                "error": "Generation blocked; the generated image violates the content policy",
            },
            "outcome-error": {
                "outcome": {
                    "error": {
                        "code": 400,
                        "message": "Generation blocked; the generated image violates the content policy",
                        "status": "IMAGE_SAFETY",
                    }
                }
            },
        },
    ),
    "media-url": (gmicloud_signed, {"public": (False, 200, 200), "signed": (True, 200, 400)}),
    "media-urls": (
        lambda mock: (
            [row["id"] for row in done(mock, "gmicloud")["outcome"]["media_urls"]],
            1_000_000 - mock.balance("gmicloud"),
        ),
        {"one": (["0"], 1), "several": (["0", "1"], 1)},
    ),
    "media-suffix": (gmicloud_suffix, {"by-format": ("png", "image/png"), "always-jpg": ("jpg", "image/png")}),
    "next-turn-contents": (gmicloud_turns, {"always": [True, True], "multi-turn-only": [False, True]}),
    "error-body": (
        lambda mock: (
            refusal(mock, "gmicloud").headers["Content-Type"],
            refusal(mock, "gmicloud").body.replace(
                b"Invalid parameter payload.prompt 7: must be of type string", b"..."
            ),
        ),
        {
            "flat": ("application/json", b'{"error":"..."}'),
            "edge": ("application/json", b'{"error":{"message":"Backend request failed","details":"..."}}'),
            "detail": ("application/json", b'{"detail":"..."}'),
            "plain-text": ("text/plain", b"..."),
            "html": ("text/html", b"<html><head><title>400</title></head><body><p>...</p></body></html>"),
        },
    ),
    "extra-statuses": (
        gmicloud_statuses,
        {
            "off": ["queued", "queued", "processing", "processing", "success"],
            "on": ["created", "created", "dispatched", "processing", "success"],
        },
    ),
    "delivery": (gmicloud_delivery, {"queued": ("queued", False), "sync": ("success", True)}),
    "data-uris": (
        lambda mock: [
            mock.submit("gmicloud", raw=gmicloud_body(image=image)).status
            for image in (data_uri(), [data_uri(), "https://example.com/a.png"], "data:image/png;base64,eA==")
        ],
        {"refused": [400, 400, 400], "accepted": [200, 200, 400]},
    ),
    "reference-hosts": (
        lambda mock: [
            mock.submit("gmicloud", raw=gmicloud_body(image=image)).status
            for image in ("http://127.0.0.1/a", ["https://example.com/a", "http://10.1.2.3/a"], "https://example.com/a")
        ],
        {"any": [200, 200, 200], "public-only": [400, 400, 200]},
    ),
    "moderated-submit": (gmicloud_moderated, {"record": (200, False, False), "refused": (400, True, True)}),
    "trailing-comma": (gmicloud_comma, {"off": (False, True), "on": (True, False)}),
}  # fmt: skip


def tokaify_body(size: str = "1K", modalities: tuple[str, ...] = ("TEXT", "IMAGE")) -> bytes:
    return orjson.dumps(
        {
            "contents": [{"parts": [{"text": "a cat"}]}],
            "generationConfig": {"responseModalities": modalities, "imageConfig": {"imageSize": size}},
        }
    )


def tokaify_parts(mock: Harness) -> list[Any]:
    return list(mock.submit("tokaify", raw=tokaify_body()).json["candidates"][0]["content"]["parts"])


def tokaify_kinds(mock: Harness) -> list[str]:
    return [next(name for name in ("text", "inlineData") if name in part) for part in tokaify_parts(mock)]


def tokaify_keyless(mock: Harness) -> list[int]:
    keys: list[str | None] = [None, "sk-wrong"]
    return [mock.submit("tokaify", key=key).status for key in keys]


def tokaify_upstream(mock: Harness) -> Any:
    error = refusal(mock, "tokaify").json["error"]
    return error["code"], error.get("type"), error.get("status")


def tokaify_names(mock: Harness) -> set[str]:
    def names(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from names(item)

    answer = mock.submit("tokaify", raw=tokaify_body(), documented=False).json
    return {name for name in names(answer) if name.lower() != name or "_" in name}


TOKAIFY: Observations = {
    "first-example-auth": (tokaify_keyless, {"401": [401, 401], "open": [200, 401]}),
    "upstream-error": (
        tokaify_upstream,
        {"google": (400, None, "INVALID_ARGUMENT"), "relayed": ("INVALID_ARGUMENT", "upstream_error", None)},
    ),
    "empty-candidates": (
        lambda mock: {
            name: value
            for name, value in mock.submit_ending("tokaify", "moderated-prompt").json.items()
            if name != "usageMetadata" or not value
        },
        {
            "prompt-feedback": {
                "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                "modelVersion": "gemini-3-pro-image-preview",
            },
            "bare": {"candidates": [], "usageMetadata": {}, "modelVersion": "gemini-3-pro-image-preview"},
        },
    ),
    "no-image": (
        lambda mock: [
            (row["finishReason"], len(row["content"].get("parts", ())))
            for row in mock.submit_ending("tokaify", "no-image").json["candidates"]
        ],
        {"finish-reason": [("NO_IMAGE", 0)], "text-only": [("STOP", 1)]},
    ),
    "thought-parts": (
        lambda mock: [(part.get("thought", False), "thoughtSignature" in part) for part in tokaify_parts(mock)],
        {
            "none": [(False, False), (False, False)],
            "before": [(True, False), (True, False), (False, False), (False, True)],
        },
    ),
    "text-part": (
        tokaify_kinds,
        {"before": ["text", "inlineData"], "around": ["text", "inlineData", "text"], "none": ["inlineData"]},
    ),
    "image-parts": (
        lambda mock: [len(part) for part in tokaify_parts(mock) if "inlineData" in part],
        {"one": [1], "several": [1, 1]},
    ),
    "image-weight": (
        lambda mock: len(tokaify_parts(mock)[-1]["inlineData"]["data"]) >= 30_000_000,
        {"drawn": False, "photographic": True},
    ),
    "output-mime": (
        lambda mock: tokaify_parts(mock)[-1]["inlineData"]["mimeType"],
        {"png": "image/png", "jpeg": "image/jpeg"},
    ),
    "usage": (
        lambda mock: (mock.submit("tokaify").json.get("usageMetadata", "absent") or "empty") not in ("absent", "empty")
        or mock.submit("tokaify").json.get("usageMetadata", "absent"),
        {"full": True, "empty": {}, "absent": "absent"},
    ),
    "model-version": (
        lambda mock: mock.submit("tokaify").json.get("modelVersion"),
        {"absent": None, "present": "gemini-3-pro-image-preview"},
    ),
    "response-casing": (
        tokaify_names,
        {
            "camel": {
                "inlineData", "mimeType", "finishReason", "usageMetadata", "promptTokenCount",
                "candidatesTokenCount", "totalTokenCount",
            },
            "snake": {
                "inline_data", "mime_type", "finish_reason", "usage_metadata", "prompt_token_count",
                "candidates_token_count", "total_token_count",
            },
        },
    ),
    "image-size-case": (
        lambda mock: [mock.submit("tokaify", raw=tokaify_body(size)).status for size in ("1k", "2k", "8k")],
        {"strict": [400, 400, 400], "lenient": [200, 200, 400]},
    ),
    "unknown-model": (
        lambda mock: mock.send(
            "tokaify", "POST", "/v1beta/models/other:generateContent", raw=tokaify_body()
        ).status,
        {"503": 503, "404": 404},
    ),
    "null-lists": (
        lambda mock: (
            mock.submit_ending("tokaify", "moderated-prompt", documented=False).json.get("candidates", "absent"),
            mock.submit_ending("tokaify", "moderated-output", documented=False)
            .json["candidates"][0]["content"]
            .get("parts", "absent"),
        ),
        {"off": ("absent", "absent"), "on": (None, None)},
    ),
}  # fmt: skip


def onemin_without_size(mock: Harness) -> Any:
    body = orjson.loads(_with_prompt("onemin", "a cat"))
    del body["promptObject"]["imageSize"]
    answer = mock.submit("onemin", raw=orjson.dumps(body))
    noted = any(note.rule == "onemin.submit.image-size-absent" for note in answer.exchange.notes)
    return answer.status, noted


def onemin_record(mock: Harness, ending: str = "succeeded") -> Any:
    return mock.submit_ending("onemin", ending).json["aiRecord"]


def onemin_life(mock: Harness) -> Any:
    url = onemin_record(mock)["temporaryUrl"]
    life = int(re.findall(r"X-Amz-Expires=(\d+)", url)[0])
    mock.advance(int(mock.tenant.clock.now()) + life - mock.tenant.clock.now())  # signatures know whole seconds
    before = mock.fetch(url).status
    mock.advance(1)
    return life, before, mock.fetch(url).status


def onemin_results(mock: Harness) -> Any:
    record = onemin_record(mock)
    number = re.compile(r"\d{4}(?:_\d\d){5}_(\d{3})_")
    keys = number.findall(" ".join(record["aiRecordDetail"]["resultObject"]))
    return keys, number.findall(record["temporaryUrl"])[0], 1_000_000 - mock.balance("onemin")


ONEMIN: Observations = {
    "image-size-absent": (onemin_without_size, {"default-1k": (200, True), "rejected": (400, False)}),
    "error-body": (
        lambda mock: sorted(refusal(mock, "onemin").json),
        {"flat": ["message"], "nested": ["error"]},
    ),
    "failure-record": (
        lambda mock: [onemin_record(mock, ending)["status"] for ending in ("failed", "moderated-prompt", "no-image")],
        {"status-failed": ["FAILED", "FAILED", "SUCCESS"], "processing": ["PROCESSING", "PROCESSING", "SUCCESS"]},
    ),
    "url-life": (
        onemin_life,
        {"300": (300, 200, 403), "3600": (3600, 200, 403), "604800": (604800, 200, 403)},
    ),
    "record-uuid": (
        lambda mock: bool(re.fullmatch(r"[0-9a-f-]{36}", onemin_record(mock)["uuid"])),
        {"valid": True, "doc-like": False},
    ),
    "result-object": (
        lambda mock: type(onemin_record(mock)["aiRecordDetail"]["resultObject"]),
        {"array": list, "string": str},
    ),
    "result-count": (onemin_results, {"one": (["001"], "001", 1), "several": (["001", "002"], "001", 1)}),
    "temporary-urls": (
        lambda mock: (lambda record: record.get("temporaryUrls") == [record["temporaryUrl"]])(onemin_record(mock)),
        {"absent": False, "present": True},
    ),
    "storage-authorization": (
        lambda mock: mock.fetch(onemin_record(mock)["temporaryUrl"], {"Authorization": "Bearer x"}).status,
        {"ignored": 200, "rejected": 400},
    ),
}  # fmt: skip

OBSERVATIONS = {"reapi": REAPI, "threedai": THREEDAI, "gmicloud": GMICLOUD, "tokaify": TOKAIFY, "onemin": ONEMIN}


def test_every_value_of_every_choice_is_observed_below() -> None:
    observed = {
        (provider, name, value)
        for provider, rows in OBSERVATIONS.items()
        for name, (_, expected) in rows.items()
        for value in expected
    }
    assert observed == set(VALUES)


@pytest.mark.parametrize(("provider", "name", "value"), VALUES, ids=[f"{p}.{n}={v}" for p, n, v in VALUES])
def test_every_value_shows(provider: str, name: str, value: str) -> None:
    observe, expected = OBSERVATIONS[provider][name]
    with Harness(choices={f"{provider}.{name}": value}) as mock:
        assert observe(mock) == expected[value]
