"""What the faulty answers look like."""

import email.utils
import json
from typing import Any

import pytest
from rig import ASYNCHRONOUS, NAMES, Client, Rig

from safelight.mockserver.dates import http_date
from safelight.mockserver.faults.optional import without_optional
from safelight.specs import load

each_provider = pytest.mark.parametrize("provider", NAMES)
each_asynchronous = pytest.mark.parametrize("provider", ASYNCHRONOUS)

PROBLEMS = [(name, problem) for name in NAMES for problem in load(name).behaviour.problems]


@pytest.fixture
def reapi(rig: Rig) -> Client:
    return rig.client("reapi")


@pytest.mark.parametrize(("provider", "problem"), PROBLEMS)
def test_any_problem_of_the_catalogue_in_the_providers_words(rig: Rig, provider: str, problem: str) -> None:
    client = rig.client(provider)
    client.arm("problem", problem=problem)
    answer = client.submit()
    row = load(provider).behaviour.problems[problem]
    assert answer.status == row.status
    assert row.message.partition("{")[0] in json.dumps(answer.json, ensure_ascii=False)
    assert client.journal[0].problem == problem


def test_retry_after_in_seconds_as_a_date_or_not_at_all(reapi: Client) -> None:
    for options, header in (
        ({"retry_after": 20}, "20"),
        ({"retry_after": 20, "retry_after_as": "date"}, http_date(reapi.now + 20)),
        ({}, None),
    ):
        reapi.arm("problem", problem="rate-limited", **options)
        answer = reapi.submit()
        assert (answer.status, answer.headers.get("retry-after")) == (429, header)


@each_provider
@pytest.mark.parametrize("status", [402, 418, 500, 529])
def test_any_status_in_the_providers_envelope(rig: Rig, provider: str, status: int) -> None:
    client = rig.client(provider)
    client.arm("status", status=status, message="so {it} is")
    answer = client.submit()
    ordinary = rig.client(provider)
    ordinary.arm("problem", problem="internal")
    assert answer.status == status
    assert "so {it} is" in json.dumps(answer.json)
    assert shape(answer.json) >= {"error"} if provider != "onemin" else shape(answer.json) == {"message"}
    assert answer.headers["content-type"] == ordinary.submit().headers["content-type"]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_of_the_edge_is_bare_html(reapi: Client, status: int) -> None:
    reapi.arm("edge-page", status=status)
    answer = reapi.submit()
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
    assert answer.body.startswith(b"<html>")
    assert str(status).encode() in answer.body
    assert answer.headers["server"] != "safelight"


@each_provider
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_edge_gives_up_after_a_minute_whatever_the_job_does(rig: Rig, provider: str, when: str) -> None:
    client = rig.client(provider)
    client.arm("edge-page", operation="submit", status=504, seconds=60, when=when)
    answer = client.submit()
    assert (answer.status, answer.took) == (504, 60)
    assert len(client.charges) == (when == "after")


