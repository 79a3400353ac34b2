"""Tokaify: either casing, text and images, blocks, usage, keys, two envelopes, an answer that takes its time."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from harness import Answer, Harness, base64_png, facts_of, png
from hypothesis import given
from hypothesis import strategies as st
from pixel_sizes import FACTORS, ONE_K, size
from refusals import assert_refused

from safelight.mockserver.images import describe, prompt_sha256
from safelight.mockserver.jobs import SUCCEEDED
from safelight.specs import load

PATH = "/v1beta/models/gemini-3-pro-image-preview:generateContent"


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def body(*turns: Any, **config: Any) -> dict[str, Any]:
    contents = list(turns) or [{"parts": [{"text": "a cat"}]}]
    return {"contents": contents, **({"generationConfig": config} if config else {})}


def generate(mock: Harness, *turns: Any, **config: Any) -> Answer:
    return mock.send("tokaify", "POST", PATH, body(*turns, **config))


def parts_of(answer: Answer, candidate: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json["candidates"][candidate]["content"]["parts"]
    return found


def picture(answer: Answer, candidate: int = 0) -> Any:
    """What the image of an answer says of itself."""
    inline = parts_of(answer, candidate)[-1]["inlineData"]
    return facts_of(b64decode(inline["data"], validate=True))


# Casing


def respelt(draw: st.DrawFn, value: Any) -> Any:
    """The same JSON with each name in camel or in snake case, as drawn."""
    if isinstance(value, dict):
        return {(snake(name) if draw(st.booleans()) else name): respelt(draw, item) for name, item in value.items()}
    return [respelt(draw, item) for item in value] if isinstance(value, list) else value


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


RICH = {
    "systemInstruction": {"parts": [{"text": "be brief"}]},
    "contents": [
        {"role": "user", "parts": [{"text": "a cat"}, {"inlineData": {"mimeType": "image/png", "data": base64_png()}}]},
        {"role": "model", "parts": [{"text": "here", "thought": True, "thoughtSignature": "c2ln"}]},
        {"role": "user", "parts": [{"fileData": {"mimeType": "image/png", "fileUri": "gs://b/c"}}, {"text": "a dog"}]},
    ],
    "generationConfig": {
        "responseModalities": ["IMAGE"],
        "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        "candidateCount": 2,
        "topP": 0.5,
        "topK": 3,
        "maxOutputTokens": 9000,
        "temperature": 0.1,
    },
    "safetySettings": [],
    "tools": [],
}


@st.composite
def spellings(draw: st.DrawFn) -> Any:
    return respelt(draw, RICH)


@given(spellings())
def test_every_mixture_of_casings_asks_for_the_same(request_body: Any) -> None:
    with Harness() as mock:
        waiting = mock.begin("tokaify", "POST", PATH, request_body)
        order = mock.newest().order
        waiting.leave()
    assert (order.prompt, order.count, order.width, order.height) == ("a dog", 2, *size("16:9", "2K"))


def test_answers_are_in_camel_case_alone(mock: Harness) -> None:
    answers = [mock.send("tokaify", "POST", PATH, respell) for respell in (RICH, _all_snake(RICH))]
    for answer in answers:
        assert not [name for name in _names(answer.json) if "_" in name]
        assert len(answer.json["candidates"]) == 2


def test_camel_case_counts_where_both_stand(mock: Harness) -> None:
    generate(mock, imageConfig={"imageSize": "2K", "image_size": "4K"}, image_config={"imageSize": "4K"})
    assert mock.newest().order.tier == "2K"


def _all_snake(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(name): _all_snake(item) for name, item in value.items()}
    return [_all_snake(item) for item in value] if isinstance(value, list) else value


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _names(item)


# What comes back


@pytest.mark.parametrize(
    ("modalities", "kinds"),
    [
        (None, ["text", "inlineData"]), (["TEXT", "IMAGE"], ["text", "inlineData"]),
        (["IMAGE", "TEXT"], ["text", "inlineData"]), (["IMAGE"], ["inlineData"]), (["TEXT"], ["text"]),
    ],
)  # fmt: skip
def test_the_modalities_decide_what_comes(mock: Harness, modalities: Any, kinds: list[str]) -> None:
    config = {} if modalities is None else {"responseModalities": modalities}
    answer = generate(mock, **config)
    assert [next(iter(part)) for part in parts_of(answer)] == kinds
    assert answer.json["candidates"][0]["finishReason"] == "STOP"
    assert answer.json["candidates"][0]["content"]["role"] == "model"


@pytest.mark.parametrize("tier", FACTORS)
@pytest.mark.parametrize("ratio", ONE_K)
def test_an_image_has_the_pixels_of_its_ratio_and_tier(mock: Harness, ratio: str, tier: str) -> None:
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": ratio, "imageSize": tier}}
    if tier == "4K" and ratio not in ("1:1", "16:9"):
        mock.begin("tokaify", "POST", PATH, body(**config)).leave()
        assert (mock.newest().order.width, mock.newest().order.height) == size(ratio, tier)
        return
    facts = picture(generate(mock, **config))
    assert (facts.format, facts.width, facts.height) == ("png", *size(ratio, tier))
    assert (facts.prompt_sha256, facts.job) == (prompt_sha256("a cat"), mock.newest().hex)


@pytest.mark.parametrize("count", [1, 3, 8])
def test_as_many_candidates_as_asked_for_each_paid(mock: Harness, count: int) -> None:
    answer = generate(mock, candidateCount=count)
    assert [picture(answer, number).index for number in range(count)] == list(range(count))
    assert mock.balance("tokaify") == 1_000_000 - count
    assert "candidateCount" in assert_refused(generate(mock, candidateCount=9), "parameter-invalid")


@pytest.mark.parametrize(("tier", "tokens"), [("1K", 1120), ("2K", 1120), ("4K", 2000)])
def test_usage_counts_prompt_and_candidates(mock: Harness, tier: str, tokens: int) -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": base64_png()}}
    turn = {"parts": [{"text": "three small words"}, image]}
    usage = generate(mock, turn, imageConfig={"imageSize": tier}, candidateCount=2).json["usageMetadata"]
    prompt = 3 + 560
    assert usage == {
        "promptTokenCount": prompt, "candidatesTokenCount": 2 * tokens, "totalTokenCount": prompt + 2 * tokens,
    }  # fmt: skip


def test_a_text_answer_counts_its_words(mock: Harness) -> None:
    answer = generate(mock, responseModalities=["TEXT"])
    words = len(parts_of(answer)[0]["text"].split())
    assert answer.json["usageMetadata"]["candidatesTokenCount"] == words > 3


# What goes in

STANDARD = base64_png(17, 19)


@pytest.mark.parametrize(
    "data",
    [
        STANDARD,
        STANDARD.rstrip("="),
        urlsafe_b64encode(png(17, 19)).decode(),
        urlsafe_b64encode(b"".join([png(17, 19), b"\xff\xfe\xfb" * 9])).decode().rstrip("="),
    ],
    ids=["standard", "unpadded", "url-safe", "url-safe, unpadded, with - and _"],
)
def test_an_image_comes_in_either_base64_alphabet(mock: Harness, data: str) -> None:
    turn = {"parts": [{"text": "a hat"}, {"inline_data": {"mime_type": "image/png", "data": data}}]}
    assert generate(mock, turn).status == 200


@pytest.mark.parametrize("data", ["eA==", "!!!", STANDARD[:-40], f"data:image/png;base64,{STANDARD}", "a b"])
def test_data_that_is_no_image_is_refused_with_its_place(mock: Harness, data: str) -> None:
    turn = {"parts": [{"text": "a hat"}, {"inline_data": {"mime_type": "image/png", "data": data}}]}
    message = assert_refused(generate(mock, {"parts": [{"text": "x"}]}, turn), "parameter-invalid")
    assert "contents[1].parts[1].inlineData.data" in message
    assert mock.balance("tokaify") == 1_000_000


@pytest.mark.parametrize("declared", ["text/plain", "image/", "PNG", ""])
def test_the_declared_type_is_an_image_type(mock: Harness, declared: str) -> None:
    turn = {"parts": [{"inlineData": {"mimeType": declared, "data": STANDARD}}]}
    assert "mimeType" in assert_refused(generate(mock, turn), "parameter-invalid")


def test_a_part_has_one_kind_of_content(mock: Harness) -> None:
    image = {"mimeType": "image/png", "data": STANDARD}
    for part in ({}, {"text": "a", "inlineData": image}, {"inlineData": image, "inline_data": image, "text": "a"}):
        answer = generate(mock, {"parts": [part]})
        message = assert_refused(answer, "parameter-invalid")
        assert "contents[0].parts[0]" in message
        assert ("is not allowed here" if part else "exactly one of text") in message
        assert answer.exchange.rule == "tokaify.contents.part-kinds"
    both_casings = {"inlineData": image, "inline_data": image}
    assert generate(mock, {"parts": [both_casings]}).status == 200


def test_a_conversation_takes_our_own_answers_back(mock: Harness) -> None:
    mock.tenant.choose("tokaify.thought-parts", "before")
    history: list[Any] = [{"role": "user", "parts": [{"text": "a cat"}]}]
    for instruction in ("make it blue", "add rain", "now a dog"):
        history += [generate(mock, *history).json["candidates"][0]["content"]]
        history += [{"role": "user", "parts": [{"text": instruction}]}]
    answer = generate(mock, *history)
    assert answer.status == 200
    assert mock.newest().order.prompt == "now a dog"
    assert picture(answer).prompt_sha256 == prompt_sha256("now a dog")


def test_the_prompt_is_the_last_user_turn_in_one(mock: Harness) -> None:
    turns = [
        {"role": "user", "parts": [{"text": "a cat"}, {"text": "in rain"}]},
        {"role": "model", "parts": [{"text": "here"}]},
    ]
    generate(mock, *turns)
    assert mock.newest().order.prompt == "a cat\nin rain"


def test_a_draft_is_another_picture_than_the_one_it_led_to(mock: Harness) -> None:
    mock.tenant.choose("tokaify.thought-parts", "before")
    parts = generate(mock, {"parts": [{"text": "a cat"}]}).json["candidates"][0]["content"]["parts"]
    draft, final = (describe(b64decode(part["inlineData"]["data"])) for part in parts if "inlineData" in part)
    assert (final.width, final.height) == (1024, 1024)
    assert draft.width < final.width


# Blocks, failures, money

BLOCKS = [
    ("moderated-prompt", "PROHIBITED_CONTENT"),
    ("moderated-prompt-safety", "SAFETY"),
    ("moderated-prompt-blocklist", "BLOCKLIST"),
    ("moderated-prompt-image", "IMAGE_SAFETY"),
    ("moderated-prompt-other", "OTHER"),
    ("moderated-output", "IMAGE_SAFETY"),
    ("moderated-output-prohibited", "IMAGE_PROHIBITED_CONTENT"),
    ("recitation", "IMAGE_RECITATION"),
    ("other", "IMAGE_OTHER"),
    ("no-image", "NO_IMAGE"),
]


@pytest.mark.parametrize(("ending", "reason"), BLOCKS)
def test_a_block_comes_with_status_200_and_is_paid_back(mock: Harness, ending: str, reason: str) -> None:
    answer = mock.submit_ending("tokaify", ending)
    assert answer.status == 200
    assert mock.balance("tokaify") == 1_000_000
    if ending.startswith("moderated-prompt"):
        assert mock.newest().plan.duration < 2  # nothing was drawn
        assert "candidates" not in answer.json
        assert answer.json["promptFeedback"] == {"blockReason": reason}
    else:
        (candidate,) = answer.json["candidates"]
        assert candidate["content"] == {"role": "model"}
        assert candidate["finishReason"] == reason
        assert candidate["finishMessage"]
        assert "candidatesTokenCount" not in answer.json["usageMetadata"]


@pytest.mark.parametrize(("ending", "problem"), [("failed", "internal"), ("overloaded", "unavailable")])
def test_a_failure_is_an_error_of_the_model_and_paid_back(mock: Harness, ending: str, problem: str) -> None:
    answer = mock.submit_ending("tokaify", ending)
    assert_refused(answer, problem)
    assert answer.exchange.job == mock.newest().hex
    assert mock.balance("tokaify") == 1_000_000


def test_a_call_that_is_cancelled_from_outside_is_a_failure_paid_back(mock: Harness) -> None:
    waiting = mock.begin("tokaify", "POST", PATH, body())
    mock.advance(3)
    mock.tenant.end_job(mock.newest(), "cancelled")
    assert_refused(waiting.answer(), "internal")
    assert mock.balance("tokaify") == 1_000_000


# Keys


def test_a_key_may_come_in_either_header_or_in_the_query(mock: Harness) -> None:
    key = mock.world.ready_key(mock.tenant, "tokaify")
    ways: list[tuple[dict[str, str], str]] = [
        ({"Authorization": f"Bearer {key}"}, ""),
        ({"x-goog-api-key": key}, ""),
        ({}, f"key={key}"),
        ({}, f"alt=json&key={key}"),
        ({"Authorization": f"Bearer {key}", "x-goog-api-key": "wrong"}, "key=wrong"),
    ]
    for headers, query in ways:
        answer = mock.send("tokaify", "POST", PATH, body(), key=None, headers=headers, query=query)
        assert answer.status == 200
    for headers, query in [({"Authorization": "Bearer sk-x"}, ""), ({"x-goog-api-key": "sk-x"}, ""), ({}, "key=sk-x")]:
        refused = mock.send("tokaify", "POST", PATH, body(), key=None, headers=headers, query=query)
        assert assert_refused(refused, "key-unknown").startswith("Invalid token (request id: ")


# Envelopes and paths


def test_the_relay_and_the_model_behind_it_have_envelopes_of_their_own(mock: Harness) -> None:
    catalogue = load("tokaify").behaviour.problems
    of_the_model = {kind for kind, row in catalogue.items() if row.envelope == "default"}
    assert of_the_model == {"parameter-missing", "parameter-invalid", "job-unknown", "internal", "unavailable"}
    relay = mock.send("tokaify", "POST", PATH, raw=b"{").json["error"]
    assert sorted(relay) == ["code", "message", "param", "type"]
    assert relay["message"].endswith(")")
    assert "(request id: " in relay["message"]
    model = mock.send("tokaify", "POST", PATH, {}).json["error"]
    assert sorted(model) == ["code", "message", "status"]
    mock.tenant.choose("tokaify.upstream-error", "relayed")
    relayed = mock.send("tokaify", "POST", PATH, {}).json["error"]
    assert relayed == {
        "message": model["message"], "type": "upstream_error", "param": "", "code": "INVALID_ARGUMENT",
    }  # fmt: skip


@pytest.mark.parametrize("path", [f"/v1beta{PATH}", "/v1beta/v1beta/models", "/v1beta/v1beta"])
def test_a_doubled_version_is_pointed_out(mock: Harness, path: str) -> None:
    assert "/v1beta twice" in assert_refused(mock.send("tokaify", "POST", path, body()), "route-unknown")


@pytest.mark.parametrize(
    "path", [PATH.replace("generate", "streamGenerate"), PATH.replace("v1beta", "v1"), "/v1/models"]
)
def test_other_paths_of_the_family_do_not_exist(mock: Harness, path: str) -> None:
    assert assert_refused(mock.send("tokaify", "POST", path, body()), "route-unknown").startswith("Invalid URL (POST /")


# Time


@pytest.mark.parametrize(("tier", "shortest", "longest"), [("1K", 15, 25), ("2K", 20, 40), ("4K", 60, 100)])
def test_the_answer_takes_as_long_as_the_job(mock: Harness, tier: str, shortest: float, longest: float) -> None:
    started = mock.tenant.clock.now()
    waiting = mock.begin("tokaify", "POST", PATH, body(responseModalities=["TEXT"], imageConfig={"imageSize": tier}))
    ends = mock.newest().end()[0]
    assert shortest <= ends - started <= longest
    mock.until(ends - 0.001)
    assert not waiting.done
    mock.until(ends)
    assert waiting.done
    exchange = waiting.answer().exchange
    assert (exchange.at, exchange.done) == (started, ends)


def test_calls_wait_beside_each_other(mock: Harness) -> None:
    slow = mock.begin("tokaify", "POST", PATH, body(responseModalities=["TEXT"], imageConfig={"imageSize": "4K"}))
    first = mock.newest()
    quick = mock.begin("tokaify", "POST", PATH, body(responseModalities=["TEXT"]))
    mock.finish()
    assert quick.done
    assert not slow.done
    mock.until(first.end()[0])
    assert slow.done
    assert quick.answer().status == slow.answer().status == 200


def test_a_job_that_is_ended_early_is_answered_early(mock: Harness) -> None:
    waiting = mock.begin("tokaify", "POST", PATH, body(responseModalities=["TEXT"]))
    mock.advance(2)
    mock.tenant.end_job(mock.newest(), SUCCEEDED)
    answer = waiting.answer()
    assert answer.status == 200
    assert answer.exchange.done - answer.exchange.at == 2


def test_a_caller_who_hangs_up_has_paid(mock: Harness) -> None:
    waiting = mock.begin("tokaify", "POST", PATH, body())
    waiting.leave()
    exchange = list(mock.tenant.journal)[-1]
    assert (exchange.status, exchange.job) == (499, mock.newest().hex)
    assert any("left" in note.text for note in exchange.notes)
    mock.finish()
    assert mock.newest().state(mock.tenant.clock.now()).phase == "succeeded"
    assert mock.balance("tokaify") == 1_000_000 - 1


def test_a_stuck_call_is_told_when_the_simulator_closes(mock: Harness) -> None:
    waiting = mock.begin("tokaify", "POST", PATH, body())
    mock.world.closing = True
    mock.tenant.clock.nudge()
    assert_refused(waiting.answer(), "unavailable")
