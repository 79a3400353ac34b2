"""reAPI: channels, sizes, codes, refunds, the life of its URLs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Answer, Harness, facts_of
from pixel_sizes import FACTORS, ONE_K, size
from refusals import assert_refused

from safelight.mockserver.images import prompt_sha256
from safelight.mockserver.jobs import Job
from safelight.specs import load

PATH = "/api/v1/images/generations"
MODEL = "gemini-3-pro-image-preview"
WEEK = 7 * 86400


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def submit(mock: Harness, *, model: str = MODEL, prompt: str = "a cat", how: Any = None, **fields: Any) -> Answer:
    return mock.send("reapi", "POST", PATH, {"model": model, "prompt": prompt, **fields}, **(how or {}))


def result(mock: Harness, **fields: Any) -> list[str]:
    """The URLs of a submit followed to its end."""
    assert submit(mock, **fields).status == 200
    mock.finish()
    urls: list[str] = mock.poll("reapi").json["output"]["image_urls"]
    return urls


def ordered(mock: Harness, **fields: Any) -> tuple[int, int]:
    """The size that a submit orders."""
    assert submit(mock, **fields).status == 200
    return (mock.newest().order.width, mock.newest().order.height)


def test_a_submit_answers_id_model_status_and_time_and_nothing_else(mock: Harness) -> None:
    mock.advance(0.75)
    body = submit(mock).json
    assert sorted(body) == ["created_at", "id", "model", "status"]
    assert re.fullmatch(r"task_[0-9a-f]{32}", body["id"])
    assert (body["model"], body["status"], body["created_at"]) == (MODEL, "processing", 1_767_225_600)


def test_a_task_goes_from_processing_to_completed_at_its_instant(mock: Harness) -> None:
    submitted = submit(mock).json
    job = mock.newest()
    ends = job.end()[0]
    for instant in (job.submitted, job.submitted + 5, ends - 0.001):
        mock.until(instant)
        assert mock.poll("reapi").json == {**submitted, "output": None, "error": None}
    mock.until(ends)
    finished = mock.poll("reapi").json
    assert (finished["status"], finished["error"]) == ("completed", None)
    mock.advance(30 * 86400)
    assert mock.poll("reapi").json == finished


@pytest.mark.parametrize(("tier", "shortest", "longest"), [("1K", 30, 60), ("2K", 60, 90), ("4K", 90, 120)])
def test_durations_fill_the_documented_band(mock: Harness, tier: str, shortest: float, longest: float) -> None:
    for number in range(60):
        submit(mock, prompt=f"cat {number}", resolution=tier)
    durations = [job.plan.duration for job in mock.tenant.jobs]
    assert shortest <= min(durations) < max(durations) <= longest
    assert max(durations) - min(durations) > 0.7 * (longest - shortest)


@pytest.mark.parametrize("model", [MODEL, f"{MODEL}-official"])
def test_both_channels_take_the_same_request_and_echo_their_name(mock: Harness, model: str) -> None:
    assert submit(mock, model=model, size="4:3", resolution="2K", n=2).json["model"] == model
    mock.finish()
    assert mock.poll("reapi").json["model"] == model


@pytest.mark.parametrize("tier", FACTORS)
@pytest.mark.parametrize("ratio", ONE_K)
def test_an_image_has_the_pixels_of_its_ratio_and_tier(mock: Harness, ratio: str, tier: str) -> None:
    (url,) = result(mock, size=ratio, resolution=tier)
    facts = facts_of(mock.fetch(url).body)
    assert (facts.format, facts.width, facts.height) == ("png", *size(ratio, tier))


@pytest.mark.parametrize("tier", ["1k", "2k", "4k"])
def test_a_tier_may_be_written_small(mock: Harness, tier: str) -> None:
    assert ordered(mock, size="21:9", resolution=tier) == size("21:9", tier.upper())
    assert mock.newest().order.tier == tier.upper()


def test_the_defaults_are_one_square_image_at_1k(mock: Harness) -> None:
    assert ordered(mock) == (1024, 1024)
    assert (mock.newest().order.count, mock.newest().order.tier) == (1, "1K")


# References


@pytest.mark.parametrize("ratio", ONE_K)
def test_the_ratio_comes_from_the_first_reference_where_none_is_given(mock: Harness, ratio: str) -> None:
    (url,) = result(mock, size=ratio, resolution="2K")
    (other,) = result(mock, size="1:1")
    assert ordered(mock, image_urls=[url, other], resolution="4K") == size(ratio, "4K")
    assert ordered(mock, image_urls=[other, url]) == (1024, 1024)
    assert ordered(mock, image_urls=[url], size="9:16") == size("9:16", "1K")


def test_every_image_of_a_result_can_be_a_reference(mock: Harness) -> None:
    urls = result(mock, size="21:9", n=4)
    assert [ordered(mock, image_urls=[url]) for url in urls] == [size("21:9", "1K")] * 4


def test_another_tenants_result_can_be_a_reference_too(mock: Harness) -> None:
    other = mock.world.create_tenant("t1")
    submit(mock, size="21:9", how={"tenant": other})
    mock.finish(other)
    (url,) = mock.poll("reapi", tenant=other).json["output"]["image_urls"]
    assert "/~t1/reapi/" in url
    assert ordered(mock, image_urls=[url]) == size("21:9", "1K")


def test_a_result_of_another_provider_can_be_a_reference_too(mock: Harness) -> None:
    mock.send("threedai", "POST", "/v1/images/gemini/3/pro/generate/", {"prompt": "x", "aspect_ratio": "9:16"})
    mock.finish()
    urls = mock.poll("threedai").json["results"][0]
    assert ordered(mock, image_urls=[urls["asset_url"]]) == size("9:16", "1K")


def test_a_result_on_the_stores_other_host_can_be_a_reference_too(mock: Harness) -> None:
    mock.send("threedai", "POST", "/v1/images/gemini/3/pro/generate/", {"prompt": "x", "aspect_ratio": "9:16"})
    mock.finish()
    urls = mock.poll("threedai").json["results"][0]
    assert ordered(mock, image_urls=[urls["asset"]]) == size("9:16", "1K")


def test_a_foreign_reference_has_a_ratio_fixed_by_its_url(mock: Harness) -> None:
    sizes = [ordered(mock, image_urls=[f"https://example.com/{number}.png"]) for number in range(40)]
    assert set(sizes) <= {size(ratio, "1K") for ratio in ONE_K}
    assert len(set(sizes)) > 4
    assert sizes == [ordered(mock, image_urls=[f"https://example.com/{number}.png"]) for number in range(40)]


def test_a_url_of_ours_that_leads_nowhere_is_taken_as_foreign(mock: Harness) -> None:
    (url,) = result(mock, size="21:9")
    for wrong in (url.replace("/0.png", "/1.png"), url.replace("task", "~"), "http://localhost:4011/reapi/", url + "/"):
        assert ordered(mock, image_urls=[wrong]) in {size(ratio, "1K") for ratio in ONE_K}


@pytest.mark.parametrize(
    "url", ["http://[", "http://[::1", "https://x:99999999/a", "HTTPS://EXAMPLE.COM", "http://猫/"]
)
def test_an_odd_reference_is_taken_or_refused_but_never_an_error(mock: Harness, url: str) -> None:
    for hosts in ("any", "public-only"):
        mock.tenant.choose("reapi.reference-hosts", hosts)
        assert submit(mock, image_urls=[url]).status in (200, 400)


def test_references_are_none_to_fourteen_urls(mock: Harness) -> None:
    urls = [f"https://example.com/{number}.png" for number in range(15)]
    assert submit(mock, image_urls=[]).status == 200
    assert mock.newest().order.width == 1024
    assert submit(mock, image_urls=urls[:14]).status == 200
    assert "image_urls" in assert_refused(submit(mock, image_urls=urls), "parameter-invalid")
    message = assert_refused(submit(mock, image_urls=["data:image/png;base64,eA=="]), "parameter-invalid")
    assert "must be a public http(s) URL" in message


# Results


def test_n_images_lie_under_the_tasks_digits_and_say_what_they_are(mock: Harness) -> None:
    urls = result(mock, prompt="Ein Käfer 🐞", n=4)
    job = mock.newest()
    assert urls == [f"http://localhost:4011/reapi/media/tasks/{job.hex}/{index}.png" for index in range(4)]
    images = [mock.fetch(url) for url in urls]
    assert {image.content_type for image in images} == {"image/png"}
    assert len({image.body for image in images}) == 4
    for index, image in enumerate(images):
        facts = facts_of(image.body)
        assert (facts.prompt_sha256, facts.job, facts.index) == (prompt_sha256("Ein Käfer 🐞"), job.hex, index)


def test_a_url_holds_for_seven_days_to_the_instant(mock: Harness) -> None:
    (url,) = result(mock)
    expiry = mock.newest().end()[0] + WEEK
    mock.until(expiry - 0.001)
    assert mock.fetch(url).status == 200
    mock.until(expiry)
    gone = mock.fetch(url)
    assert (gone.status, gone.body) == (404, b"Not Found\n")
    assert mock.poll("reapi").json["output"]["image_urls"] == [url]


def test_the_seven_days_run_from_the_end_of_the_job_not_from_a_poll(mock: Harness) -> None:
    submit(mock)
    mock.finish()
    mock.advance(WEEK)
    (url,) = mock.poll("reapi").json["output"]["image_urls"]
    assert mock.fetch(url).status == 404


def test_equal_submits_are_separate_tasks_each_paid(mock: Harness) -> None:
    answers = [submit(mock, how={"headers": {"Idempotency-Key": "same"}}).json["id"] for _ in range(3)]
    assert len(set(answers)) == 3
    assert mock.balance("reapi") == 1_000_000 - 3


def test_fields_nobody_documents_are_ignored(mock: Harness) -> None:
    assert submit(mock, official_fallback=True, seed=7, response_format={"a": [None]}, callback_url="x").status == 200


def test_a_json_body_may_be_labelled_as_a_form(mock: Harness) -> None:
    answer = submit(mock, how={"headers": {"Content-Type": "application/x-www-form-urlencoded"}})
    assert answer.status == 200
    assert [note.text for note in answer.exchange.notes] == ["the JSON body is not labelled application/json"]


# Errors, failures and money


def test_the_documented_messages(mock: Harness) -> None:
    invalid = assert_refused(submit(mock, resolution="8K"), "parameter-invalid")
    assert invalid == 'gemini-3-pro-image-preview: invalid resolution "8K"'
    assert assert_refused(submit(mock, how={"key": "rk_live_x"}), "key-unknown") == "API key invalid"
    mock.tenant.wallets["reapi"].set_balance(0, mock.tenant.clock.now())
    assert assert_refused(submit(mock), "credits-exhausted") == "Insufficient credits"
    mock.tenant.rate_limits["reapi"] = 1
    submit(mock)
    assert assert_refused(submit(mock), "rate-limited") == "Rate limit exceeded"


def test_every_error_has_a_request_id_of_its_own(mock: Harness) -> None:
    ids = [submit(mock, n=9).json["error"]["request_id"] for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"req_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id) for request_id in ids)


FAILURES = [
    ("upstream-submit", 80001, "provider_submit_failed", 30.0),
    ("polling-timeout", 80002, "provider_polling_timeout", 600.0),
    ("failed", 80003, "provider_failed", None),
    ("moderated-prompt", 80006, "The prompt was blocked by the content policy", None),
    ("moderated-output", 80006, "The generated image was blocked by the content policy", None),
]


@pytest.mark.parametrize(("ending", "code", "message", "after"), FAILURES)
def test_a_failed_task_says_why_and_is_paid_back(
    mock: Harness, ending: str, code: int, message: str, after: float | None
) -> None:
    submitted = mock.submit_ending("reapi", ending).json
    job = mock.newest()
    assert after is None or job.plan.duration == after
    assert mock.balance("reapi") == 1_000_000 - 1
    mock.until(job.end()[0] - 0.001)
    assert mock.poll("reapi").json["status"] == "processing"
    assert mock.balance("reapi") == 1_000_000 - 1
    mock.finish()
    assert mock.balance("reapi") == 1_000_000  # before anybody polls
    failed = mock.poll("reapi").json
    error = failed.pop("error")
    assert failed == {**submitted, "status": "failed", "output": None}
    assert (error["code"], error["message"]) == (code, message)
    assert mock.poll("reapi").json["error"] == error
    mock.advance(WEEK)
    assert mock.balance("reapi") == 1_000_000


def test_a_failed_task_has_no_media(mock: Harness) -> None:
    mock.submit_ending("reapi", "failed")
    mock.finish()
    path = f"/reapi/media/tasks/{mock.newest().hex}/0.png"
    assert mock.media.missing(mock.world.providers["reapi"], path).status == 404
    with pytest.raises(Exception, match="route-unknown"):
        mock.media.find(mock.tenant, path)


@pytest.mark.parametrize(
    ("word", "message"), [("prompt", "The prompt was blocked"), ("output", "The generated image was blocked")]
)
def test_words_in_the_prompt_call_the_moderation(mock: Harness, word: str, message: str) -> None:
    submit(mock, prompt=f"a cat, safelight:block-{word}, at dawn")
    job = mock.newest()
    mock.finish()
    assert mock.poll("reapi").json["error"]["message"].startswith(message)
    early = job.plan.duration <= job.plan.queued + 1
    assert early == (word == "prompt")


def test_the_next_jobs_can_be_ordered_to_be_moderated(mock: Harness) -> None:
    mock.tenant.moderations["reapi"].extend(["moderated-output", "moderated-prompt"])
    jobs: list[Job] = []
    for number in range(3):
        submit(mock, prompt=f"cat {number}")
        jobs.append(mock.newest())
    assert [job.plan.ending for job in jobs] == ["moderated-output", "moderated-prompt", "succeeded"]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_credit_per_image_is_taken_at_the_submit(mock: Harness, n: int) -> None:
    submit(mock, n=n)
    assert mock.balance("reapi") == 1_000_000 - n
    mock.finish()
    mock.poll("reapi")
    assert mock.balance("reapi") == 1_000_000 - n


def test_polls_and_balances_cost_nothing(mock: Harness) -> None:
    submit(mock)
    for _ in range(5):
        mock.poll("reapi")
        answer = mock.call("reapi", load("reapi").operation("get_balance"))
        assert answer.json == {"balance": 999_999}


# Progress without time


def test_jobs_may_end_at_a_poll(mock: Harness) -> None:
    with Harness(progress="polls:3") as counting:
        submit(counting)
        assert [counting.poll("reapi").json["status"] for _ in range(4)] == ["processing"] * 2 + ["completed"] * 2
        counting.submit_ending("reapi", "failed")
        assert [counting.poll("reapi").json["status"] for _ in range(3)] == ["processing"] * 2 + ["failed"]
        assert counting.balance("reapi") == 1_000_000 - 1


def test_jobs_may_end_at_once(mock: Harness) -> None:
    with Harness(progress="immediate") as immediate:
        assert submit(immediate).json["status"] == "processing"
        assert immediate.poll("reapi").json["status"] == "completed"


@pytest.mark.parametrize("progress", ["time", "polls:2", "immediate"])
def test_a_stuck_job_never_ends(progress: str) -> None:
    with Harness(progress=progress) as stuck:
        stuck.submit_ending("reapi", "stuck")
        for _ in range(4):
            assert stuck.poll("reapi").json["status"] == "processing"
            stuck.advance(86400)
        assert stuck.balance("reapi") == 1_000_000 - 1
