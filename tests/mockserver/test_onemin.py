"""1min.ai: the record, the storage key, the presigned URL and its end, models, uploads."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from harness import JSON, Answer, Harness, facts_of, multipart, png
from hypothesis import given
from hypothesis import strategies as st
from pixel_sizes import size
from refusals import assert_refused

from safelight.mockserver.images import prompt_sha256
from safelight.specs import load

FEATURES, MODELS, ASSETS = "/api/features", "/models", "/api/assets"
MODEL = "gemini-3-pro-image-preview"


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def create(mock: Harness, how: Any = None, **prompt: Any) -> Answer:
    prompt = {"prompt": "A cat, in the rain!", "imageSize": "1K", **prompt}
    body = {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": prompt}
    return mock.send("onemin", "POST", FEATURES, body, **(how or {}))


def record(mock: Harness, **prompt: Any) -> Any:
    answer = create(mock, **prompt)
    assert answer.status == 200
    return answer.json["aiRecord"]


# The record


def test_a_record_is_as_documented(mock: Harness) -> None:
    mock.advance(0.25)
    prompt = {"prompt": "A cat, in the rain!", "imageSize": "2K", "temperature": 1.0, "topP": 0.95}
    answer = create(mock, **prompt)
    assert sorted(answer.json) == ["aiRecord"]
    found = answer.json["aiRecord"]
    assert sorted(found) == sorted(
        ["uuid", "userId", "teamId", "model", "type", "status", "createdAt", "aiRecordDetail", "temporaryUrl"]
    )
    assert found["uuid"].replace("-", "") == mock.newest().hex
    assert (found["model"], found["type"], found["status"]) == (MODEL, "IMAGE_GENERATOR", "SUCCESS")
    assert found["createdAt"] == "2026-01-01T00:00:00.250Z"
    assert found["aiRecordDetail"]["promptObject"] == prompt


def test_the_prompt_object_comes_back_as_it_was_sent(mock: Harness) -> None:
    sent = {"prompt": "x", "n": 4, "size": "1024x1024", "negative": [None, {"a": 1.5}]}
    body = {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": sent}
    answer = mock.send("onemin", "POST", FEATURES, body)
    assert answer.json["aiRecord"]["aiRecordDetail"]["promptObject"] == sent
    assert [note.rule for note in answer.exchange.notes] == ["onemin.submit.image-size-absent"]


@pytest.mark.parametrize("tier", ["1K", "2K", "4K"])
def test_one_square_image_of_the_tier(mock: Harness, tier: str) -> None:
    url = record(mock, imageSize=tier)["temporaryUrl"]
    image = mock.fetch(url)
    facts = facts_of(image.body)
    assert image.content_type == "image/png"
    assert (facts.format, facts.width, facts.height) == ("png", *size("1:1", tier))
    assert (facts.prompt_sha256, facts.job) == (prompt_sha256("A cat, in the rain!"), mock.newest().hex)
    assert mock.balance("onemin") == 1_000_000 - 1


def test_the_storage_key_is_no_url_and_leads_into_the_signed_one(mock: Harness) -> None:
    found = record(mock)
    (key,) = found["aiRecordDetail"]["resultObject"]
    assert re.fullmatch(r"development/images/\d{4}(_\d\d){5}_\d{3}_a_cat_in_the_rain_[0-9a-f]{32}\.png", key)
    assert urlsplit(found["temporaryUrl"]).path == f"/onemin/asset.1min.ai/{key}"


@pytest.mark.parametrize("prompt", ["猫", "../../etc/passwd", "a" * 500, "{slug} %2F ?#", "_", "Ä ö"])
def test_no_prompt_breaks_the_storage_key(mock: Harness, prompt: str) -> None:
    found = record(mock, prompt=prompt)
    assert mock.fetch(found["temporaryUrl"]).status == 200
    assert len(found["aiRecordDetail"]["resultObject"][0]) < 150


@pytest.mark.parametrize(
    ("ending", "status", "charged"),
    [("failed", "FAILED", 0), ("moderated-prompt", "FAILED", 0), ("moderated-output", "FAILED", 0),
     ("no-image", "SUCCESS", 0), ("cancelled", "FAILED", 0)],
)  # fmt: skip
def test_a_record_without_image_says_why_and_is_paid_back(
    mock: Harness, ending: str, status: str, charged: float
) -> None:
    answer = mock.submit_ending("onemin", ending)
    found = answer.json["aiRecord"]
    assert answer.status == 200
    assert (found["status"], found["aiRecordDetail"]["resultObject"]) == (status, [])
    assert "temporaryUrl" not in found
    failures = load("onemin").behaviour.failures
    assert answer.json["message"] == failures.get(ending, failures["failed"]).message
    assert mock.balance("onemin") == 1_000_000 - charged


@pytest.mark.parametrize(("tier", "shortest", "longest"), [("1K", 30, 45), ("2K", 45, 45), ("4K", 60, 120)])
def test_the_answer_takes_as_long_as_the_job(mock: Harness, tier: str, shortest: float, longest: float) -> None:
    body = {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": {"prompt": "a cat", "imageSize": tier}}
    waiting = mock.begin("onemin", "POST", FEATURES, body)
    job = mock.newest()
    assert shortest <= job.plan.duration <= longest
    mock.until(job.end()[0] - 0.001)
    assert not waiting.done
    mock.finish()
    assert waiting.answer().exchange.done == job.end()[0]


# The presigned URL


def error_of(answer: Any) -> dict[str, str]:
    assert answer.content_type == "application/xml"
    return {element.tag: element.text or "" for element in ElementTree.fromstring(answer.body)}


def test_the_url_is_signed_when_the_job_ends_and_lapses_to_the_second(mock: Harness) -> None:
    url = record(mock, imageSize="2K")["temporaryUrl"]
    query = parse_qs(urlsplit(url).query)
    ends = int(mock.newest().end()[0])
    assert query["X-Amz-Date"] == ["20260101T000045Z"]
    assert query["X-Amz-Expires"] == ["3600"]
    mock.until(ends + 3600)
    assert mock.fetch(url).status == 200
    mock.until(ends + 3600.001)
    refusal = mock.fetch(url)
    assert refusal.status == 403
    error = error_of(refusal)
    assert {name: error[name] for name in ("Code", "Message", "X-Amz-Expires", "Expires", "ServerTime")} == {
        "Code": "AccessDenied",
        "Message": "Request has expired",
        "X-Amz-Expires": "3600",
        "Expires": "2026-01-01T01:00:45Z",
        "ServerTime": "2026-01-01T01:00:45Z",
    }


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (("X-Amz-Expires=3600", "X-Amz-Expires=7200"), 403, "SignatureDoesNotMatch"),
        (("X-Amz-Signature=", "X-Amz-Signature=0"), 403, "SignatureDoesNotMatch"),
        (("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host&a=b"), 403, "SignatureDoesNotMatch"),
        (("X-Amz-Expires=3600&", ""), 400, "AuthorizationQueryParametersError"),
        (("us-east-1", "eu-west-1"), 400, "AuthorizationQueryParametersError"),
    ],
)
def test_an_altered_url_is_refused(mock: Harness, change: tuple[str, str], status: int, code: str) -> None:
    url = record(mock)["temporaryUrl"]
    altered = url.replace(*change)
    assert altered != url
    refusal = mock.fetch(altered)
    assert (refusal.status, error_of(refusal)["Code"]) == (status, code)


def test_a_url_without_its_signature_is_refused(mock: Harness) -> None:
    refusal = mock.fetch(record(mock)["temporaryUrl"].partition("?")[0])
    assert (refusal.status, error_of(refusal)["Code"]) == (403, "AccessDenied")


# Keys, parameters, models


def test_the_key_is_taken_from_its_own_header_alone(mock: Harness) -> None:
    key = mock.world.ready_key(mock.tenant, "onemin")
    for headers in ({"Authorization": f"Bearer {key}"}, {"x-goog-api-key": key}, {"X-API-KEY": key}):
        assert_refused(create(mock, {"key": None, "headers": headers}), "key-missing")
    assert_refused(create(mock, {"key": f"Bearer {key}"}), "key-unknown")
    assert create(mock, {"key": f" {key} "}).status == 200


def test_only_streaming_off_can_be_asked_for(mock: Harness) -> None:
    assert create(mock, {"query": "isStreaming=false"}).status == 200
    assert "isStreaming" in assert_refused(create(mock, {"query": "isStreaming=true"}), "parameter-invalid")


@pytest.mark.parametrize(
    ("query", "models"), [("", [MODEL]), ("feature=IMAGE_GENERATOR", [MODEL]), ("feature=CHAT", []), ("feature=", [])]
)
def test_models_are_listed_to_anybody_by_feature(mock: Harness, query: str, models: list[str]) -> None:
    for key in (None, "wrong"):
        answer = mock.send("onemin", "GET", MODELS, query=query, key=key)
        assert answer.json == {"models": [{"modelId": model} for model in models]}


# Uploads


def upload(mock: Harness, filename: str = "cat.png", content: bytes | None = None, field: str = "asset") -> Answer:
    body, content_type = multipart(field, filename, png() if content is None else content)
    return mock.send("onemin", "POST", ASSETS, raw=body, headers={"Content-Type": content_type})


def test_an_upload_answers_its_key_twice(mock: Harness) -> None:
    body = upload(mock).json
    key = body["asset"]["key"]
    assert re.fullmatch(r"development/images/2026_01_01_00_00_00_\d{3}_cat_[0-9a-f]{32}\.png", key)
    assert body["fileContent"]["path"] == key
    assert upload(mock).json == body
    assert upload(mock, content=b"other").json != body
    assert mock.balance("onemin") == 1_000_000


@pytest.mark.parametrize("filename", ["../../x.png", "a b?.jpg", "猫.png", "", "noext", ".hidden", "a" * 300, "%2F:"])
def test_no_file_name_breaks_the_key(mock: Harness, filename: str) -> None:
    key = upload(mock, filename).json["asset"]["key"]
    assert re.fullmatch(r"[\w./-]+", key, re.ASCII)
    assert ".." not in key


def test_an_upload_without_the_field_is_refused(mock: Harness) -> None:
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (multipart("file", "cat.png", png())[0], {"Content-Type": "multipart/form-data; boundary=b"}),
        (png(), {"Content-Type": "image/png"}),
        (b"{}", dict(JSON)),
        (b"", {}),
        (multipart("asset", "cat.png", png())[0], {"Content-Type": "multipart/form-data"}),
        (b"--b", {"Content-Type": "multipart/form-data; boundary=b"}),
    ]
    for raw, headers in wrong:
        answer = mock.send("onemin", "POST", ASSETS, raw=raw, headers=headers)
        assert assert_refused(answer, "parameter-missing") == "asset is required"


@given(
    st.binary(max_size=300) | st.binary(max_size=60).map(lambda content: multipart("asset", "a", content)[0]),
    st.text(max_size=60)
    | st.sampled_from(
        [
            "multipart/form-data; boundary=b",
            'multipart/form-data; boundary="b"; charset=nope',
            "multipart/form-data; boundary=*''b",
            "multipart/mixed; boundary=b",
            "message/rfc822",
            "multipart/form-data; boundary*0=b; boundary*1=%ff",
        ]
    ),
)
def test_no_upload_at_all_is_answered_with_a_server_error(raw: bytes, content_type: str) -> None:
    with Harness() as mock:
        answer = mock.send("onemin", "POST", ASSETS, raw=raw, headers={"Content-Type": content_type})
    assert answer.status in (200, 400)
