"""Clients that follow the documents to the letter, one for each provider."""

from collections.abc import Callable, Container
from typing import Any

from check_rig import Rig

MODEL = "gemini-3-pro-image-preview"
QUEUE = "/api/v1/ie/requestqueue/apikey/requests"


def reapi(rig: Rig) -> None:
    """Submit, wait for thirty seconds, poll every five; fetch what there is."""
    status, task = rig.send(
        "reapi", "POST", "/api/v1/images/generations",
        {"model": MODEL, "prompt": "a castle 城堡", "size": "16:9", "resolution": "2K", "n": 2},
    )  # fmt: skip
    assert status == 200
    rig.wait(30)
    done = _poll(rig, "reapi", f"/api/v1/tasks/{task['id']}", 5, ("completed", "failed"))
    for url in (done.get("output") or {}).get("image_urls", []):
        rig.fetch(url)


def threedai(rig: Rig) -> None:
    """Generate, poll every ten seconds."""
    wanted = {"prompt": "a castle", "output_format": "png", "aspect_ratio": "16:9", "resolution": "2K", "num_images": 2}
    status, task = rig.send("threedai", "POST", "/v1/images/gemini/3/pro/generate/", wanted)
    assert status == 200
    over = ("FINISHED", "FAILED", "ERROR")
    path = f"/v1/generation-request/{task['task_id']}/status/"
    done = _poll(rig, "threedai", path, 10, over)
    for result in done.get("results") or ():
        rig.fetch(result.get("asset_url") or result["asset"])


def gmicloud(rig: Rig) -> None:
    """A request, a follow-up where the answer has one to fill, and the list."""
    payload: dict[str, Any] = {"prompt": "a panda", "image_size": "1K", "aspect_ratio": "1:1"}
    outcome = _turn(rig, payload).get("outcome") or {}
    turns = outcome.get("next_turn_contents")
    if turns:
        turns[-1] = {"role": "user", "parts": [{"text": "now a brown bear"}]}
        _turn(rig, {"contents": turns, "image_size": "1K"})
    rig.send("gmicloud", "GET", f"{QUEUE}?model_id={MODEL}")


def tokaify(rig: Rig) -> None:
    """One call."""
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9", "imageSize": "4K"}}
    data = {"contents": [{"role": "user", "parts": [{"text": "a poster"}]}], "generationConfig": config}
    rig.send("tokaify", "POST", f"/v1beta/models/{MODEL}:generateContent", data)


def onemin(rig: Rig) -> None:
    """One call, and the image behind its URL."""
    wanted = {"prompt": "a city", "imageSize": "2K", "temperature": 1.0, "topP": 0.95}
    _, answer = rig.send(
        "onemin", "POST", "/api/features", {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": wanted}
    )
    if url := answer.get("aiRecord", {}).get("temporaryUrl"):
        assert rig.fetch(url) == 200


CLIENTS: dict[str, Callable[[Rig], None]] = {
    "reapi": reapi,
    "threedai": threedai,
    "gmicloud": gmicloud,
    "tokaify": tokaify,
    "onemin": onemin,
}


def _turn(rig: Rig, payload: dict[str, Any]) -> Any:
    status, task = rig.send("gmicloud", "POST", QUEUE, {"model": MODEL, "payload": payload})
    if status != 200:
        return {}
    over = ("success", "failed", "cancelled")
    done = task
    if task["status"] not in over:
        rig.wait(5)
        done = _poll(rig, "gmicloud", f"{QUEUE}/{task['request_id']}", 5, over)
    for entry in (done.get("outcome") or {}).get("media_urls", []):
        rig.fetch(entry["url"])
    return done


def _poll(rig: Rig, provider: str, path: str, gap: float, over: Container[str]) -> Any:
    while True:
        status, answer = rig.send(provider, "GET", path)
        if status == 429:
            rig.wait(60)
        elif not isinstance(answer, dict):
            return {}
        elif answer["status"] in over:
            return answer
        else:
            rig.wait(gap)
