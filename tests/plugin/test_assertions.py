"""Assertions that explain themselves."""

import time

import pytest
import requests

from safelight.conformance.plugin.handle import ProviderHandle

from .reapi_client import BODY, follow, generate, headers, poll, submit


def test_a_good_client_passes(reapi: ProviderHandle) -> None:
    for url in generate(reapi):
        requests.get(url, timeout=30)
    reapi.assert_paid_once()
    reapi.assert_polled_within_band()
    reapi.assert_no_key_leaked("some log")


def test_paid_twice(reapi: ProviderHandle) -> None:
    first, second = submit(reapi), submit(reapi)
    with pytest.raises(AssertionError) as caught:
        reapi.assert_paid_once()
    sentence, _, transcript = str(caught.value).partition("\n\n")
    assert sentence == f"1 job should have been paid, but 2 were: {first}, {second}"
    assert transcript.count("POST /api/v1/images/generations → 200") == 2


def test_a_refunded_job_is_not_paid(reapi: ProviderHandle) -> None:
    reapi.moderate_next()
    follow(reapi, submit(reapi))
    reapi.assert_paid(0)
    with pytest.raises(AssertionError, match="2 jobs should have been paid, but 0 were: none"):
        reapi.assert_paid(2)


def test_polled_too_early(reapi: ProviderHandle) -> None:
    job = submit(reapi)
    time.sleep(7)
    poll(reapi, job)
    with pytest.raises(AssertionError) as caught:
        reapi.assert_polled_within_band()
    complaint, citation, *_ = str(caught.value).splitlines()
    assert complaint == "the first poll came 7 s after the submit, not 30 s or later"
    assert citation.startswith("reapi.poll.cadence (000_689184e2825e36ff.txt, lines 235-238): The recommended cadence")


def test_polled_too_often(reapi: ProviderHandle) -> None:
    follow(reapi, submit(reapi), every=1)
    with pytest.raises(AssertionError, match="a poll 31 s after the submit came 1 s after the last, not 3 to 5 s"):
        reapi.assert_polled_within_band()


def test_a_cadence_that_nobody_recommends(tokaify: ProviderHandle) -> None:
    with pytest.raises(AssertionError, match="recommends no cadence"):
        tokaify.assert_polled_within_band()


def test_a_key_sent_to_the_media_host(reapi: ProviderHandle) -> None:
    (url,) = generate(reapi)
    requests.get(url, headers=headers(reapi), timeout=30)
    with pytest.raises(AssertionError, match=r"the reapi key was sent to the media host by GET /"):
        reapi.assert_no_key_leaked()


def test_a_key_in_a_url(reapi: ProviderHandle) -> None:
    requests.get(f"{reapi.base_url}/api/v1/tasks/task_1?key={reapi.api_key}", timeout=30)
    with pytest.raises(AssertionError, match=r"the key stands in the URL of GET .*/api/v1/tasks/task_1\?…") as caught:
        reapi.assert_no_key_leaked()
    assert reapi.api_key not in str(caught.value)


def test_a_key_in_a_log(reapi: ProviderHandle) -> None:
    with pytest.raises(AssertionError, match=r"the key stands in a text, after 'Authorization: Bearer '") as caught:
        reapi.assert_no_key_leaked("fine", f"Authorization: Bearer {reapi.api_key}")
    assert reapi.api_key not in str(caught.value)


def test_an_answer_that_costs_is_in_the_transcript(reapi: ProviderHandle) -> None:
    requests.post(f"{reapi.base_url}/api/v1/images/generations", json=BODY, timeout=30)
    time.sleep(30)
    submit(reapi)
    refused, paid = reapi.tenant.transcript().splitlines()
    assert refused.startswith("+    0.000 s  reapi  POST /api/v1/images/generations → 401")
    assert paid == "+   30.000 s  reapi  POST /api/v1/images/generations → 200  1 credits"
