"""The comparison of answers with documented ones: what it lets pass, and that every deviation is named."""

from typing import Any

import pytest
from answer_matching import KINDS, deviations

from safelight.fixtures.reading import load_exchanges
from safelight.specs import provider_names

DOCUMENTED = {
    "id": "task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e",
    "status": "completed",
    "created_at": 1735000000,
    "output": {"image_urls": ["https://cdn.example.com/0.png", "https://cdn.example.com/1.png"]},
    "error": None,
    "progress": 100,
}
MATCH = {
    "/id": "id",
    "/created_at": "time",
    "/output/image_urls/0": "media_url",
    "/output/image_urls/1": "media_url",
}
ANSWER = {
    "id": "task_00000000000000000000000000000001",
    "status": "completed",
    "created_at": 1767225600,
    "output": {"image_urls": ["http://localhost:4011/reapi/0.png", "http://localhost:4011/reapi/1.png"]},
    "error": None,
    "progress": 100,
}


def differing(**changes: Any) -> list[str]:
    return list(deviations(DOCUMENTED, {**ANSWER, **changes}, MATCH))


def test_an_answer_of_the_same_form_passes() -> None:
    assert differing() == []


def test_a_whole_number_may_be_written_either_way() -> None:
    assert differing(progress=100.0) == []


@pytest.mark.parametrize(
    ("changes", "deviation"),
    [
        ({"status": "done"}, "/status: 'done' instead of 'completed'"),
        ({"progress": True}, "/progress: boolean True instead of number 100"),
        ({"progress": "100"}, "/progress: string '100' instead of number 100"),
        ({"error": {}}, "/error: object {} instead of null None"),
        ({"extra": 1}, "/extra: 1 is not in the document"),
        ({"output": {}}, "/output/image_urls: missing"),
        ({"output": {"image_urls": ["http://localhost/0.png"]}}, "/output/image_urls: 1 entries instead of 2"),
        ({"id": "018f"}, "/id: '018f' is no id like 'task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e'"),
        ({"created_at": "now"}, "/created_at: 'now' is no time like 1735000000"),
    ],
)
def test_a_deviation_is_named_by_its_place(changes: dict[str, Any], deviation: str) -> None:
    assert differing(**changes) == [deviation]


def test_a_missing_key_is_named() -> None:
    answer = {name: value for name, value in ANSWER.items() if name != "error"}
    assert list(deviations(DOCUMENTED, answer, MATCH)) == ["/error: missing"]


def test_an_answer_that_is_no_object_at_all() -> None:
    assert next(deviations(DOCUMENTED, [], {})).startswith("/: array [] instead of object")


@pytest.mark.parametrize(
    ("kind", "documented", "fitting", "wrong"),
    [
        ("id", "task_018f5a3a", "task_00000000", ["job_00000000", "task_0000", "task_0000-000", 7]),
        ("id", "a1b2c3d4-abcd", "00000000-ffff", ["00000000ffff", None]),
        ("request_id", "req_8a4f-1c8b", "req_0000-ffff", ["8a4f-1c8b"]),
        ("time", 1735000000, 0, [True, 0.5, "2026-01-01T00:00:00Z"]),
        ("time", "2026-02-25T12:00:00Z", "2026-01-01T00:00:00Z", ["2026-01-01T00:00:00.000Z", 1767225600]),
        (
            "media_url",
            "https://a.b/c/x.png?One=1&Two=2",
            "http://localhost:1/y.png?One=3&Two=4",
            ["http://localhost/y.jpg?One=3&Two=4", "http://localhost/y.png?Two=4&One=3", "gs://a/y.png?One=3&Two=4", 1],
        ),
        (
            "storage_key",
            "a/b/2025_01_a_city.png",
            "a/b/2026_12_the_cat.png",
            ["https://x/a/b/2026_12_cat.png", "a/c/2026_12_cat.png", "a/b/cat.png", "a/b/2026_12_cat.jpg"],
        ),
        ("base64", "iVBORw0KGgo=", "iVBORw0KGgoA", ["/9j/4AAQ", "iVBORw0KGgo", "", 1]),
        ("text", "gs://bucket/x", "anything", ["", None]),
        ("number", 48, 0, [True, "48", 1.5, None]),
    ],
)
def test_each_kind_tells_its_own_from_others(kind: str, documented: Any, fitting: Any, wrong: list[Any]) -> None:
    assert KINDS[kind](documented, fitting)
    assert KINDS[kind](documented, documented)
    assert [value for value in wrong if KINDS[kind](documented, value)] == []


def test_every_kind_in_the_fixtures_is_known() -> None:
    used = {kind for name in provider_names() for exchange in load_exchanges(name) for kind in exchange.match.values()}
    assert used <= KINDS.keys()
