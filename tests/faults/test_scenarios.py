"""Every named scenario does what it says, at every provider that it is for."""

import email.utils
import io
import json
from base64 import b64decode
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from rig import ASYNCHRONOUS, NAMES, Answer, Client, Rig
from test_answers import find, shape

from safelight.fixtures.catalogue import load_scenario, scenario_names
from safelight.mockserver.images import describe
from safelight.mockserver.scenarios import apply_scenario
from safelight.specs import load

Play = Callable[[Client], None]
PLAYS: dict[str, Play] = {}

CASES = [
    (name, provider) for name in scenario_names() for provider in NAMES if provider not in load_scenario(name).not_for
]


def plays(*names: str) -> Callable[[Play], Play]:
    """The play of these scenarios."""

    def remember(play: Play) -> Play:
        PLAYS.update(dict.fromkeys(names, play))
        return play

    return remember


@pytest.mark.parametrize(("name", "provider"), CASES)
def test_a_scenario_does_what_it_says(rig: Rig, name: str, provider: str) -> None:
    client = rig.client(provider)
    apply_scenario(client.tenant, load_scenario(name), providers=[provider])
    client.base = rig.world.api_url(client.tenant, provider)
    PLAYS[name](client)


def test_every_scenario_has_its_play() -> None:
    assert set(PLAYS) == set(scenario_names())


def status_of(client: Client, problem: str) -> int:
    return load(client.provider).behaviour.problems[problem].status


def results(client: Client, count: int, **how: Any) -> list[Answer]:
    """The answers from which the result is learnt, after the end of the job where there is one."""
    if client.provider in ASYNCHRONOUS:
        assert client.submit().status == 200
        client.finish()
    return [client.result(**how) for _ in range(count)]


def is_delivered(client: Client, answer: Answer) -> bool:
    if answer.status != 200 or not answer.complete or not answer.is_json:
        return False
    if client.provider == "tokaify":
        return "inlineData" in shape(answer.json)
    return bool(client.urls(answer))


def first_image(client: Client) -> bytes:
    """The bytes of an image, from the store or out of the answer."""
    if client.provider != "tokaify":
        answer = client.fetch(client.deliver()[0])
        assert answer.headers["content-type"] == "image/png"
        return answer.body
    part = find(client.submit().json, "inlineData")
    assert part["mimeType"] == "image/png"
    return b64decode(part["data"])


