"""Judging as exchanges come: whom it judges, what it remembers, and that nothing on the wire upsets it."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from cases_gmicloud import DONE
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import Talk, body_of

from safelight.conformance.checks import evidence, memory, passive
from safelight.conformance.checks.passive import PassiveJudge, at_least, judge_journal
from safelight.conformance.checks.record import JOURNAL
from safelight.conformance.checks.seen import Seen
from safelight.mockserver.routing import Router
from safelight.mockserver.world import UNATTRIBUTED_TAG
from safelight.specs import load, provider_names

UNLABELLED = {"Content-Type": "text/plain"}


def ids(judge: PassiveJudge) -> list[str]:
    return [verdict.check.id for verdict in judge.verdicts() if verdict.findings]


def fed(*talks: Talk) -> PassiveJudge:
    judge = PassiveJudge()
    for talk in talks:
        for exchange in talk.exchanges:
            judge.feed(exchange)
    return judge


def test_each_exchange_says_what_it_shows() -> None:
    judge = PassiveJudge()
    talk = Talk("reapi").submit(headers=UNLABELLED).poll(5, "processing")
    first, second = (judge.feed(exchange) for exchange in talk.exchanges)
    assert [(finding.check.id, finding.exchange) for finding in first] == [("reapi.submit.json-label", 1)]
    assert [(finding.check.id, finding.at) for finding in second] == [("reapi.poll.first-wait", 5)]
    assert second[0].sentence == "the first poll came 5 s after the submit; 30 s or more are recommended"


@pytest.mark.parametrize(
    ("stranger", "why"),
    [
        ({"tenant": UNATTRIBUTED_TAG}, "nobody's"),
        ({"provider": ""}, "no provider"),
        ({"provider": "acme"}, "an unknown provider"),
        ({"problem": "header-malformed"}, "not HTTP"),
    ],
)
def test_what_is_nobody_s_is_passed_over(stranger: dict[str, Any], why: str) -> None:
    exchange = replace(Talk("reapi").submit(headers=UNLABELLED).exchanges[0], **stranger)
    judge = PassiveJudge()
    assert judge.feed(exchange) == []
    assert judge.judged == 0


def test_verdicts_tell_what_was_kept_broken_and_not_exercised() -> None:
    judge = fed(Talk("reapi").submit(headers=UNLABELLED).poll(5, "processing"))
    status = {verdict.check.id: verdict.status for verdict in judge.verdicts()}
    assert status["reapi.submit.body"] == "pass"
    assert status["reapi.submit.json-label"] == "fail"
    assert status["reapi.poll.first-wait"] == "warn"
    assert status["reapi.poll.late-band"] == "not-exercised"
    assert [each.check.id for each in at_least(judge.verdicts(), "MUST")] == []
    assert [each.check.id for each in at_least(judge.verdicts(), "HOUSE")] == ["reapi.submit.json-label"]
    assert len(at_least(judge.verdicts(), "SHOULD")) == 2


def test_of_a_job_a_thing_is_said_once() -> None:
    talk = Talk("reapi").submit()
    for second in range(30, 60):
        talk.poll(second, "processing")
    found = [verdict for verdict in judge_journal(talk.exchanges) if verdict.findings]
    assert [(verdict.check.id, len(verdict.findings)) for verdict in found] == [("reapi.poll.middle-band", 1)]


def test_no_rhythm_is_judged_where_jobs_take_no_time() -> None:
    talk = Talk("reapi").submit().poll(1, "processing").poll(2, "completed")
    judge = PassiveJudge(has=JOURNAL)
    assert [judge.feed(exchange) for exchange in talk.exchanges] == [[], [], []]
    assert "reapi.poll.first-wait" not in {verdict.check.id for verdict in judge.verdicts()}
    assert "reapi.poll.first-wait" in ids(fed(talk))


def test_what_is_said_is_printable_and_short() -> None:
    talk = Talk("reapi").submit(headers={"Content-Type": "x\x1b[2J" + "y" * 1_000})
    (finding,) = PassiveJudge().feed(talk.exchanges[0])
    assert finding.sentence.isprintable()
    assert "x\\x1b[2J" in finding.sentence
    assert len(finding.sentence) == passive.LONGEST_SENTENCE + 1


def test_tenants_and_providers_are_told_apart() -> None:
    mine, other = Talk("reapi", "t1").submit(0), Talk("reapi", "t2").submit(0).poll(31, "completed")
    assert ids(fed(mine, other, Talk("reapi", "t1").poll(32, "processing"))) == []


def test_a_tenant_that_begins_anew_has_no_past() -> None:
    past = Talk("reapi").submit().poll(30, "completed")
    assert ids(fed(past, Talk("reapi").poll(40, "completed").poll(45, "completed"))) == ["reapi.poll.not-once-more"]
    again = Talk("reapi").poll(41, "completed")
    assert ids(fed(past, again)) == []


def test_keys_are_masked_in_what_is_said() -> None:
    talk = Talk("reapi")
    talk.say("POST", f"/{talk.key}/images/generations", 0, status=404)
    (finding,) = PassiveJudge().feed(talk.exchanges[0])
    assert talk.key not in finding.sentence
    assert "/rk_live_***/images/generations" in finding.sentence


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[memory.Recent[Any, Any]] = []

    class Watched(memory.Recent[Any, Any]):
        def __init__(self, most: int) -> None:
            super().__init__(min(most, 5))
            kept.append(self)

    monkeypatch.setattr(evidence, "Recent", Watched)
    monkeypatch.setattr(passive, "Recent", Watched)
    judge = PassiveJudge()
    for number in range(40):
        talk = Talk("gmicloud", tenant=f"t{number % 8}")
        job = f"{number:032x}"
        talk.submit(headers={"Idempotency-Key": job}, answer={"request_id": job})
        for at in (30, 31, 32, 33):
            talk.poll(at, id=job, answer=DONE)
        for exchange in talk.exchanges:
            judge.feed(exchange)
    assert len(kept) > 6
    assert max(map(len, kept)) == 5


def test_the_latest_exchange_is_let_go_of() -> None:
    seen = Seen(Talk("reapi").submit().exchanges[0], Router(load("reapi").operations))
    held = evidence.Evidence(load("reapi"), evidence.Dialect())
    held.observe(seen)
    held.release()
    assert not hasattr(held, "latest")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
WHOLE = {
    "aiRecord": {"temporaryUrl": "http://x/y?z", "aiRecordDetail": {"resultObject": ["y"]}},
    "id": "task_1",
    "task_id": "1",
    "request_id": "1",
    **DONE,
}
BODIES: list[Any] = [
    *(body_of(provider) for provider in provider_names()),
    body_of("gmicloud", payload={"prompt": "x", "image": ["u"], "contents": DONE["outcome"]["next_turn_contents"]}),  # type: ignore[index]
    body_of("tokaify", generationConfig={"imageConfig": {"imageSize": "1k"}, "responseModalities": ["TEXT"]}),
]


def spoilt(value: Any) -> st.SearchStrategy[Any]:
    """A value with anything in the place of some part of it."""
    if isinstance(value, dict) and value:
        keys = st.sampled_from(sorted(value))
        return JSON | keys.flatmap(lambda key: spoilt(value[key]).map(lambda other: {**value, key: other}))
    if isinstance(value, list) and value:
        places = st.integers(0, len(value) - 1)
        return JSON | places.flatmap(lambda n: spoilt(value[n]).map(lambda other: [*value[:n], other, *value[n + 1 :]]))
    return JSON


@given(st.sampled_from(BODIES).flatmap(spoilt), spoilt(WHOLE), st.sampled_from(provider_names()), st.text(max_size=8))
@settings(max_examples=300, deadline=None)
def test_nothing_that_is_sent_or_answered_upsets_a_judge(data: Any, answer: Any, provider: str, header: str) -> None:
    headers = {"Retry-After": header, "Authorization": header, "X-Retry-Count": header, "Idempotency-Key": header}
    talk = Talk(provider)
    for _ in range(2):
        talk.submit(body=orjson.dumps(data), answer=answer, headers=headers)
        talk.fetch(f"/{header}?{header}={header}", headers=headers)
        talk.say("GET", f"/{header}", 2, status=404, headers=headers)
        if provider not in ("tokaify", "onemin"):
            talk.poll(3, id="1", status=429, answer=answer, answer_headers=headers)
            talk.poll(4, id="1", answer=answer)
    assert fed(talk).judged == len(talk.exchanges)
