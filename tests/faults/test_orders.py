"""What is said of faults and scenarios that make no sense."""

from pathlib import Path
from typing import Any

import pytest
from rig import NAMES, Rig

from safelight.fixtures.catalogue import (
    InvalidScenario,
    Scenario,
    ScenarioError,
    UnknownScenario,
    load_scenario,
    read_scenario,
    scenario_names,
)
from safelight.mockserver.faults import (
    Fault,
    FaultError,
    ImpossibleFault,
    InvalidFault,
    as_document,
    kinds,
    read_fault,
)
from safelight.mockserver.scenarios import apply_scenario

INVALID = [
    (None, "a fault is a mapping with a kind, not None"),
    ({}, "a fault needs a kind, such as reset"),
    ({"kind": 3}, "a fault needs a kind, such as reset"),
    ({"kind": "rest"}, "there is no kind of fault 'rest' (did you mean 'reset'?)"),
    ({"kind": "reset", "tims": 2}, "reset: 'tims' is not a known key (did you mean 'times'?)"),
    ({"kind": "reset", "times": 0}, "reset: times: 0 is less than the minimum of 1"),
    ({"kind": "reset", "skip": -1}, "reset: skip: -1 is less than the minimum of 0"),
    ({"kind": "reset", "probability": 1.5}, "reset: probability: 1.5 is greater than the maximum of 1"),
    ({"kind": "reset", "when": "during"}, "reset: when: 'during' is not one of before, after"),
    ({"kind": "failed", "when": "before"}, "failed: 'when' is not a known key"),
    ({"kind": "corrupted", "when": "before"}, "corrupted: when: 'before' is not one of after"),
    ({"kind": "problem"}, "problem: 'problem' is missing"),
    ({"kind": "problem", "problem": "internal", "retry_after_as": "dat"}, "is not one of seconds, date"),
    ({"kind": "edge-page", "status": 500}, "edge-page: status: 500 is not one of 502, 503, 504"),
    ({"kind": "status", "status": 99}, "status: status: 99 is less than the minimum of 200"),
    ({"kind": "truncated", "share": 1}, "truncated: share: 1 is greater than or equal to the maximum of 1"),
    ({"kind": "unknown-status", "of": ["done"]}, "unknown-status: of[0]: 'done' is not one of queued"),
    ({"kind": "refused-connection", "times": 1}, "refused-connection: 'times' is not a known key"),
    ({"kind": "reset", "provider": []}, "reset: provider: "),
]
ASKED_FOR = [
    "bad-gateway-burst",
    "upstream-retries-exhausted",
    "polling-timeout",
    "lost-submit-answer",
    "rate-limit-with-date",
    "moderated-prompt",
    "moderated-output",
    "no-image",
    "stuck-job",
    "slow-4k",
    "cancelled-elsewhere",
    "expired-result",
    "expired-overnight",
    "presigned-expired",
    "key-revoked-mid-job",
    "credits-run-out",
    "html-error-page",
    "truncated-json",
    "unknown-status",
    "progress-goes-back",
    "wrong-content-type",
    "corrupted-image",
    "partial-images",
    "duplicate-delivery",
    "clock-skew",
]
IMPOSSIBLE = [
    ({"kind": "reset", "provider": "raepi"}, "There is no provider 'raepi' (did you mean 'reapi'?)"),
    (
        {"kind": "reset", "provider": "reapi", "operation": "pol"},
        "there is no operation 'pol' at reapi (did you mean 'poll'?); it has *, media, submit, poll,",
    ),
    (
        {"kind": "reset", "provider": "tokaify", "operation": "poll"},
        "there is no operation 'poll' at tokaify; it has *, media",
    ),
    (
        {"kind": "failed", "provider": "reapi", "operation": "poll"},
        "failed makes no sense for poll of reapi; it does for",
    ),
    ({"kind": "expired", "provider": "tokaify"}, "the images of tokaify come inside its answers"),
    ({"kind": "corrupted", "provider": "reapi", "operation": "poll"}, "it does for media"),
    ({"kind": "refused-connection", "provider": "reapi", "operation": "poll"}, "it does for *, media"),
    (
        {"kind": "progress-back", "provider": "reapi"},
        "the fault progress-back makes no sense for reapi: its answers show no progress",
    ),
    (
        {"kind": "partial", "provider": "onemin"},
        "the fault partial makes no sense for onemin: its answers hold one image, never fewer",
    ),
    ({"kind": "no-image", "provider": "reapi"}, "the fault no-image makes no sense for reapi: it has no such failure"),
    (
        {"kind": "problem", "problem": "rate-limit", "provider": "reapi"},
        "there is no problem of reapi 'rate-limit' (did you mean 'rate-limited'?)",
    ),
    (
        {"kind": "failed", "reason": "upstream", "provider": "reapi"},
        "there is no reason of reapi 'upstream' (did you mean 'upstream-submit'?)",
    ),
    ({"kind": "reset", "provider": "reapi", "job": "task_1"}, "'task_1' is no id of a job"),
    ({"kind": "reset", "operation": "pol"}, "no operation 'pol'"),
    ({"kind": "progress-back", "provider": ["threedai", "reapi"]}, "progress-back makes no sense for reapi"),
]


