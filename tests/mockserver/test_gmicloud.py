"""GMI Cloud: records, references, two thousand characters, conversations, lists, cancelling, models."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from harness import Answer, Harness, data_uri, facts_of
from pixel_sizes import FACTORS, ONE_K, size
from refusals import assert_refused

from safelight.mockserver.images import prompt_sha256
from safelight.specs import load

REQUESTS = "/api/v1/ie/requestqueue/apikey/requests"
MODEL = "gemini-3-pro-image-preview"
URL = "https://example.com/ref.jpg"


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def submit(mock: Harness, how: Any = None, **payload: Any) -> Answer:
    payload.setdefault("prompt", "a cat")
    return mock.send("gmicloud", "POST", REQUESTS, {"model": MODEL, "payload": payload}, **(how or {}))


def outcome(mock: Harness, **payload: Any) -> Any:
    """The outcome of a submit followed to its end."""
    assert submit(mock, **payload).status == 200
    mock.finish()
    return mock.poll("gmicloud").json["outcome"]


def listed(mock: Harness, query: str = "", **how: Any) -> Any:
    return mock.send("gmicloud", "GET", REQUESTS, query=query, **how).json


def cancel(mock: Harness) -> Answer:
    public_id = mock.world.providers["gmicloud"].public_id(mock.newest().hex)
    return mock.send("gmicloud", "DELETE", f"{REQUESTS}/{public_id}")


def user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": text} for text in texts]}


# Records


def test_a_submit_answers_a_queued_record_without_payload(mock: Harness) -> None:
    mock.advance(0.9)
    body = submit(mock).json
    now = 1_767_225_600
    request_id = mock.world.providers["gmicloud"].public_id(mock.newest().hex)
    assert body == {
        "request_id": request_id, "model": MODEL, "status": "queued",
        "created_at": now, "updated_at": now, "queued_at": now,
    }  # fmt: skip


def test_a_record_echoes_its_payload_and_changes_its_status_and_time(mock: Harness) -> None:
    payload = {"prompt": "Ünïcode 🐈", "image": [URL], "image_size": "2K", "unknown": {"a": [1.5, None, "x"]}}
    head = submit(mock, **payload).json
    job = mock.newest()
    assert mock.poll("gmicloud").json == {**head, "payload": payload}
    mock.until(job.submitted + job.plan.queued)
    started = int(job.submitted + job.plan.queued)
    running = {**head, "status": "processing", "updated_at": started, "payload": payload}
    assert mock.poll("gmicloud").json == running
    mock.until(job.end()[0] - 0.001)
    assert mock.poll("gmicloud").json == running
    mock.finish()
    finished = mock.poll("gmicloud").json
    assert (finished["status"], finished["updated_at"]) == ("success", int(job.end()[0]))
    assert finished["payload"] == payload
    assert finished["created_at"] == finished["queued_at"] == head["created_at"]


def test_a_success_has_one_media_url_in_the_public_bucket(mock: Harness) -> None:
    (row,) = outcome(mock, image_output_format="jpeg", aspect_ratio="16:9", image_size="2K")["media_urls"]
    job = mock.newest()
    request_id = mock.world.providers["gmicloud"].public_id(job.hex)
    path = f"gmi-generated-assets/{request_id}/gemini_output_0.jpg"
    assert row == {"id": "0", "url": f"http://localhost:4011/gmicloud/{path}"}
    image = mock.fetch(row["url"])
    facts = facts_of(image.body)
    assert image.content_type == "image/jpeg"
    assert (facts.format, facts.width, facts.height) == ("jpeg", *size("16:9", "2K"))
    assert (facts.prompt_sha256, facts.job) == (prompt_sha256("a cat"), job.hex)
    mock.advance(10 * 365 * 86400)
    assert mock.fetch(row["url"]).status == 200


@pytest.mark.parametrize(("tier", "shortest", "longest"), [("1K", 8, 12), ("2K", 8, 12), ("4K", 15, 30)])
def test_durations(mock: Harness, tier: str, shortest: float, longest: float) -> None:
    for number in range(40):
        submit(mock, prompt=f"cat {number}", image_size=tier)
    durations = [job.plan.duration for job in mock.tenant.jobs]
    assert shortest <= min(durations) < max(durations) <= longest


@pytest.mark.parametrize("tier", FACTORS)
@pytest.mark.parametrize("ratio", ONE_K)
def test_eight_ratios_of_ten(mock: Harness, ratio: str, tier: str) -> None:
    answer = submit(mock, aspect_ratio=ratio, image_size=tier)
    if ratio in ("2:3", "3:2"):
        assert f'payload.aspect_ratio "{ratio}"' in assert_refused(answer, "parameter-invalid")
    else:
        assert (mock.newest().order.width, mock.newest().order.height) == size(ratio, tier)


FAILURES = {
    "failed": (500, "INTERNAL"),
    "moderated-prompt": (400, "INVALID_INPUT"),
    "moderated-output": (400, "IMAGE_SAFETY"),
    "no-image": (500, "NO_IMAGE"),
    "rate-limited": (429, "RESOURCE_EXHAUSTED"),
}


@pytest.mark.parametrize("ending", FAILURES)
def test_a_failure_is_told_on_the_record_and_paid_back(mock: Harness, ending: str) -> None:
    mock.submit_ending("gmicloud", ending)
    assert mock.balance("gmicloud") == 1_000_000 - 1
    mock.finish()
    assert mock.balance("gmicloud") == 1_000_000
    record = mock.poll("gmicloud").json
    message = load("gmicloud").behaviour.failures[ending].message
    assert (record["status"], record["outcome"], record["error"]) == ("failed", None, message)
    mock.tenant.choose("gmicloud.failure-shape", "outcome-error")
    code, word = FAILURES[ending]
    record = mock.poll("gmicloud").json
    assert record["outcome"] == {"error": {"code": code, "message": message, "status": word}}
    assert "error" not in record


# Prompts and references


@pytest.mark.parametrize("letter", ["x", "ß", "猫", "\U0001f408"])
def test_a_prompt_has_at_most_2000_code_points(mock: Harness, letter: str) -> None:
    assert submit(mock, prompt=letter * 2000).status == 200
    message = assert_refused(submit(mock, prompt=letter * 2001), "parameter-invalid")
    assert "payload.prompt" in message
    assert "2000" in message


def test_a_prompt_is_needed_and_not_empty_unless_there_is_a_conversation(mock: Harness) -> None:
    answer = mock.send("gmicloud", "POST", REQUESTS, {"model": MODEL, "payload": {}})
    assert "required unless payload.contents is given" in assert_refused(answer, "parameter-missing")
    assert "payload.prompt" in assert_refused(submit(mock, prompt=""), "parameter-invalid")
    empty = mock.send("gmicloud", "POST", REQUESTS, {"model": MODEL, "payload": {"contents": []}})
    assert_refused(empty, "parameter-missing")


@pytest.mark.parametrize("image", [URL, [URL], [], [URL] * 14, "HTTP://EXAMPLE.COM/A.HEIC"])
def test_references_are_a_url_or_up_to_fourteen(mock: Harness, image: Any) -> None:
    submitted = submit(mock, image=image)
    assert submitted.status == 200
    assert mock.poll("gmicloud").json["payload"]["image"] == image


@pytest.mark.parametrize(
    ("image", "field"),
    [
        ("a.png", "payload.image"), ("", "payload.image"), ("gs://b/a.png", "payload.image"),
        ([URL, "a.png"], "payload.image[1]"), ([URL] * 15, "payload.image"), ([7], "payload.image[0]"),
        ({"url": URL}, "payload.image"), (None, "payload.image"), ([[URL]], "payload.image[0]"),
    ],
)  # fmt: skip
def test_other_references_are_refused(mock: Harness, image: Any, field: str) -> None:
    assert f"{field} " in assert_refused(submit(mock, image=image), "parameter-invalid")


def test_other_ways_to_ask_for_more_images_are_ignored(mock: Harness) -> None:
    assert len(outcome(mock, n=4, num_images=4, number_of_images=4)["media_urls"]) == 1


def test_the_organisation_header_is_accepted(mock: Harness) -> None:
    assert submit(mock, {"headers": {"X-Organization-ID": "org-1"}}).status == 200


# Conversations


def test_contents_override_prompt_and_references_but_not_the_options(mock: Harness) -> None:
    answer = submit(
        mock,
        prompt="x" * 5000,
        image=["not a url"] * 40,
        contents=[user("a dog")],
        image_size="4K",
        aspect_ratio="9:16",
    )
    assert answer.status == 200
    order = mock.newest().order
    assert (order.prompt, order.width, order.height) == ("a dog", *size("9:16", "4K"))


def test_a_conversation_goes_on_for_three_turns(mock: Harness) -> None:
    turns = outcome(mock, prompt="A panda making latte art", image=[URL])["next_turn_contents"]
    for number, instruction in enumerate(("Change the panda to a bear", "Make the cup blue", "Add rain"), start=1):
        job = mock.newest()
        *history, answer, template = turns
        request_id = mock.world.providers["gmicloud"].public_id(job.hex)
        assert answer["role"] == "model"
        assert answer["parts"][1]["fileData"] == {
            "mimeType": "image/png",
            "fileUri": f"gs://gmi-generated-assets/{request_id}/gemini_output_0.png",
        }
        assert template == {
            "role": "user",
            "parts": [{"text": ""}, {"fileData": {"mimeType": "image/png", "fileUri": ""}}],
        }
        assert [turn["role"] for turn in history] == (["user", "model"] * number)[:-1]
        assert all(_filled(part) for turn in history for part in turn["parts"])

        template["parts"][0]["text"] = instruction  # the empty fileData stays, as the text allows
        turns = outcome(mock, contents=turns)["next_turn_contents"]
        assert mock.newest().order.prompt == instruction
        assert turns[: len(history) + 1] == [*history, answer]
        assert turns[-3] == user(instruction)
    assert turns[0] == {
        "role": "user",
        "parts": [{"text": "A panda making latte art"}, {"fileData": {"mimeType": "image/jpeg", "fileUri": URL}}],
    }


def test_a_conversation_goes_on_from_an_inline_image(mock: Harness) -> None:
    mock.tenant.choose("gmicloud.data-uris", "accepted")
    mock.tenant.choose("gmicloud.reference-hosts", "public-only")
    turns = outcome(mock, prompt="a cat", image=[data_uri(), URL])["next_turn_contents"]
    assert [part.get("fileData", {}).get("fileUri") for part in turns[0]["parts"]] == [None, URL]
    turns[-1]["parts"][0]["text"] = "a dog"
    assert submit(mock, contents=turns).status == 200


def _filled(part: dict[str, Any]) -> bool:
    return bool(part.get("text") or part.get("fileData", {}).get("fileUri"))


def test_turns_that_are_empty_are_dropped_from_the_history(mock: Harness) -> None:
    contents = [user("", "a cat", ""), user(""), {"role": "model", "parts": []}, user("a dog", "", "running")]
    turns = outcome(mock, contents=contents)["next_turn_contents"]
    assert turns[:-2] == [user("a cat"), user("a dog", "running")]
    assert mock.newest().order.prompt == "a dog\nrunning"


def test_a_last_turn_of_only_an_image_is_an_instruction(mock: Harness) -> None:
    turn = {"role": "user", "parts": [{"fileData": {"fileUri": "gs://bucket/a.png"}}]}
    assert submit(mock, contents=[turn]).status == 200


# Lists


def test_a_list_shows_the_newest_first_in_pages(mock: Harness) -> None:
    ids = [submit(mock, prompt=f"cat {number}").json["request_id"] for number in range(45)][::-1]
    first = listed(mock)
    assert ([row["request_id"] for row in first["requests"]], first["total"], first["has_more"]) == (ids[:20], 45, True)
    found: list[str] = []
    while True:
        page = listed(mock, f"limit=10&offset={len(found)}")
        found += [row["request_id"] for row in page["requests"]]
        if not page["has_more"]:
            break
        assert len(page["requests"]) == 10
    assert found == ids
    assert listed(mock, "offset=45") == {"requests": [], "total": 45, "has_more": False}
    assert listed(mock, "offset=1000000000")["requests"] == []
    assert len(listed(mock, "limit=100")["requests"]) == 45
    assert listed(mock, "limit=45")["has_more"] is False
    assert listed(mock, "limit=44")["has_more"] is True


def test_a_list_is_filtered_by_model(mock: Harness) -> None:
    submit(mock)
    assert listed(mock, f"model_id={MODEL}")["total"] == 1
    assert listed(mock, "model_id=other") == {"requests": [], "total": 0, "has_more": False}
    assert listed(mock, f"model_id={MODEL.upper()}")["total"] == 0


def test_a_list_shows_what_a_poll_shows_and_only_ones_own(mock: Harness) -> None:
    other = mock.world.create_tenant()
    assert listed(mock) == {"requests": [], "total": 0, "has_more": False}
    mock.submit("reapi")
    submit(mock)
    mock.finish()
    cancel_later = submit(mock, prompt="b").status
    assert cancel_later == 200
    cancel(mock)
    rows = listed(mock)["requests"]
    jobs = [job for job in mock.tenant.jobs if job.provider == "gmicloud"]
    assert rows == [mock.poll("gmicloud", job).json for job in reversed(jobs)]
    assert [row["status"] for row in rows] == ["cancelled", "success"]
    assert listed(mock, tenant=other)["total"] == 0


# Cancelling


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_request_can_be_cancelled_until_it_ends_and_is_paid_back(mock: Harness, share: float) -> None:
    head = submit(mock).json
    job = mock.newest()
    mock.until(job.submitted + job.plan.duration * share)
    assert mock.balance("gmicloud") == 1_000_000 - 1
    cancelled = cancel(mock).json
    now = int(mock.tenant.clock.now())
    assert cancelled == {**head, "status": "cancelled", "updated_at": now, "payload": {"prompt": "a cat"}}
    assert mock.balance("gmicloud") == 1_000_000
    mock.advance(3600)
    assert mock.poll("gmicloud").json == cancelled
    assert mock.balance("gmicloud") == 1_000_000


@pytest.mark.parametrize("ending", ["succeeded", "failed", "cancelled"])
def test_what_has_ended_cannot_be_cancelled(mock: Harness, ending: str) -> None:
    if ending == "failed":
        mock.submit_ending("gmicloud", "failed")
    else:
        submit(mock)
    if ending == "cancelled":
        cancel(mock)
    else:
        mock.finish()
    before, balance = mock.poll("gmicloud").json, mock.balance("gmicloud")
    request_id = mock.world.providers["gmicloud"].public_id(mock.newest().hex)
    for _ in range(2):
        assert assert_refused(cancel(mock), "job-final") == f"Request {request_id} has already finished"
    assert mock.poll("gmicloud").json == before
    assert mock.balance("gmicloud") == balance


# Models


def test_models_are_listed_and_described_on_both_paths(mock: Harness) -> None:
    bases = ("/api/v1/apikey/models", "/api/v1/ie/requestqueue/apikey/models")
    lists = [mock.send("gmicloud", "GET", base).json for base in bases]
    assert lists == [{"model_ids": [MODEL]}] * 2
    details = [mock.send("gmicloud", "GET", f"{base}/{MODEL}").json for base in bases]
    assert details[0] == details[1]
    fields = {row["name"]: (row["type"], row["required"]) for row in details[0]["parameters"]}
    assert fields["prompt"] == ("string", True)
    assert fields["image"] == ("string/array", False)
    assert fields["aspect_ratio"] == ("string", False)
    assert set(fields) == {"prompt", "image", "image_size", "aspect_ratio", "image_output_format", "contents"}


# Knobs


def test_a_prompt_refused_at_the_submit_costs_nothing_and_names_its_request(mock: Harness) -> None:
    mock.tenant.choose("gmicloud.moderated-submit", "refused")
    answer = mock.submit_ending("gmicloud", "moderated-prompt")
    assert answer.status == 400
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.json["request_id"])
    assert answer.json["error"].startswith("Generation rejected")
    assert mock.balance("gmicloud") == 1_000_000
    assert mock.poll("gmicloud").json["request_id"] == answer.json["request_id"]


def test_a_synchronous_answer_takes_as_long_as_the_job(mock: Harness) -> None:
    mock.tenant.choose("gmicloud.delivery", "sync")
    body = orjson.dumps({"model": MODEL, "payload": {"prompt": "a cat"}})
    waiting = mock.begin("gmicloud", "POST", REQUESTS, raw=body, documented=False)
    mock.until(mock.newest().end()[0] - 0.001)
    assert not waiting.done
    mock.finish()
    answer = waiting.answer()
    assert answer.json == mock.poll("gmicloud").json
    assert answer.json["status"] == "success"
