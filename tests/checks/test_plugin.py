"""`assert_conformant()` of the fixtures."""

import time

import pytest
import requests

from safelight.conformance.plugin.handle import ProviderHandle, TenantHandle

MODEL = "gemini-3-pro-image-preview"


def submit(reapi: ProviderHandle) -> str:
    """The id of a job."""
    answer = requests.post(
        f"{reapi.base_url}/api/v1/images/generations",
        json={"model": MODEL, "prompt": "a castle"},
        headers={"Authorization": f"Bearer {reapi.api_key}"},
        timeout=30,
    )
    return str(answer.json()["id"])


def poll(reapi: ProviderHandle, job: str) -> int:
    headers = {"Authorization": f"Bearer {reapi.api_key}"}
    return requests.get(f"{reapi.base_url}/api/v1/tasks/{job}", headers=headers, timeout=30).status_code


def test_a_client_that_keeps_the_rules_passes(safelight: TenantHandle, reapi: ProviderHandle) -> None:
    job = submit(reapi)
    time.sleep(30)
    for _ in range(3):
        assert poll(reapi, job) == 200
        time.sleep(5)
    reapi.assert_conformant(level="SHOULD")
    safelight.assert_conformant(level="SHOULD")


def test_a_broken_rule_is_named_with_its_citation_and_the_transcript(
    safelight: TenantHandle, reapi: ProviderHandle
) -> None:
    submit(reapi)
    time.sleep(30)
    assert poll(reapi, "undefined") == 404
    for handle in (reapi, safelight):
        with pytest.raises(AssertionError) as caught:
            handle.assert_conformant()
        message = str(caught.value)
        assert message.startswith(
            "MUST reapi.poll.id: The value of `id` in the answer to the submit is what is polled."
        )
        assert "000_689184e2825e36ff.txt:72-77,80" in message
        assert "undefined is polled, which is no id" in message
        assert "+   30.000 s  reapi  GET /api/v1/tasks/undefined → 404" in message


def test_a_provider_is_judged_alone(reapi: ProviderHandle, onemin: ProviderHandle) -> None:
    requests.post(f"{onemin.base_url}/api/features", json={}, headers={"API-KEY": onemin.api_key}, timeout=30)
    reapi.assert_conformant(level="SHOULD")
    with pytest.raises(AssertionError, match=r"onemin\.submit\.body: "):
        onemin.assert_conformant()


def test_what_is_only_recommended_fails_on_demand(reapi: ProviderHandle) -> None:
    poll(reapi, submit(reapi))
    reapi.assert_conformant()
    reapi.assert_conformant(level="HOUSE")
    with pytest.raises(AssertionError, match="the first poll came 0 s after the submit"):
        reapi.assert_conformant(level="SHOULD")