def is_image(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    except (OSError, SyntaxError):
        return False
    return True


@plays("bad-gateway-burst")
def _burst(client: Client) -> None:
    answers = results(client, 4)
    assert [answer.status for answer in answers] == [502, 502, 502, 200]
    assert all(answer.headers["content-type"] == "text/html" for answer in answers[:3])
    assert len(client.charges) == 1


@plays("html-error-page")
def _html(client: Client) -> None:
    page, answer = client.submit(), client.submit()
    assert (page.status, page.headers["content-type"], answer.status) == (503, "text/html", 200)
    assert len(client.charges) == 1


@plays("gateway-timeout")
def _gateway_timeout(client: Client) -> None:
    answer = client.submit()
    assert (answer.status, answer.took) == (504, 60)
    assert len(client.charges) == 1
    client.finish()
    assert client.jobs[0].state(client.now).phase == "succeeded"


@plays("lost-submit-answer")
def _lost(client: Client) -> None:
    assert client.submit().ended == "reset"
    assert len(client.jobs) == len(client.charges) == 1
    assert client.submit().status == 200


@plays("reset-on-submit")
def _reset(client: Client) -> None:
    assert client.submit().ended == "reset"
    assert client.jobs == client.charges == []
    assert client.submit().status == 200


@plays("reset-on-poll")
def _reset_on_poll(client: Client) -> None:
    assert [answer.ended for answer in results(client, 3)] == ["open", "reset", "open"]


@plays("hung-submit")
def _hung_submit(client: Client) -> None:
    answer = client.submit(patience=300)
    assert (answer.ended, answer.pieces) == ("left", ())
    assert len(client.charges) == 1


@plays("hung-poll")
def _hung_poll(client: Client) -> None:
    first, second, third = results(client, 3, patience=300)
    assert (second.ended, second.pieces) == ("left", ())
    assert is_delivered(client, first)
    assert is_delivered(client, third)


@plays("stalled-body")
def _stalled(client: Client) -> None:
    first, second = results(client, 2, patience=300)
    assert (first.status, first.ended) == (200, "left")
    assert 0 < len(first.body) < int(first.headers["content-length"])
    assert is_delivered(client, second)


@plays("slow-drip")
def _drip(client: Client) -> None:
    (answer,) = results(client, 1, step=1)
    assert is_delivered(client, answer)
    instants = sorted({instant for instant, _ in answer.pieces})
    assert len(instants) == 20
    assert {late - early for early, late in pairwise(instants)} == {2.0}


@plays("late-answers")
def _late(client: Client) -> None:
    answer = client.submit()
    end = client.jobs[0].end()[0] - client.jobs[0].submitted
    assert answer.took == 10 if client.provider in ASYNCHRONOUS else end + 10 <= answer.took < end + 20
    assert answer.status == 200


@plays("truncated-answer")
def _truncated(client: Client) -> None:
    first, second = results(client, 2)
    assert (first.status, first.complete, first.ended) == (200, False, "closed")
    assert is_delivered(client, second)


@plays("garbage-answer")
def _garbage(client: Client) -> None:
    first, second = results(client, 2)
    assert (first.status, first.ended) == (0, "closed")
    assert first.pieces
    assert is_delivered(client, second)


@plays("connection-refused")
def _refused(client: Client) -> None:
    with pytest.raises(ConnectionRefusedError):
        client.submit()


@plays("truncated-json", "empty-answer", "plain-text-answer")
def _no_json(client: Client) -> None:
    first, second = results(client, 2)
    assert (first.status, first.complete, first.is_json) == (200, True, False)
    assert first.headers["content-type"] == "application/json"
    assert is_delivered(client, second)


@plays("wrong-content-type")
def _wrong_type(client: Client) -> None:
    for answer in results(client, 2):
        assert answer.headers["content-type"] == "text/html"
        assert is_delivered(client, answer)


@plays("wrong-charset")
def _wrong_charset(client: Client) -> None:
    answer = client.submit("中文 é")
    assert answer.headers["content-type"] == "application/json; charset=iso-8859-1"
    assert answer.json == json.loads(answer.body.decode("utf-8"))


@plays("unknown-fields")
def _unknown_fields(client: Client) -> None:
    for answer in results(client, 2):
        assert is_delivered(client, answer)
        assert "queue_position" in shape(answer.json)


@plays("reordered-keys")
def _reordered(client: Client) -> None:
    (answer,) = results(client, 1)
    assert is_delivered(client, answer)
    assert b"\n" in answer.body


@plays("missing-optional")
def _missing(client: Client) -> None:
    (answer,) = results(client, 1)
    assert is_delivered(client, answer)
    assert not {"next_turn_contents", "usageMetadata"} & shape(answer.json)


@plays("unknown-status")
def _unknown_status(client: Client) -> None:
    client.submit()
    known = set(load(client.provider).behaviour.states.values())
    assert {client.poll().json["status"] for _ in range(3)}.isdisjoint(known)
    client.finish()
    assert is_delivered(client, client.poll())
    assert client.poll().json["status"] in known


@plays("unknown-ending")
def _unknown_ending(client: Client) -> None:
    field, known = load(client.provider).behaviour.raw["answers"]["status"], load(client.provider).behaviour.states
    for answer in results(client, 2):
        assert find(answer.json, field).lower() == "reviewing"
        assert find(answer.json, field) not in known.values()


@plays("progress-goes-back")
def _progress(client: Client) -> None:
    client.submit()
    client.advance(30)
    shown = [client.poll().json["progress"] for _ in range(5)]
    assert shown[0] == shown[1] == shown[2] == shown[4] > shown[3] > 0


@plays("clock-skew")
def _skew(client: Client) -> None:
    answer = client.submit()
    date = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert date == int(client.journal[0].at) - 300


@plays("internal-error-once")
def _internal(client: Client) -> None:
    assert [client.submit().status for _ in range(2)] == [status_of(client, "internal"), 200]
    assert len(client.charges) == 1


@plays("poll-errors", "rate-limited-polls")
def _poll_errors(client: Client) -> None:
    first, *failed, last = results(client, 4)
    assert {answer.status for answer in failed} in ({500}, {429})
    assert all(answer.headers.get("retry-after", "10") == "10" for answer in failed)
    assert is_delivered(client, first)
    assert is_delivered(client, last)


@plays("overloaded")
def _overloaded(client: Client) -> None:
    first, second, third = (client.submit() for _ in range(3))
    assert first.status == second.status == status_of(client, "unavailable")
    assert first.headers["retry-after"] == "5"
    assert third.status == 200


@plays("rate-limit-with-date")
def _dated(client: Client) -> None:
    answer = client.submit()
    retry, date = (email.utils.parsedate_to_datetime(answer.headers[name]) for name in ("retry-after", "date"))
    assert (answer.status, (retry - date).total_seconds()) == (429, 20)
    assert client.submit().status == 200


@plays("retry-after-seconds")
def _seconds(client: Client) -> None:
    answer = client.submit()
    assert (answer.status, answer.headers["retry-after"]) == (429, "20")
    assert client.submit().status == 200


@plays("retry-after-none")
def _no_hint(client: Client) -> None:
    answers = [client.submit() for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert all("retry-after" not in answer.headers for answer in answers)


@plays("rate-limited")
def _always_limited(client: Client) -> None:
    assert {client.submit().status for _ in range(5)} == {429}
    assert client.charges == []


@plays("revoked-key")
def _revoked(client: Client) -> None:
    assert {client.submit().status for _ in range(3)} == {status_of(client, "key-revoked")}
    assert client.journal[0].problem == "key-revoked"


@plays("key-revoked-mid-job")
def _revoked_mid_job(client: Client) -> None:
    answers = [client.submit(), *(client.result() for _ in range(3))]
    good = 2 if client.provider in ASYNCHRONOUS else 1
    assert [answer.status for answer in answers] == [200] * good + [401] * (4 - good)
    assert len(client.charges) == 1


@plays("no-credits")
def _no_credits(client: Client) -> None:
    assert {client.submit().status for _ in range(2)} == {status_of(client, "credits-exhausted")}
    assert client.tenant.wallets[client.provider].balance(client.now) == 0


@plays("credits-run-out")
def _run_out(client: Client) -> None:
    assert [client.submit().status for _ in range(2)] == [200, status_of(client, "credits-exhausted")]
    assert len(client.charges) == 1


@plays("moderated-prompt", "moderated-output", "no-image", "job-fails", "cancelled-elsewhere")
def _bad_end(client: Client) -> None:
    origin = client.tenant.faults.armed[0].origin
    ending = {"cancelled-elsewhere": "cancelled", "job-fails": "failed"}.get(origin, origin)
    for _ in range(2):
        answer = client.submit()
        client.finish()
        answer = client.poll() if client.provider in ASYNCHRONOUS else answer
        assert not (answer.status == 200 and "inlineData" in shape(answer.json))
        assert client.jobs[-1].end()[1] == ending
    if ending != "no-image":
        assert client.tenant.wallets[client.provider].balance(client.now) == client.tenant.settings.credits


@plays("upstream-retries-exhausted", "polling-timeout")
def _coded(client: Client) -> None:
    (answer,) = results(client, 1)
    code = {"upstream-retries-exhausted": 80001, "polling-timeout": 80002}[client.tenant.faults.armed[0].origin]
    assert (answer.json["status"], answer.json["error"]["code"]) == ("failed", code)
    assert client.now - client.jobs[0].submitted == {80001: 30, 80002: 600}[code]


@plays("stuck-job")
def _stuck(client: Client) -> None:
    answer = client.submit(patience=10_000)
    client.advance(86_400)
    if client.provider in ASYNCHRONOUS:
        assert not is_final(client, client.poll())
    else:
        assert answer.ended == "left"


def is_final(client: Client, answer: Answer) -> bool:
    states = load(client.provider).behaviour.states
    return answer.json["status"] not in (states["queued"], states["running"])


@plays("slow-4k")
def _slow(client: Client) -> None:
    (answer,) = results(client, 1)
    assert is_delivered(client, answer)
    assert client.jobs[0].end()[0] - client.jobs[0].submitted == 120


@plays("partial-images", "empty-result")
def _partial(client: Client) -> None:
    left = {"partial-images": 1, "empty-result": 0}[client.tenant.faults.armed[0].origin]
    (answer,) = results(client, 1)
    assert answer.status == 200
    shown = answer.json["candidates"] if client.provider == "tokaify" else client.urls(answer)
    assert len(shown) == left
    behaviour = load(client.provider).behaviour
    asked = 1 if client.provider == "gmicloud" else 2
    assert client.charges[0].credits == -behaviour.prices["1K"] * asked


@plays("duplicate-delivery")
def _twice(client: Client) -> None:
    assert client.submit().status == 200
    assert len(client.jobs) == len(client.charges) == 2
    client.submit()
    assert len(client.charges) == 3


@plays("expired-result", "presigned-expired")
def _expired(client: Client) -> None:
    url = client.deliver()[0]
    answer = client.fetch(url)
    assert answer.status >= 400
    assert not is_image(answer.body)
    if client.tenant.faults.armed[0].origin == "presigned-expired":
        assert "Signature=" in url
        assert b"xpired" in answer.body


@plays("expired-overnight")
def _overnight(client: Client) -> None:
    url = client.deliver()[0]
    evening, morning, later = (client.fetch(url) for _ in range(3))
    assert is_image(evening.body)
    assert morning.status == later.status >= 400


@plays("corrupted-image")
def _corrupted(client: Client) -> None:
    data = first_image(client)
    assert data.startswith(b"\x89PNG")
    assert not is_image(data)


@plays("truncated-image")
def _truncated_image(client: Client) -> None:
    url = client.deliver()[0]
    first, second = client.fetch(url), client.fetch(url)
    assert (first.complete, first.ended) == (False, "closed")
    assert is_image(second.body)


@plays("wrong-image-type")
def _other_format(client: Client) -> None:
    assert describe(first_image(client)).format == "jpeg"


@plays("forbidden-image")
def _forbidden(client: Client) -> None:
    url = client.deliver()[0]
    assert [client.fetch(url).status for _ in range(2)] == [403, 403]


@plays("slow-image")
def _slow_image(client: Client) -> None:
    answer = client.fetch(client.deliver()[0])
    assert is_image(answer.body)
    assert 38 <= answer.took <= 40


@plays("page-instead-of-image")
def _page(client: Client) -> None:
    url = client.deliver()[0]
    first, second = client.fetch(url), client.fetch(url)
    assert (first.status, first.headers["content-type"]) == (502, "text/html")
    assert is_image(second.body)


@plays("media-host-down")
def _no_media_host(client: Client) -> None:
    url = client.deliver()[0]
    with pytest.raises(ConnectionRefusedError):
        client.fetch(url)


@plays("flaky")
def _flaky(client: Client) -> None:
    answers = [client.submit(f"lamp {number}") for number in range(60)]
    kinds = {(answer.status, answer.ended) for answer in answers}
    assert kinds == {(200, "open"), (502, "open"), (0, "reset")}
    assert len(client.charges) == sum(answer.status == 200 for answer in answers)