@pytest.mark.parametrize(("document", "said"), INVALID)
def test_an_invalid_fault_is_told_in_a_sentence(document: Any, said: str) -> None:
    with pytest.raises(InvalidFault) as caught:
        read_fault(document)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("document", "said"), IMPOSSIBLE)
def test_a_fault_that_makes_no_sense_is_told_in_a_sentence(rig: Rig, document: Any, said: str) -> None:
    tenant = rig.world.create_tenant()
    with pytest.raises(ImpossibleFault) as caught:
        rig.world.arm(tenant, document)
    assert said in str(caught.value)
    assert tenant.faults.armed == []


def test_short_names_are_suggested_too(rig: Rig) -> None:
    tenant = rig.world.create_tenant()
    with pytest.raises(FaultError, match="did you mean 'unavailable'"):
        rig.world.arm(tenant, {"kind": "unavailabel", "provider": "reapi"})
    assert rig.world.arm(tenant, {"kind": "upstream-submit", "provider": "reapi"}).fault.options == {
        "reason": "upstream-submit"
    }


def test_the_errors_are_value_errors_that_say_where() -> None:
    assert issubclass(FaultError, ValueError)
    with pytest.raises(FaultError, match=r"^here\.yaml: there is no kind"):
        read_fault({"kind": "x"}, "here.yaml")


@pytest.mark.parametrize("kind", [kind.name for kind in kinds().values() if not kind.required])
def test_a_fault_survives_its_document(kind: str) -> None:
    fault = read_fault({"kind": kind, "provider": ["reapi", "onemin"], "operation": "*"})
    assert read_fault(as_document(fault)) == fault
    assert isinstance(fault, Fault)


def test_defaults() -> None:
    assert as_document(read_fault({"kind": "edge-page"})) == {
        "kind": "edge-page",
        "provider": "*",
        "when": "before",
        "status": 502,
        "times": 1,
    }


# Scenarios


def test_an_unknown_scenario_suggests_the_nearest() -> None:
    with pytest.raises(UnknownScenario) as caught:
        load_scenario("bad-gateway-brust")
    nearest = "There is no scenario 'bad-gateway-brust' (did you mean 'bad-gateway-burst'?)"
    assert str(caught.value) == f"{nearest}; `safelight scenarios` lists them."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults: [", "this is not valid YAML"),
        ("", "is empty"),
        ("name: x\n", "is not valid"),
        ("faults:\n  - {kind: reset}\nfalts: []\n", "line 1: 'falts' is not a known key (did you mean 'faults'?)"),
        ("faults:\n  - {knd: reset}\n", "line 2: faults[0]: 'kind' is missing"),
        ("faults:\n  - kind: reset\n  - kind: hang\n    sekonds: 3\n", "line 3: faults[1]: hang: 'sekonds' is not a"),
        ("faults:\n  - kind: reset\n    operation: pol\n", "line 2: faults[0]: there is no operation 'pol' at reapi"),
        ("faults:\n  - {kind: reset}\n  - {kind: reset, operation: pol}\n", "line 3: faults[1]: there is no operation"),
        (
            "faults: [{kind: progress-back, provider: [threedai, reapi]}]\n",
            "faults[0]: the fault progress-back makes no",
        ),
        ("tenant: {credits: -1}\n", "line 1: tenant.credits"),
        ("tenant: {readings: {reapi.x: y}}\n", "line 1: tenant: there is no reading or knob 'reapi.x'"),
        ("tenant:\n  progress: fast\n", "line 1: tenant: progress must be time"),
    ],
)
def test_a_bad_file_is_told_with_its_line(rig: Rig, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    tenant = rig.world.create_tenant()
    with pytest.raises(ScenarioError) as caught:
        apply_scenario(tenant, load_scenario(file))
    sentence = str(caught.value)
    assert said in sentence or said == "is not valid"
    assert sentence.startswith(str(file))
    assert tenant.faults.armed == []


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownScenario, match=r"mine\.yaml cannot be read: No such file"):
        load_scenario(tmp_path / "mine.yaml")


