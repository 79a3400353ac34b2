"""Servers that deviate from their document, each in one way, and the checks that are to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from drift_stage import MEDIA, Deviate, Said

from safelight.mockserver.images import ImageSpec, render


@dataclass(frozen=True)
class Deviation:
    """A server that deviates, and the slugs of the checks of which one at least must find it."""

    provider: str
    name: str
    deviate: Deviate
    meant: tuple[str, ...]


DEVIATIONS: Final[list[Deviation]] = []


def seeded(provider: str, *meant: str) -> Callable[[Deviate], Deviate]:
    """Name what a deviation is of, and who is to find it."""

    def add(deviate: Any) -> Deviate:
        DEVIATIONS.append(Deviation(provider, deviate.__name__, deviate, meant))
        return deviate  # type: ignore[no-any-return]

    return add


def _status(said: Said) -> str | None:
    data = said.data
    return data.get("status") if isinstance(data, dict) else None


def _rename(said: Said, old: str, new: str) -> None:
    if isinstance(said.data, dict) and old in said.data:
        said.say({new if name == old else name: value for name, value in said.data.items()})


def _picture(said: Said, width: int, height: int, format: str = "png") -> None:
    if said.path.startswith(MEDIA) and said.status == 200:
        said.body = render(ImageSpec(width, height, format, "another", "job", 0, 0))


@seeded("reapi", "poll-completed")
def output_renamed_in_polls(said: Said) -> None:
    if said.method == "GET":
        _rename(said, "output", "result")


@seeded("reapi", "poll-without-key")
def served_without_a_key(said: Said) -> None:
    if not said.key and said.status == 401:
        said.say({"status": "processing"}, 200)


@seeded("reapi", "poll-without-key", "submit-without-key")
def server_error_without_a_key(said: Said) -> None:
    if not said.key and said.status == 401:
        said.status = 500


@seeded("reapi", "end-final")
def end_that_goes_back(said: Said) -> None:
    if _status(said) == "completed":
        said.memory["ended"] = said.memory.get("ended", 0) + 1
        if said.memory["ended"] == 2:
            said.say({**said.data, "status": "processing", "output": None})


@seeded("reapi", "error-envelope")
def errors_of_another_shape(said: Said) -> None:
    if said.status >= 400 and said.data:
        said.say({"detail": said.data["error"]["message"]})


@seeded("reapi", "unlisted-size")
def another_status_for_an_unlisted_size(said: Said) -> None:
    if said.status == 400 and b"size" in said.body:
        said.status = 422


@seeded("reapi", "poll-status")
def another_word_for_running(said: Said) -> None:
    if said.method == "GET" and _status(said) == "processing":
        said.say({**said.data, "status": "in_progress"})


@seeded("reapi", "submit-answer")
def answer_of_openai(said: Said) -> None:
    if said.method == "POST" and said.status == 200:
        said.say({"created": 1, "data": []})


@seeded("reapi", "submit-created-at")
def time_in_milliseconds_as_text(said: Said) -> None:
    if said.method == "POST" and said.status == 200:
        said.say({**said.data, "created_at": "2026-01-01T00:00:00Z"})


@seeded("reapi", "polls-free")
def polls_that_cost(said: Said) -> None:
    if "/tasks/" in said.path and said.status == 200:
        said.memory["polls"] = said.memory.get("polls", 0) + 1
    elif isinstance(said.data, dict) and "balance" in said.data:
        said.say({"balance": said.data["balance"] - said.memory.get("polls", 0)})


@seeded("reapi", "unlisted-resolution")
def a_tier_that_is_not_documented(said: Said) -> None:
    if said.status == 400 and b"8K" in said.body:
        said.say({"id": f"task_{'a' * 32}", "model": "x", "status": "processing", "created_at": 1}, 200)


@seeded("threedai", "result-open")
def results_that_need_the_key(said: Said) -> None:
    if said.path.startswith(MEDIA) and not said.key:
        said.status = 401


@seeded("threedai", "price")
def a_higher_price(said: Said) -> None:
    if said.method == "POST" and said.status == 200:
        said.memory["surcharge"] = 10
    elif isinstance(said.data, dict) and "balance" in said.data:
        said.say({"balance": f"{float(said.data['balance']) - said.memory.get('surcharge', 0):.2f}"})


@seeded("threedai", "error-missing", "error-invalid")
def another_error_code(said: Said) -> None:
    said.body = said.body.replace(b"validation_failed", b"invalid_request")


@seeded("threedai", "result-format")
def jpeg_for_png(said: Said) -> None:
    _picture(said, 1376, 768, "jpeg")


@seeded("threedai", "poll-finished")
def progress_of_another_kind(said: Said) -> None:
    if _status(said) == "FINISHED":
        said.say({**said.data, "progress": 1.0})


@seeded("threedai", "submit-answer")
def id_renamed(said: Said) -> None:
    _rename(said, "task_id", "id")


@seeded("threedai", "result-count")
def one_result_too_many(said: Said) -> None:
    if _status(said) == "FINISHED":
        said.say({**said.data, "results": said.data["results"] * 2})


@seeded("gmicloud", "never-back")
def back_to_the_queue(said: Said) -> None:
    if said.method == "GET" and _status(said) == "processing":
        said.memory["polls"] = said.memory.get("polls", 0) + 1
    if said.memory.get("polls", 0) and _status(said) == "success" and "back" not in said.memory:
        said.memory["back"] = True
        said.say({**said.data, "status": "queued", "outcome": None})


@seeded("gmicloud", "result-ratio")
def square_pictures_always(said: Said) -> None:
    _picture(said, 1024, 1024)


@seeded("gmicloud", "models")
def models_as_objects(said: Said) -> None:
    if isinstance(said.data, dict) and "model_ids" in said.data:
        said.say({"data": [{"id": id} for id in said.data["model_ids"]]})


@seeded("gmicloud", "list-models-alias")
def no_list_of_models(said: Said) -> None:
    if said.path.endswith("apikey/models"):
        said.say({"error": "not found"}, 404)


@seeded("gmicloud", "get-model")
def a_model_that_is_not_described(said: Said) -> None:
    if "/models/" in said.path:
        said.say({"error": "not found"}, 404)


@seeded("gmicloud", "poll-answer")
def payload_forgotten(said: Said) -> None:
    if said.method == "GET" and isinstance(said.data, dict) and "payload" in said.data:
        said.say({name: value for name, value in said.data.items() if name != "payload"})


@seeded("gmicloud", "task-private")
def anybody_may_look(said: Said) -> None:
    if said.method == "GET" and said.status == 200 and _status(said) == "success":
        said.memory["task"] = said.path, said.body
    elif said.status == 401 and said.memory.get("task", ("",))[0] == said.path:
        said.status, said.body = 200, said.memory["task"][1]


@seeded("tokaify", "inline-data")
def names_in_snake_case(said: Said) -> None:
    said.body = said.body.replace(b'"inlineData"', b'"inline_data"').replace(b'"mimeType"', b'"mime_type"')


@seeded("tokaify", "result-type")
def a_type_that_lies(said: Said) -> None:
    said.body = said.body.replace(b'"image/png"', b'"image/jpeg"')


@seeded("tokaify", "finish-reason")
def another_finish_reason(said: Said) -> None:
    said.body = said.body.replace(b'"STOP"', b'"FINISHED"')


@seeded("tokaify", "submit-accepted")
def no_capital_tiers(said: Said) -> None:
    if said.status == 200:
        said.say(
            {"error": {"code": 400, "message": "imageSize must be 1k, 2k or 4k", "status": "INVALID_ARGUMENT"}}, 400
        )


@seeded("tokaify", "answer-json")
def a_stream_of_events(said: Said) -> None:
    if said.status == 200:
        said.body, said.headers["Content-Type"] = b"data: " + said.body, "text/event-stream"


@seeded("onemin", "record")
def no_temporary_url(said: Said) -> None:
    if said.status == 200 and isinstance(said.data, dict) and "aiRecord" in said.data:
        record = {name: value for name, value in said.data["aiRecord"].items() if name != "temporaryUrl"}
        said.say({"aiRecord": record})


@seeded("onemin", "result-tier")
def twice_the_size(said: Said) -> None:
    _picture(said, 2048, 2048)


@seeded("onemin", "record-prompt")
def another_prompt_echoed(said: Said) -> None:
    said.body = said.body.replace(b"a red cube", b"a blue cube")


@seeded("onemin", "record-created-at")
def time_as_a_number(said: Said) -> None:
    if said.status == 200 and isinstance(said.data, dict) and "aiRecord" in said.data:
        said.say({"aiRecord": {**said.data["aiRecord"], "createdAt": 1767225600}})


@seeded("onemin", "result-format", "result-open")
def a_page_for_a_picture(said: Said) -> None:
    if said.path.startswith(MEDIA):
        said.body, said.headers["Content-Type"] = b"<html>sign in</html>", "text/html"
