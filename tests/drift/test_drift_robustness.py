"""Whatever a server answers, judging it ends, with a ruling or with a sentence."""

import json
import random
from copy import copy
from functools import cache
from typing import Any

import pytest
from drift_stage import Judged, Said, judged
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.conformance.drift.catalogue import drift_checks
from safelight.conformance.drift.evidence import Answer, Evidence
from safelight.conformance.drift.report import report_on
from safelight.conformance.drift.troubles import CannotJudge
from safelight.specs import provider_names

ODD: list[Any] = [None, True, 0, -1.5, 10**30, "", "x", "SUCCESS", [], [None], {}, {"": {}}, [[]], {"error": "no"}]


@cache
def good(provider: str) -> Judged:
    return judged(provider)


def spoil(data: Any, rng: random.Random) -> Any:
    """The data with one value at some place replaced, taken out or renamed."""
    if rng.random() < 0.3 or not data or not isinstance(data, dict | list):
        return rng.choice(ODD)
    data = copy(data)
    key = rng.choice(list(data) if isinstance(data, dict) else range(len(data)))
    chance = rng.random()
    if chance < 0.15:
        del data[key]
    elif chance < 0.25 and isinstance(data, dict):
        data["renamed"] = data.pop(key)
    else:
        data[key] = spoil(data[key], rng)
    return data


def spoiled(answer: Answer, rng: random.Random) -> Answer:
    answer = copy(answer)
    answer.__dict__.pop("data", None)
    try:
        answer.body = json.dumps(spoil(json.loads(answer.body), rng)).encode()
    except ValueError:
        answer.body = rng.choice([b"", b"<html>", b"\xff\xfe", b'{"a":'])
    if rng.random() < 0.2:
        answer.status = rng.choice([0, 200, 204, 302, 404, 418, 500])
    return answer


def spoiled_evidence(evidence: Evidence, rng: random.Random) -> Evidence:
    evidence = copy(evidence)
    evidence.free = {name: (probe, spoiled(answer, rng)) for name, (probe, answer) in evidence.free.items()}
    evidence.lives = [copy(life) for life in evidence.lives]
    for life in evidence.lives:
        life.submit = spoiled(life.submit, rng)
        life.polls = [spoiled(poll, rng) for poll in life.polls]
        life.after = [spoiled(poll, rng) for poll in life.after]
    return evidence


@pytest.mark.parametrize("provider", provider_names())
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_judges_take_whatever_comes(provider: str, seed: int) -> None:
    evidence = spoiled_evidence(good(provider).evidence, random.Random(seed))
    checks = drift_checks(provider)
    report = report_on(evidence, checks, base_url="http://x", api_key="k" * 20, seconds=0.0)
    assert len(report.results) == len(checks)
    for result in report.of_status("fail", "warn"):
        assert result.counterexample is not None
        assert result.counterexample.sentence
        assert len(result.counterexample.sentence) < 2_000


@pytest.mark.parametrize("provider", provider_names())
@pytest.mark.parametrize("seed", range(4))
def test_a_server_of_nonsense_is_judged_or_given_up(provider: str, seed: int) -> None:
    rng = random.Random(seed)

    def nonsense(said: Said) -> None:
        if rng.random() < 0.4 and said.data is not None:
            said.say(spoil(said.data, rng))
        if rng.random() < 0.1:
            said.status = rng.choice([200, 302, 404, 418, 429, 500, 503])

    try:
        result = judged(provider, nonsense, deadline=100)
    except CannotJudge:
        return
    assert result.jobs <= 1
    assert result.virtual_seconds < 1_000