def test_a_file_of_ones_own_needs_no_name(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"faults": [{"kind": "unavailable-not-known"}]}')
    scenario = load_scenario(str(file))
    assert scenario.name == "mine"
    with pytest.raises(InvalidScenario, match="unavailable-not-known"):
        apply_scenario(rig.world.create_tenant(), scenario)


@pytest.mark.parametrize("document", [3, [], {"faults": {}}, {"faults": [], "extra": 1}, {"name": "A B", "faults": []}])
def test_a_document_that_is_no_scenario(document: Any) -> None:
    with pytest.raises(InvalidScenario, match="The scenario is not valid"):
        read_scenario(document)


def test_a_scenario_is_not_played_for_a_provider_that_it_is_not_for(rig: Rig) -> None:
    tenant = rig.world.create_tenant()
    with pytest.raises(ScenarioError, match="hung-poll is not for tokaify: it answers a submit with the result"):
        apply_scenario(tenant, load_scenario("hung-poll"), providers=["tokaify"])
    scenario = read_scenario({"faults": [{"kind": "progress-back", "provider": "reapi"}]})
    with pytest.raises(ScenarioError, match=r"scenario 'unnamed', faults\[0\]: the fault progress-back makes no sense"):
        apply_scenario(tenant, scenario)
    assert tenant.faults.armed == []


def test_settings_of_a_tenant(rig: Rig) -> None:
    tenant = rig.world.create_tenant()
    start = tenant.clock.now()
    document = {
        "tenant": {
            "readings": {"reapi.processing-output": "absent"},
            "credits": {"reapi": 7, "onemin": 3},
            "progress": "polls:2",
            "rate_limits": {"reapi": 2},
            "clock_offset": 60,
        }
    }
    assert apply_scenario(tenant, read_scenario(document), providers=["reapi"]) == []
    now = tenant.clock.now()
    assert now == start + 60
    assert tenant.choices["reapi"]["processing-output"] == "absent"
    assert [tenant.wallets[name].balance(now) for name in ("reapi", "onemin")] == [7, tenant.settings.credits]
    assert str(tenant.progress) == "polls:2"
    assert tenant.rate_limits == {"reapi": 2}


def test_the_catalogue_holds_what_was_asked_for() -> None:
    assert set(ASKED_FOR) <= set(scenario_names())
    assert len(scenario_names()) >= 32


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_explains_itself(rig: Rig, name: str) -> None:
    scenario = load_scenario(name)
    assert isinstance(scenario, Scenario)
    assert scenario.name == name
    assert scenario.title
    for sentence in (scenario.happens, scenario.good_client):
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0
        assert 20 < len(sentence) < 200
    assert set(scenario.not_for) < set(NAMES)


@pytest.mark.parametrize("name", scenario_names())
@pytest.mark.parametrize("provider", NAMES)
def test_a_scenario_is_for_exactly_those_for_whom_it_makes_sense(rig: Rig, name: str, provider: str) -> None:
    scenario, tenant = load_scenario(name), rig.world.create_tenant()
    if provider in scenario.not_for:
        assert scenario.faults_for(provider) == ()
        return
    armed = apply_scenario(tenant, scenario, providers=[provider])
    assert armed
    assert {each.origin for each in armed} == {name}
    assert {target[0] for target in tenant.faults.rules} <= {provider}
