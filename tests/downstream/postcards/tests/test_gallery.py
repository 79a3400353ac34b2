"""The gallery, which is asynchronous: `asyncio.sleep` and time-outs pass as quickly."""

import asyncio
import time

import pytest
from postcards.errors import Faded

from fixtures import PROMPT


async def test_two_copies(gallery, threedai):
    first, second = await gallery.paint(PROMPT, copies=2)
    assert await gallery.fetch(first) != await gallery.fetch(second)
    assert threedai.credits == 1_000_000 - threedai.jobs[0].price
    threedai.assert_paid_once()
    threedai.assert_no_key_leaked()


async def test_twenty_at_once_take_no_longer_than_the_slowest(gallery, threedai):
    started = time.time()
    await asyncio.gather(*(gallery.paint(f"{PROMPT}, {number}") for number in range(20)))
    slowest = max(job.ends - job.submitted for job in threedai.jobs)
    assert slowest <= time.time() - started <= slowest + 5


async def test_dropped_connections_and_new_words_are_sat_out(gallery, threedai):
    threedai.reading("pending-status", "queued")
    threedai.fail("reset", operation="poll", skip=1, times=2)
    assert await gallery.paint(PROMPT)
    assert [request.status for request in threedai.requests[:5]] == [200, 200, 0, 0, 200]


async def test_links_last_a_day(gallery, threedai):
    (link,) = await gallery.paint(PROMPT)
    await asyncio.sleep(23 * 3_600)
    assert await gallery.fetch(link)
    threedai.advance(hours=1, minutes=5)
    with pytest.raises(Faded):
        await gallery.fetch(link)


async def test_links_of_the_sample_can_be_made_to_fade(gallery, sample, threedai_session):
    assert await gallery.fetch(sample)
    threedai_session.expire()
    with pytest.raises(Faded):
        await gallery.fetch(sample)
