"""One loop for the whole session, with a client that lives as long, in virtual time and out of it."""

import asyncio
import time

import aiohttp
import pytest_asyncio

beats = []


@pytest_asyncio.fixture(scope="session")
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture(scope="session", autouse=True)
async def heart():
    async def beat():
        while True:
            beats.append(time.monotonic())
            await asyncio.sleep(0.05)

    task = asyncio.create_task(beat())
    yield
    task.cancel()


async def test_virtual(session, reapi):
    before = len(beats)
    async with session.get(f"{reapi.base_url}/") as response:
        await response.read()
    await asyncio.sleep(10)
    assert len(beats) - before in (200, 201)


async def test_real(session):
    await asyncio.sleep(0.2)
    before = len(beats)
    await asyncio.sleep(0.5)
    assert len(beats) > before, "the heart goes on beating in real time"


async def test_virtual_again(session, threedai):
    before = len(beats)
    async with session.get(f"{threedai.base_url}/") as response:
        await response.read()
    await asyncio.sleep(10)
    assert len(beats) - before in (200, 201)
