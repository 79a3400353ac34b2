"""Recordings read back: the same verdicts from every format, and one sentence for what is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from check_rig import Rig
from talk import Talk

from safelight.conformance.checks.passive import judge_journal
from safelight.conformance.checks.recording import BadRecording, read_recording
from safelight.conformance.checks.seen import RECORDED
from safelight.mockserver.journal import Exchange
from safelight.mockserver.transcript import as_har, as_record

MODEL = "gemini-3-pro-image-preview"
SUBMIT = "/api/v1/images/generations"


def findings(exchanges: list[Exchange]) -> list[tuple[str, int, str]]:
    verdicts = judge_journal(exchanges)
    return [(each.check.id, each.exchange, each.sentence) for verdict in verdicts for each in verdict.findings]


@pytest.fixture(scope="module")
def heard() -> list[Exchange]:
    """What a careless client said to several providers."""
    with Rig() as rig:
        unlabelled = {"Content-Type": "text/plain"}
        key = rig.simulator.world.ready_key(rig.tenant, "reapi")
        _, task = rig.send(
            "reapi", "POST", f"{SUBMIT}?key={key}", {"model": MODEL, "prompt": "城堡"}, headers=unlabelled
        )
        rig.wait(5)
        rig.send("reapi", "GET", f"/api/v1/tasks/{task['id'].removeprefix('task_')}")
        done: Any = {"status": ""}
        while done["status"] != "completed":
            rig.wait(1)
            done = rig.send("reapi", "GET", f"/api/v1/tasks/{task['id']}")[1]
        for _ in range(3):
            rig.wait(1)
            rig.send("reapi", "GET", f"/api/v1/tasks/{task['id']}")
        rig.fetch(done["output"]["image_urls"][0], headers={"Authorization": f"Bearer {key}"})
        rig.send("threedai", "POST", "/v1/images/gemini/3/pro/generate", {"prompt": "x"})
        rig.send("tokaify", "POST", f"/v1beta/models/{MODEL}:generateContent", {"prompt": "x"})
        return rig.heard


def test_the_careless_client_is_found_out(heard: list[Exchange]) -> None:
    assert {check for check, _, _ in findings(heard)} == {
        "reapi.submit.json-label",
        "reapi.poll.id",
        "reapi.poll.first-wait",
        "reapi.poll.middle-band",
        "reapi.poll.stop-at-end",
        "reapi.poll.not-once-more",
        "house.secrets.not-in-url",
        "house.secrets.not-to-media",
        "threedai.path.trailing-slash",
        "tokaify.contents.required",
    }


def test_json_lines_give_the_same_verdicts(heard: list[Exchange], tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("".join(f"{json.dumps(as_record(each), ensure_ascii=False)}\n" for each in heard))
    assert findings(read_recording(file)) == findings(heard)


def test_the_json_of_the_control_api_gives_the_same_verdicts(heard: list[Exchange], tmp_path: Path) -> None:
    file = tmp_path / "journal.json"
    file.write_text(json.dumps({"dropped": 0, "exchanges": [as_record(each) for each in heard]}, indent=2))
    assert findings(read_recording(file)) == findings(heard)


def test_har_gives_the_same_verdicts(heard: list[Exchange], tmp_path: Path) -> None:
    file = tmp_path / "journal.har"
    file.write_text(json.dumps(as_har(heard, bases={"reapi": "http://127.0.0.1:4010/reapi"})))
    assert findings(read_recording(file)) == findings(heard)


def entry(method: str, url: str, second: float, **parts: Any) -> dict[str, Any]:
    """An entry as a browser or a proxy writes it."""
    request: dict[str, Any] = {"method": method, "url": url, "headers": parts.get("headers", []), "bodySize": -1}
    if "body" in parts:
        request["postData"] = {"mimeType": "application/json", "text": parts["body"]}
    content = {"mimeType": "application/json", "text": json.dumps(parts.get("answer", {}))}
    return {
        "startedDateTime": f"2026-05-01T12:{int(second) // 60:02}:{second % 60:06.3f}+02:00",
        "time": 120.5,
        "request": request,
        "response": {"status": parts.get("status", 200), "headers": [], "content": content},
        **{name: parts[name] for name in ("_fromCache",) if name in parts},
    }


def har(tmp_path: Path, *entries: Any) -> Path:
    file = tmp_path / "browser.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return file


LABEL = [{"name": "content-type", "value": "application/json"}]
BODY = json.dumps({"model": MODEL, "prompt": "x"})
TASK = "https://reapi.ai/api/v1/tasks/task_1"


def test_what_a_browser_recorded_is_mapped_to_the_providers(tmp_path: Path) -> None:
    submit = entry("POST", f"https://reapi.ai{SUBMIT}", 0, headers=LABEL, body=BODY, answer={"id": "task_1"})
    poll = entry("GET", TASK, 4, answer={"id": "task_1", "status": "processing"})
    page = entry("GET", "https://reapi.ai/docs", 1, status=404)
    elsewhere = entry("GET", "https://example.com/", 2)
    preflight = entry("OPTIONS", f"https://reapi.ai{SUBMIT}", 0, status=405)
    cached = entry("GET", TASK, 5, answer={"status": "completed"}, _fromCache="disk")
    exchanges = read_recording(har(tmp_path, poll, preflight, submit, page, elsewhere, cached))
    assert [(each.method, each.target, each.tenant) for each in exchanges] == [
        ("OPTIONS", SUBMIT, RECORDED),
        ("POST", SUBMIT, RECORDED),
        ("GET", "/docs", RECORDED),
        ("GET", "/api/v1/tasks/task_1", RECORDED),
    ]
    assert exchanges[-1].at - exchanges[1].at == 4
    assert [check for check, _, _ in findings(exchanges)] == ["reapi.poll.first-wait"]


def test_a_body_that_a_browser_did_not_record_is_no_fault(tmp_path: Path) -> None:
    exchanges = read_recording(har(tmp_path, entry("POST", f"https://reapi.ai{SUBMIT}", 0, headers=LABEL)))
    assert findings(exchanges) == []
    form = entry("POST", f"https://reapi.ai{SUBMIT}", 0, headers=LABEL, body="model=x")
    assert [check for check, _, _ in findings(read_recording(har(tmp_path, form)))] == ["reapi.submit.body"]


def test_results_of_the_providers_hosts_are_known(tmp_path: Path) -> None:
    key = [{"name": "Authorization", "value": "Bearer rk_live_0123456789"}]
    poll = entry("GET", TASK, 40, headers=key, answer={"status": "completed"})
    image = entry("GET", "https://cdn.reapi.ai/media/tasks/1/0.png", 41, headers=key)
    assert [check for check, _, _ in findings(read_recording(har(tmp_path, poll, image)))] == [
        "house.secrets.not-to-media"
    ]


GOOD = json.dumps(as_record(Talk("reapi").submit().exchanges[0])).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"hello\n", "line 1: this is not valid JSON (Expecting value)"),
        (GOOD + b"\n" + GOOD[:-40] + b"\n", "line 2: this is not valid JSON"),
        (GOOD + b"\n\n{}\n", "line 3: this is not a recorded exchange: 'number' is missing"),
        (GOOD + b"\n[1]\n", "line 2: this is not a recorded exchange: [1] is not of type object"),
        (GOOD.replace(b'"at": 0', b'"at": "noon"'), "exchange: at: 'noon' is not of type number"),
        (GOOD + b"\n\xff\xfe\n", "line 2: this is not UTF-8 text"),
        (b"[" * 100_000, "line 1: this is not valid JSON (nested too deep)"),
        (b'{"log": {\n"entries": [}', "line 2: this is not valid JSON"),
        (b'{"log": 3}', "log.entries is not an array"),
        (b'{"log": {"entries": [3]}}', "entry 1: this is not an entry of a HAR file"),
        (b'{"log": {"entries": [{"request": {"url": "http://["}, "response": {}}]}}', "entry 1: this is not an entry"),
        (b'{"log": {"entries": [{"_safelight": {}, "request": {"headers": []}, "response": {"headers": []}}]}}',
         "entry 1: this is not a recorded exchange: 'number' is missing"),
        (b'{"exchanges": [{}]}', "entry 1: this is not a recorded exchange"),
    ],
)  # fmt: skip
def test_garbage_is_told_in_one_sentence_with_its_place(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "garbage"
    file.write_bytes(content)
    with pytest.raises(BadRecording) as caught:
        read_recording(file)
    message = str(caught.value)
    assert said in message
    assert message.startswith(str(file))
    assert message.endswith(".")
    assert "\n" not in message
