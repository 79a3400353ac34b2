"""Scenarios as data: written and read again they are the same, and mistakes are said."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.conformance.client import FEATURES
from safelight.conformance.scenarios.model import BadScenario, Scenario
from safelight.conformance.scenarios.space import Space
from safelight.conformance.suite.general import anything, fixed, paired
from safelight.specs import load, provider_names

SPACES = {name: Space(name, frozenset(FEATURES)) for name in provider_names()}


@settings(max_examples=200)
@given(st.sampled_from(sorted(SPACES)).flatmap(lambda name: anything(SPACES[name])))
def test_a_scenario_is_the_same_after_a_file(scenario: Scenario) -> None:
    assert Scenario.from_json(json.loads(json.dumps(scenario.as_json()))) == scenario


@pytest.mark.parametrize("provider", provider_names())
def test_every_reading_is_played_alone_and_every_pair_together(provider: str) -> None:
    readings = [
        (choice.name, value)
        for choice in load(provider).behaviour.choices.values()
        if choice.scored
        for value in choice.values
        if value != choice.default
    ]
    played = [frozenset(each.readings.items()) for each in [*fixed(SPACES[provider]), *paired(SPACES[provider])]]
    assert frozenset() in played
    for one in readings:
        assert frozenset({one}) in played
        for other in readings:
            if one[0] != other[0]:
                assert frozenset({one, other}) in played


def test_what_is_usual_is_left_out() -> None:
    assert Scenario("reapi").as_json() == {"provider": "reapi"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the scenario is to be an object, not list"),
        ({}, "the scenario names no provider"),
        ({"provider": "reapi", "fault": []}, "the scenario has no field 'fault'"),
        ({"provider": "reapi", "calls": []}, "`calls` is empty"),
        ({"provider": "reapi", "calls": {"wish": {}}}, "`calls` is to be a list, not dict"),
        ({"provider": "reapi", "calls": [{"wish": {"size": "1:1"}}]}, r"calls\[0\].wish has no field 'size'"),
        ({"provider": "reapi", "calls": [{"wish": {"images": [{"kind": 1}]}}]}, "has no field 'kind'"),
    ],
)
def test_mistakes_are_said(document: Any, said: str) -> None:
    with pytest.raises(BadScenario, match=said):
        Scenario.from_json(document)
