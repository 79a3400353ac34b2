"""Redirects to wherever a fault says."""

import pytest
from rig import NAMES, WITH_MEDIA, Rig

from safelight.mockserver.faults import InvalidFault

ELSEWHERE = "http://127.0.0.1:9/elsewhere?a=b"


@pytest.mark.parametrize("provider", NAMES)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_submit_is_sent_elsewhere(rig: Rig, provider: str, when: str, status: int) -> None:
    client = rig.client(provider)
    client.arm("redirect", operation="submit", when=when, status=status, location=ELSEWHERE)
    answer = client.submit()
    assert (answer.status, answer.headers["location"]) == (status, ELSEWHERE)
    assert len(client.charges) == (when == "after")
    assert client.submit().status == 200


def test_a_poll_is_sent_elsewhere_and_the_job_goes_on(rig: Rig) -> None:
    client = rig.client("reapi")
    assert client.submit().status == 200
    client.arm("redirect", operation="poll", location=ELSEWHERE)
    assert client.poll().status == 302
    client.finish()
    assert client.poll().json["status"] == "completed"


@pytest.mark.parametrize("provider", WITH_MEDIA)
def test_a_request_for_a_result_is_sent_elsewhere(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm("redirect", operation="media", status=307, location=ELSEWHERE)
    answer = client.fetch(url)
    assert (answer.status, answer.headers["location"]) == (307, ELSEWHERE)
    assert client.fetch(url).status == 200


def test_only_statuses_that_redirect(rig: Rig) -> None:
    with pytest.raises(InvalidFault, match="status"):
        rig.client("reapi").arm("redirect", status=304)


def test_by_default_to_a_host_that_nobody_has(rig: Rig) -> None:
    client = rig.client("onemin")
    client.arm("redirect")
    assert client.result().headers["location"] == "https://elsewhere.example/"
