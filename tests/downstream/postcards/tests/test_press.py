"""The press, which blocks. `time.sleep` and `time.monotonic` are what they always were; only nobody waits."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from postcards.errors import Faded, Refused, TooLate, Unclear
from postcards.press import Press, fetch

from fixtures import PROMPT


def test_a_card_is_printed(press, reapi, caplog):
    caplog.set_level(logging.DEBUG)
    (link,) = press.print_card(PROMPT)
    assert fetch(link).startswith(b"\x89PNG")
    assert reapi.jobs[0].prompt == PROMPT
    reapi.assert_paid_once()
    reapi.assert_polled_within_band()
    reapi.assert_no_key_leaked(caplog.text)


@pytest.mark.scenario("bad-gateway-burst")
def test_a_burst_of_bad_gateways_is_sat_out(press, reapi):
    assert press.print_card(PROMPT)
    assert [request.status for request in reapi.requests[:5]] == [200, 502, 502, 502, 200]


def test_an_order_whose_answer_is_lost_is_not_repeated(press, reapi):
    reapi.fail("reset", operation="submit", when="after")
    with pytest.raises(Unclear):
        press.print_card(PROMPT)
    reapi.assert_paid_once()


def test_it_waits_as_long_as_it_is_told_to(press, reapi):
    reapi.fail("rate-limited", retry_after=20)
    press.order(PROMPT)
    refused, accepted = reapi.requests
    assert (refused.status, accepted.status) == (429, 200)
    assert accepted.at - refused.at == 20


def test_a_moderated_prompt_costs_nothing(press, reapi):
    reapi.moderate_next()
    with pytest.raises(Refused):
        press.print_card(PROMPT)
    reapi.assert_paid(0)
    assert [entry.credits for entry in reapi.ledger[1:]] == [-1, 1]


def test_without_credits_nothing_is_ordered(press, reapi):
    reapi.set_credits(0)
    with pytest.raises(Refused, match=r"(?i)credits"):
        press.print_card(PROMPT)
    assert reapi.jobs == []


def test_a_key_that_is_revoked_while_a_picture_is_made(press, reapi):
    picture = press.order(PROMPT)
    reapi.revoke_key()
    with pytest.raises(Refused):
        press.wait_for(picture)


def test_a_picture_that_never_comes_is_given_up_after_ten_minutes(press, reapi):
    reapi.fail("stuck")
    started = time.monotonic()
    with pytest.raises(TooLate):
        press.print_card(PROMPT)
    assert 600 <= time.monotonic() - started < 615


def test_links_fade_after_a_week(press, reapi):
    (link,) = press.print_card(PROMPT)
    reapi.advance(days=6, hours=23)
    assert fetch(link)
    reapi.advance(hours=2)
    with pytest.raises(Faded):
        fetch(link)


def test_ten_presses_at_once(reapi):
    def print_one(number: int) -> float:
        with Press(reapi.base_url, reapi.api_key) as press:
            press.print_card(f"{PROMPT}, {number}")
            return time.monotonic()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(print_one, range(10)))
    assert sorted(job.prompt for job in reapi.jobs) == sorted(f"{PROMPT}, {number}" for number in range(10))
    reapi.assert_paid(10)
    reapi.assert_polled_within_band()
