"""3D AI Studio: generate and edit, prices, progress, three URLs per image, 24 hours, slashes, the wallet."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Answer, Harness, data_uri, facts_of, png
from pixel_sizes import FACTORS, ONE_K, size
from refusals import assert_refused

from safelight.mockserver.images import prompt_sha256
from safelight.specs import load

GENERATE = "/v1/images/gemini/3/pro/generate/"
EDIT = "/v1/images/gemini/3/pro/edit/"
WALLET = "/account/user/wallet/"
DAY = 86400


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def generate(mock: Harness, **fields: Any) -> Answer:
    return mock.send("threedai", "POST", GENERATE, {"prompt": "a cat", **fields})


def edit(mock: Harness, *images: str, **fields: Any) -> Answer:
    return mock.send("threedai", "POST", EDIT, {"prompt": "a hat", "images": images, **fields})


def results(mock: Harness, **fields: Any) -> list[dict[str, str]]:
    """The results of a generation followed to its end."""
    assert generate(mock, **fields).status == 200
    mock.finish()
    found: list[dict[str, str]] = mock.poll("threedai").json["results"]
    return found


def ordered(mock: Harness) -> tuple[int, int]:
    return (mock.newest().order.width, mock.newest().order.height)


def test_a_submit_answers_an_id_and_a_time_and_nothing_else(mock: Harness) -> None:
    mock.advance(0.999)
    answers = [generate(mock), edit(mock, data_uri())]
    for job, answer in zip(mock.tenant.jobs, answers, strict=True):
        assert answer.json["task_id"].replace("-", "") == job.hex
        assert answer.json == {"task_id": answer.json["task_id"], "created_at": "2026-01-01T00:00:00Z"}


def test_a_task_waits_works_and_finishes_with_growing_progress(mock: Harness) -> None:
    generate(mock)
    job = mock.newest()
    seen = []
    instants = [job.submitted + job.plan.duration * step / 100 for step in range(100)]
    for instant in (*instants, job.end()[0] - 0.001, job.end()[0]):
        mock.until(instant)
        body = mock.poll("threedai").json
        seen.append((body["status"], body["progress"]))
        assert len(body["results"]) == (body["status"] == "FINISHED")
    statuses = [status for status, _ in seen]
    assert list(dict.fromkeys(statuses)) == ["PENDING", "IN_PROGRESS", "FINISHED"]
    progress = [percent for _, percent in seen]
    assert progress == sorted(progress)
    assert (progress[0], progress[-2], progress[-1]) == (0, 99, 100)
    assert all(percent < 100 for status, percent in seen if status != "FINISHED")


@pytest.mark.parametrize(("tier", "each"), [("1K", 50), ("2K", 50), ("4K", 80)])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_image_costs_50_or_80_credits(mock: Harness, tier: str, each: int, count: int) -> None:
    generate(mock, resolution=tier, num_images=count)
    assert mock.balance("threedai") == 1_000_000 - each * count
    edit(mock, data_uri(), resolution=tier, num_images=count)
    assert mock.balance("threedai") == 1_000_000 - 2 * each * count
    mock.finish()
    assert len(mock.poll("threedai").json["results"]) == count


def test_a_source_image_may_be_as_large_as_the_body_allows(mock: Harness) -> None:
    large = png() + bytes(21 * 2**20)  # readers stop at the end of the picture
    assert edit(mock, f"data:image/png;base64,{b64encode(large).decode()}").status == 200


@pytest.mark.parametrize("ending", ["failed", "moderated-prompt", "moderated-output"])
def test_a_failed_task_is_paid_back_whole(mock: Harness, ending: str) -> None:
    body = b'{"prompt": "x", "num_images": 4, "resolution": "4K"}'
    mock.submit_ending("threedai", ending, raw=body)
    assert mock.balance("threedai") == 1_000_000 - 320
    mock.until(mock.newest().end()[0] - 0.001)
    assert mock.poll("threedai").json["status"] in ("PENDING", "IN_PROGRESS")
    mock.finish()
    assert mock.balance("threedai") == 1_000_000
    status = mock.poll("threedai").json
    assert (status["status"], status["results"]) == ("FAILED", [])
    assert status["failure_reason"] == load("threedai").behaviour.failures[ending].message
    assert status["progress"] < 100


def test_the_wallet_is_a_string_with_two_decimals(mock: Harness) -> None:
    assert mock.send("threedai", "GET", WALLET).json == {"balance": "1000000.00"}
    generate(mock)
    assert mock.send("threedai", "GET", WALLET).json == {"balance": "999950.00"}


@pytest.mark.parametrize(("count", "shortest", "longest"), [(1, 40, 90), (4, 160, 210)])
def test_more_images_take_longer(mock: Harness, count: int, shortest: float, longest: float) -> None:
    for number in range(40):
        generate(mock, prompt=f"cat {number}", num_images=count)
    durations = [job.plan.duration for job in mock.tenant.jobs]
    assert shortest <= min(durations) < max(durations) <= longest


# Sizes


@pytest.mark.parametrize("tier", FACTORS)
@pytest.mark.parametrize("ratio", ONE_K)
def test_an_order_has_the_pixels_of_its_ratio_and_tier(mock: Harness, ratio: str, tier: str) -> None:
    generate(mock, aspect_ratio=ratio, resolution=tier)
    assert ordered(mock) == size(ratio, tier)
    edit(mock, data_uri(), aspect_ratio=ratio, resolution=tier)
    assert ordered(mock) == size(ratio, tier)


@pytest.mark.parametrize(
    ("width", "height", "ratio"), [(30, 20, "3:2"), (9, 16, "9:16"), (21, 9, "21:9"), (7, 7, "1:1")]
)
def test_auto_takes_the_ratio_of_the_first_image(mock: Harness, width: int, height: int, ratio: str) -> None:
    for fields in ({}, {"aspect_ratio": "auto"}):
        edit(mock, data_uri(width, height), data_uri(1, 50), resolution="2K", **fields)
        assert ordered(mock) == size(ratio, "2K")


def test_auto_without_an_image_is_square(mock: Harness) -> None:
    generate(mock, aspect_ratio="auto", resolution="2K")
    assert ordered(mock) == (2048, 2048)


# Results


@pytest.mark.parametrize(
    ("output_format", "suffix", "mime"),
    [("png", "png", "image/png"), ("jpeg", "jpg", "image/jpeg"), ("webp", "webp", "image/webp")],
)
def test_every_image_has_two_equal_assets_and_a_small_thumbnail(
    mock: Harness, output_format: str, suffix: str, mime: str
) -> None:
    rows = results(mock, num_images=3, aspect_ratio="3:2", output_format=output_format)
    uuid = mock.world.providers["threedai"].public_id(mock.newest().hex)
    assert [row["asset_url"] for row in rows] == [
        f"http://localhost:4011/threedai/images/{uuid}/img_{number:03}.{suffix}" for number in (1, 2, 3)
    ]
    for index, row in enumerate(rows):
        assert row["asset_type"] == "IMAGE"
        first, second, small = (mock.fetch(row[name]) for name in ("asset_url", "asset", "thumbnail"))
        assert first.body == second.body
        assert first.content_type == second.content_type == small.content_type == mime
        facts, tiny = facts_of(first.body), facts_of(small.body)
        assert (facts.format, facts.width, facts.height) == (output_format, *size("3:2", "1K"))
        assert max(tiny.width, tiny.height) == 256
        assert facts.prompt_sha256 == tiny.prompt_sha256 == prompt_sha256("a cat")
        assert (facts.job, facts.index) == (tiny.job, tiny.index) == (mock.newest().hex, index)


def test_files_lapse_after_24_hours_to_the_instant(mock: Harness) -> None:
    (row,) = results(mock)
    expiry = mock.newest().end()[0] + DAY
    mock.until(expiry - 0.001)
    assert {mock.fetch(row[name]).status for name in ("asset_url", "asset", "thumbnail")} == {200}
    mock.until(expiry)
    assert {mock.fetch(row[name]).status for name in ("asset_url", "asset", "thumbnail")} == {404}
    assert mock.poll("threedai").json["results"] == [row]


# Images in


@pytest.mark.parametrize("count", [1, 14])
def test_up_to_fourteen_images(mock: Harness, count: int) -> None:
    assert edit(mock, *[data_uri()] * count).status == 200


def test_no_images_or_too_many(mock: Harness) -> None:
    assert "images" in assert_refused(edit(mock), "parameter-invalid")
    assert "images" in assert_refused(edit(mock, *[data_uri()] * 15), "parameter-invalid")
    missing = mock.send("threedai", "POST", EDIT, {"prompt": "a hat"})
    assert assert_refused(missing, "parameter-missing") == "images is required."


@pytest.mark.parametrize(
    "image",
    [
        "https://example.com/a.png",
        data_uri().partition(",")[2],
        data_uri().replace("image/png", "text/plain"),
        data_uri().replace(";base64", ""),
        data_uri()[:-30],
        "data:image/png;base64,",
        "data:image/png;base64,aGVsbG8gd29ybGQ=",
    ],
)
def test_anything_but_the_data_uri_of_an_image_is_refused(mock: Harness, image: str) -> None:
    message = assert_refused(edit(mock, data_uri(), image), "parameter-invalid")
    assert message.startswith("images[1] is not valid: ")
    assert mock.balance("threedai") == 1_000_000


def test_the_declared_type_may_be_another_image_type(mock: Harness) -> None:
    assert edit(mock, data_uri().replace("image/png", "image/jpeg")).status == 200


# Paths and fields


@pytest.mark.parametrize("path", [GENERATE, EDIT, WALLET, "/v1/generation-request/{id}/status/"])
def test_a_path_without_its_slash_is_not_found(mock: Harness, path: str) -> None:
    generate(mock)
    path = path.replace("{id}", mock.world.providers["threedai"].public_id(mock.newest().hex))
    for method in ("GET", "POST"):
        assert_refused(mock.send("threedai", method, path[:-1]), "route-unknown")


@pytest.mark.parametrize("path", [GENERATE, EDIT, WALLET, "/v1/generation-request/x/status/"])
def test_a_redirect_leads_to_the_path_with_the_slash_wherever_we_are_served(mock: Harness, path: str) -> None:
    mock.tenant.choose("threedai.missing-slash", "redirect")
    answer = mock.send("threedai", "GET", path[:-1], documented=False)
    assert answer.status == 301
    parent = path[:-1].rpartition("/")[0]
    assert f"{parent}/{answer.headers['Location']}" == path
    assert_refused(mock.send("threedai", "GET", "/nowhere"), "route-unknown")


def test_unknown_fields_are_ignored(mock: Harness) -> None:
    generate(mock, count=4, size="16:9", negative_prompt="dogs")
    assert (mock.newest().order.count, ordered(mock)) == (1, (1024, 1024))
    assert mock.balance("threedai") == 1_000_000 - 50


def test_three_requests_a_minute_where_the_limit_is_on(mock: Harness) -> None:
    mock.tenant.choose("threedai.rate-limit", "three-per-minute")
    for _ in range(3):
        assert generate(mock).status == 200
        mock.advance(1)
    answer = edit(mock, data_uri())
    assert_refused(answer, "rate-limited")
    assert answer.headers["Retry-After"] == "57"
    assert mock.poll("threedai").status == 200
    mock.advance(57)
    assert edit(mock, data_uri()).status == 200
    assert_refused(generate(mock), "rate-limited")