@each_provider
def test_an_empty_answer_and_one_that_is_no_json(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("empty")
    client.arm("not-json", text="moment please")
    empty, text = client.result(), client.result()
    assert (empty.status, empty.body, empty.headers["content-length"]) == (200, b"", "0")
    assert (text.status, text.body, text.headers["content-type"]) == (200, b"moment please", "application/json")


@each_provider
def test_json_that_stops_in_the_middle_of_a_complete_answer(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    whole = client.result()
    client.arm("truncated-json", share=0.7)
    answer = client.result()
    assert answer.complete
    assert not answer.is_json
    assert 0 < len(answer.body) < len(whole.body)
    assert answer.headers["content-type"] == whole.headers["content-type"]


@each_provider
def test_a_wrong_label(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("wrong-content-type", content_type="text/plain")
    answer = client.result()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain")
    assert answer.is_json


@pytest.mark.parametrize(
    ("encoding", "marker"), [("utf-8", b'{"'), ("utf-8-sig", b"\xef\xbb\xbf{"), ("utf-16", b"\xff\xfe{")]
)
def test_a_wrong_charset(reapi: Client, encoding: str, marker: bytes) -> None:
    reapi.arm("wrong-charset", operation="submit", charset="koi8-r", encoding=encoding)
    answer = reapi.submit()
    assert answer.headers["content-type"] == "application/json; charset=koi8-r"
    assert answer.body.startswith(marker)
    assert json.loads(answer.body.decode(encoding))["status"] == "processing"


@each_provider
def test_unknown_fields_are_added_and_known_ones_stay(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    plain = client.result()
    client.arm("unknown-fields")
    client.arm("unknown-fields", operation="submit")
    answer = client.result() if provider in ASYNCHRONOUS else client.submit()
    assert shape(plain.json) < shape(answer.json)


@each_provider
def test_the_same_json_written_differently(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    plain = client.result()
    client.arm("reordered-keys")
    answer = client.result()
    assert list(answer.json) == list(reversed(plain.json))
    assert shape(answer.json) == shape(plain.json)
    assert answer.body.isascii()
    assert b"\n" in answer.body


def test_reordering_changes_no_value(reapi: Client) -> None:
    reapi.submit()
    plain = reapi.poll()
    reapi.arm("reordered-keys")
    answer = reapi.poll()
    assert answer.json == plain.json
    assert answer.body != plain.body


def test_missing_optional_leaves_what_the_specification_insists_on(rig: Rig) -> None:
    for provider, gone in (("reapi", {"output", "error"}), ("threedai", {"results"}), ("gmicloud", set())):
        client = rig.client(provider)
        client.submit()
        plain = client.poll().json
        client.arm("missing-optional")
        rest = client.poll().json
        assert set(plain) - set(rest) == gone, provider
        assert rest.items() <= {**plain, "payload": {}}.items()


def test_missing_optional_drops_from_nested_objects() -> None:
    inner = {"type": "object", "required": ["kept"]}
    schema = {"type": "object", "required": ["list"], "properties": {"list": {"items": inner}}}
    value = {"list": [{"kept": 1, "gone": 2}, {"kept": 3}], "away": {"kept": 4}}
    assert without_optional(value, schema) == {"list": [{"kept": 1}, {"kept": 3}]}
    assert value["list"][0] == {"kept": 1, "gone": 2}


def test_missing_optional_leaves_alone_what_does_not_fit_anyway() -> None:
    assert without_optional({"a": 1}, {"type": "array"}) == {"a": 1}


@pytest.mark.parametrize(
    ("provider", "word"), [("reapi", "reviewing"), ("threedai", "REVIEWING"), ("gmicloud", "reviewing")]
)
def test_an_unknown_status_stands_for_those_before_the_end(rig: Rig, provider: str, word: str) -> None:
    client = rig.client(provider)
    client.arm("unknown-status", times=None)
    client.submit()
    assert client.poll().json["status"] == word
    client.finish()
    assert client.poll().json["status"] == load(provider).behaviour.states["succeeded"]


@each_provider
def test_an_unknown_end(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    if provider in ASYNCHRONOUS:
        client.submit()
        client.finish()
    client.arm("unknown-status", of=["succeeded"], word="ARCHIVED")
    assert b"ARCHIVED" in client.result().body
    assert b"ARCHIVED" not in client.result().body


def test_an_unknown_status_replaces_words_of_readings_too(rig: Rig) -> None:
    client = rig.client("threedai")
    client.tenant.choose("threedai.pending-status", "queued")
    client.arm("unknown-status")
    client.submit()
    assert client.poll().json["status"] == "REVIEWING"


def test_progress_that_goes_back(rig: Rig) -> None:
    client = rig.client("threedai")
    client.arm("progress-back", skip=1)
    client.submit()
    client.advance(client.jobs[0].plan.duration * 0.6)
    before, during, after = (client.poll().json["progress"] for _ in range(3))
    assert before == after > 50
    assert during == before // 2


@each_provider
def test_nothing_to_change_is_noted(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.arm("unknown-status", of=["cancelled"], operation="submit")
    answer = client.submit()
    assert answer.status == 200
    assert "there was nothing in the answer for the fault unknown-status to change" in [
        note.text for note in client.journal[0].notes
    ]


@each_provider
def test_a_clock_that_is_off_shows_in_headers_and_bodies(rig: Rig, provider: str) -> None:
    plain, skewed = rig.client(provider), rig.client(provider)
    skewed.arm("clock-skew", seconds=3600, times=None)
    answers = [client.submit() for client in (plain, skewed)]
    dates = [email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp() for answer in answers]
    assert dates[1] - dates[0] == 3600
    for name in load(provider).behaviour.raw["answers"].get("times", ()):
        values = [find(answer.json, name) for answer in answers]
        if provider in ("reapi", "gmicloud"):
            assert values[1] - values[0] == 3600
        else:
            assert [value.replace("T01", "T00") for value in values] == [values[0]] * 2
            assert values[0] != values[1]


def test_a_skewed_date_to_retry_after_stays_in_step_with_the_date_header(reapi: Client) -> None:
    reapi.arm("clock-skew", seconds=-300)
    reapi.arm("problem", problem="rate-limited", retry_after=20, retry_after_as="date")
    headers = reapi.submit().headers
    retry, date = (email.utils.parsedate_to_datetime(headers[name]) for name in ("retry-after", "date"))
    assert (retry - date).total_seconds() == 20
    assert date.timestamp() == reapi.now - 300


def test_a_refusal_can_be_changed_like_any_answer(reapi: Client) -> None:
    reapi.arm("truncated-json", operation="submit")
    path = "/api/v1/images/generations"
    answer = reapi.request("POST", path, b"{}")
    assert answer.status == 400
    assert not answer.is_json


def find(value: Any, name: str) -> Any:
    """The first value under a name, wherever it stands."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for item in value if (found := find(item, name)) is not None), None)
    return None


def shape(value: Any) -> set[str]:
    """All keys inside."""
    if isinstance(value, dict):
        return set(value).union(*map(shape, value.values()))
    return set[str]().union(*map(shape, value)) if isinstance(value, list) else set()
