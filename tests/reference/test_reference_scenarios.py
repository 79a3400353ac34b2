"""The reference client in every named scenario: a result or a typed error, in time, and nothing paid twice."""

import pytest
from reference_rig import PROVIDERS, Scene, play, play_all

from safelight.conformance.client import ClientError, Result
from safelight.fixtures.catalogue import find_scenario, scenario_names

RESULT = "result"
POLLED = ("reapi", "threedai", "gmicloud")

# Where nothing is said, there is a result.
EVERYWHERE = {
    "cancelled-elsewhere": "cancelled",
    "connection-refused": "server",
    "gateway-timeout": "ambiguous",
    "html-error-page": "ambiguous",
    "hung-submit": "ambiguous",
    "internal-error-once": "server",
    "job-fails": "failed",
    "lost-submit-answer": "ambiguous",
    "moderated-output": "blocked",
    "moderated-prompt": "blocked",
    "no-credits": "credits",
    "overloaded": "server",
    "polling-timeout": "failed",
    "rate-limited": "rate_limited",
    "reset-on-submit": "ambiguous",
    "revoked-key": "auth",
    "upstream-retries-exhausted": "failed",
    "empty-result": "failed",
    "partial-images": "failed",
    "no-image": "failed",
}
OF_POLLED = {"key-revoked-mid-job": "auth", "stuck-job": "timeout", "unknown-ending": "timeout"}
OF_DIRECT = {
    "bad-gateway-burst": "ambiguous",
    "empty-answer": "ambiguous",
    "garbage-answer": "ambiguous",
    "plain-text-answer": "ambiguous",
    "stalled-body": "ambiguous",
    "stuck-job": "ambiguous",
    "truncated-answer": "ambiguous",
    "truncated-json": "ambiguous",
}
OF_ONE = {
    ("tokaify", "empty-result"): "blocked",
    ("tokaify", "job-fails"): "server",
    ("tokaify", "no-image"): "blocked",
    ("tokaify", "partial-images"): "blocked",
    ("onemin", "flaky"): "ambiguous",
    ("onemin", "unknown-ending"): "failed",
}


def expected(provider: str, scenario: str) -> str:
    kind = OF_POLLED if provider in POLLED else OF_DIRECT
    return OF_ONE.get((provider, scenario)) or {**EVERYWHERE, **kind}.get(scenario, RESULT)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_scenario_ends_as_it_should(provider: str) -> None:
    names = [name for name in scenario_names() if provider not in find_scenario(name).not_for]
    for name, played in zip(names, play_all(Scene(provider, scenario=name) for name in names), strict=True):
        if isinstance(played.outcome, Result):
            assert expected(provider, name) == RESULT, name
            assert played.result.images
        else:
            assert isinstance(played.error, ClientError), name
            assert played.error.category == expected(provider, name), name
            assert played.key not in str(played.error)
        assert played.paid <= (2 if name == "duplicate-delivery" else 1), name
        assert played.seconds <= 900, name


@pytest.mark.parametrize("provider", POLLED)
@pytest.mark.parametrize("scenario", ["job-fails", "moderated-prompt", "stuck-job", "empty-result"])
def test_an_error_after_the_submit_names_the_job(provider: str, scenario: str) -> None:
    played = play(provider, scenario=scenario)
    assert played.error.task_id
    assert played.error.task_id in played.exchanges[-1].target
