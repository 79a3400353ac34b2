"""Several processes that judge a provider each come to what one does."""

from datetime import date

import pytest

from safelight.conformance.engine.engine import Engine
from safelight.conformance.subjects.errors import AdapterError
from safelight.conformance.suite.described import subject_described
from safelight.conformance.suite.judging import Listener, Order, judge_subject
from safelight.conformance.suite.parallel import can_share, judge_in_parallel
from safelight.conformance.suite.runner import Plan

REFERENCE = {"kind": "factory", "factory": "safelight.conformance.reference:make"}
CHECKS = ("house.money.one-job", "reapi.poll.first-wait", "onemin.media.address")
TODAY = date(2026, 1, 1)


def order(**parts: object) -> Order:
    return Order(providers=("reapi", "onemin"), checks=CHECKS, plan=Plan(each=2), **parts)  # type: ignore[arg-type]


def test_the_results_are_those_of_one_process_in_the_same_order() -> None:
    subject = subject_described(REFERENCE)
    with Engine(subject) as engine:
        alone = judge_subject(engine, order(), TODAY)
    begun: list[int] = []
    done: list[str] = []
    listener = Listener(begin=begun.append, done=lambda result: done.append(result.name))
    shared = judge_in_parallel(subject, order(), TODAY, listener)
    assert shared.results == alone.results
    assert shared.effort.scenarios == alone.effort.scenarios
    assert (begun, sorted(done)) == ([len(alone.results)], sorted(result.name for result in alone.results))


def test_a_client_that_names_no_providers_is_judged_by_one_process() -> None:
    assert can_share(subject_described(REFERENCE), order())
    assert not can_share(subject_described(REFERENCE), Order(providers=("reapi",)))
    assert not can_share(subject_described({"kind": "command", "command": "true"}), order())


def test_what_is_wrong_with_a_subject_is_said_by_the_process_that_asked(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "mute_gateway.py").write_text("def make(environ):\n    return None\n")
    (folder / "gateway.yaml").write_text(
        "app: mute_gateway:make\ndialect: openai-images\nmodels: {reapi: one, onemin: two}\n"
    )
    monkeypatch.chdir(folder)
    subject = subject_described({"kind": "gateway", "gateway": "gateway.yaml"})
    with pytest.raises(AdapterError, match="NoneType"):
        judge_in_parallel(subject, order(), TODAY)
