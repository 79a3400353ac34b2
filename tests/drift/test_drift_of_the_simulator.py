"""The simulator keeps to the documents, however they are read; what costs money is bounded."""

from itertools import pairwise

import pytest
from drift_stage import Judged, Said, judged

from safelight.conformance.drift.catalogue import sheet_of
from safelight.specs import load, provider_names

READINGS = [
    (provider, name, value)
    for provider in provider_names()
    for name, choice in load(provider).behaviour.choices.items()
    for value in choice.values
    if choice.scored and value != choice.default
]
ENDINGS = ["failed", "moderated-prompt", "moderated-output"]


def assert_nothing_found(result: Judged) -> None:
    bad = result.report.of_status("fail", "warn", "not-exercised", "adapter-error")
    assert not bad, [(each.id, each.counterexample and each.counterexample.sentence) for each in bad]


@pytest.mark.parametrize("provider", provider_names())
def test_the_simulator_passes(provider: str) -> None:
    result = judged(provider, paid=3)
    assert_nothing_found(result)
    assert not result.report.problems
    assert result.jobs == 3
    passed = {each.id for each in result.report.of_status("pass")}
    left = {each.id for each in result.report.of_status("not-applicable")}
    assert len(passed) > 20
    assert left <= {f"reapi.drift.{slug}" for slug in ("poll-failed", "poll-failed-code", "failure-free")}


@pytest.mark.parametrize(("provider", "name", "value"), READINGS)
def test_it_passes_under_every_reading(provider: str, name: str, value: str) -> None:
    result = judged(provider, choices={f"{provider}.{name}": value})
    assert_nothing_found(result)
    assert not result.report.problems


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("provider", provider_names())
def test_a_job_that_ends_badly_is_no_deviation(provider: str, ending: str) -> None:
    for choices in ({}, _about_failures(provider)):
        result = judged(provider, choices=choices, faults=[{"kind": ending, "operation": "submit", "times": None}])
        assert_nothing_found(result)


def test_a_task_that_failed_says_why_and_costs_nothing() -> None:
    fault = {"kind": "failed", "operation": "submit", "times": None}
    right = judged("reapi", faults=[fault])
    passed = {each.id for each in right.report.of_status("pass")}
    assert {f"reapi.drift.{slug}" for slug in ("poll-failed", "poll-failed-code", "failure-free")} <= passed

    def wrong(said: Said) -> None:
        if isinstance(said.data, dict) and said.data.get("status") == "failed":
            said.memory["failed"] = True
            said.say({**said.data, "error": {"code": "provider_failed"}})
        elif isinstance(said.data, dict) and "balance" in said.data and "failed" in said.memory:
            said.say({"balance": said.data["balance"] - 1})

    assert judged("reapi", wrong, faults=[fault]).failed == {"poll-failed-code", "failure-free"}


def _about_failures(provider: str) -> dict[str, str]:
    """The other value of every reading about failures."""
    return {
        f"{provider}.{name}": next(value for value in choice.values if value != choice.default)
        for name, choice in load(provider).behaviour.choices.items()
        if choice.scored and name.startswith(("fail", "empty", "no-image", "upstream"))
    }


@pytest.mark.parametrize("provider", provider_names())
def test_what_is_free_costs_nothing(provider: str) -> None:
    result = judged(provider, paid=0)
    assert_nothing_found(result)
    assert (result.jobs, result.spent) == (0, 0)
    assert all("--max-paid" in each.note for each in result.report.of_status("not-applicable"))


def test_orders_are_bounded() -> None:
    assert judged("gmicloud", paid=2).jobs == 2
    assert judged("gmicloud", paid=100).jobs == len(sheet_of("gmicloud").orders)


def test_what_is_taken_by_mistake_counts_as_paid() -> None:
    def takes_everything(said: Said) -> None:
        if said.status == 400:
            said.say({"request_id": "1", "status": "queued"}, 200)

    result = judged("gmicloud", takes_everything, paid=1)
    assert result.jobs == 0
    assert "missing-prompt" in result.failed
    assert "unlisted-ratio" not in result.evidence.free, "a second request that a lax server would charge for"


@pytest.mark.parametrize("provider", provider_names())
def test_an_order_whose_answer_is_lost_is_not_repeated(provider: str) -> None:
    result = judged(
        provider, faults=[{"kind": "reset", "operation": "submit", "when": "after", "skip": _probes(provider)}]
    )
    assert result.jobs == 1
    assert not result.failed
    assert "was not repeated" in " ".join(result.report.problems)


def _probes(provider: str) -> int:
    """How many free requests with a key are submits."""
    return len(sheet_of(provider).probes)


@pytest.mark.parametrize("kind", ["edge-page", "reset", "truncated-json", "empty"])
def test_a_passing_fault_is_no_deviation(kind: str) -> None:
    result = judged("reapi", faults=[{"kind": kind, "operation": "poll", "skip": 5, "times": 1}])
    assert result.failed <= {"poll-json"}, result.failed
    assert result.evidence.lives[0].ending == "succeeded"


def test_it_waits_as_a_rate_limit_says() -> None:
    result = judged("threedai", choices={"threedai.rate-limit": "three-per-minute"})
    assert_nothing_found(result)
    assert result.jobs == 1


def test_polls_keep_the_documented_rhythm() -> None:
    [life] = judged("reapi").evidence.lives
    at = [poll.at - life.submit.until for poll in life.polls]
    assert at[0] >= 30
    assert all(3 <= later - earlier <= 5.1 for earlier, later in pairwise(at))


def test_a_task_without_end_is_given_up() -> None:
    result = judged("gmicloud", faults=[{"kind": "stuck", "operation": "submit", "times": None}], deadline=120)
    assert "was not at its end after 120 s" in " ".join(result.report.problems)
    assert result.virtual_seconds < 200
    assert not result.failed


def test_an_empty_account_is_a_problem_and_no_deviation() -> None:
    result = judged("reapi", credits=0)
    assert not result.failed
    assert "402" in " ".join(result.report.problems)
    assert result.jobs == 0
