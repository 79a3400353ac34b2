"""Every kind of fault, at every provider that can have it, on each side of the commit."""

import pytest
from rig import ASYNCHRONOUS, NAMES, Rig

from safelight.mockserver.faults import ImpossibleFault, kinds, read_fault
from safelight.mockserver.faults.changes import _CHANGES
from safelight.mockserver.faults.rewriting import REWRITES
from safelight.mockserver.faults.stand_ins import STAND_INS
from safelight.mockserver.faults.targets import find_targets
from safelight.specs import load

NEEDED = {"problem": {"problem": "unavailable"}, "status": {"status": 418}}
SPOILING = {"corrupted", "wrong-type"}
PERMANENT = {"key-revoked", "credits-exhausted"}


def possible(kind: str, provider: str, operation: str) -> bool:
    try:
        fault = read_fault({"kind": kind, "provider": provider, "operation": operation, **NEEDED.get(kind, {})})
        return bool(find_targets(fault, {provider: load(provider)}))
    except ImpossibleFault:
        return False


ON_SUBMITS = [
    (name, when, provider)
    for name, kind in kinds().items()
    for when in kind.when
    for provider in NAMES
    if possible(name, provider, "submit")
]
ON_POLLS = [(name, provider) for name in kinds() for provider in ASYNCHRONOUS if possible(name, provider, "poll")]


def test_every_kind_that_acts_on_answers_has_its_code() -> None:
    by_effect = {name: kind.effect for name, kind in kinds().items()}
    answers = {name for name, effect in by_effect.items() if effect == "answer"}
    assert answers == {*STAND_INS, *REWRITES, *SPOILING}
    assert {name for name in answers if kinds()[name].changes} == {*REWRITES, *SPOILING}
    assert set(_CHANGES) == {by_effect[name] for name in ("key-revoked", "credits-exhausted", "expired")}


def test_every_kind_says_what_it_does() -> None:
    for kind in kinds().values():
        assert kind.summary.endswith("."), kind
        assert kind.operations
        assert kind.operation


@pytest.mark.parametrize(("kind", "when", "provider"), ON_SUBMITS)
def test_a_submit_takes_effect_after_the_commit_only(rig: Rig, kind: str, when: str, provider: str) -> None:
    client = rig.client(provider)
    armed = client.arm(kind, operation="submit", when=when, **NEEDED.get(kind, {}))
    client.submit()
    late = kind in ("delay",) and when == "before"  # the request is processed once it gets through
    assert len(client.jobs) == len(client.charges) == (when == "after" or late)
    assert armed.hits == 1
    exchange = client.journal[0]
    assert exchange.fault == armed.id
    assert f"fault {armed.id}: {kind}, {when} commit" in [note.text for note in exchange.notes]
    if kind not in PERMANENT:
        again = client.submit()
        assert (again.status, again.complete) == (200, True)
        assert armed.hits == 1
        assert client.journal[-1].fault is None


@pytest.mark.parametrize(("kind", "provider"), ON_POLLS)
def test_a_poll_is_hit_and_the_job_goes_on(rig: Rig, kind: str, provider: str) -> None:
    client = rig.client(provider)
    assert client.submit().status == 200
    job = client.jobs[0]
    client.advance(job.plan.queued + 1)
    armed = client.arm(kind, operation="poll", **NEEDED.get(kind, {}))
    client.poll()
    assert armed.hits == 1
    if kind not in PERMANENT:
        client.finish()
        answer = client.poll()
        assert (answer.status, answer.complete) == (200, True)
        assert client.urls(answer)
    assert job.end()[1] == "succeeded"
    assert len(client.charges) == 1
