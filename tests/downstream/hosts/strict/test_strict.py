"""pytest-asyncio in strict mode: what is asynchronous says so."""

import asyncio
import time

import aiohttp
import pytest
import pytest_asyncio


@pytest_asyncio.fixture
async def session(reapi):
    headers = {"Authorization": f"Bearer {reapi.api_key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        await asyncio.sleep(60)
        yield session
        await asyncio.sleep(60)


@pytest.mark.asyncio
async def test_async(session, reapi):
    started = time.monotonic()
    async with session.get(f"{reapi.base_url}/api/v1/tasks/task_unknown") as response:
        assert response.status == 404
    await asyncio.sleep(86_400)
    assert time.monotonic() - started == 86_400
    assert reapi.requests[0].at - reapi.tenant.started == 60


@pytest.mark.asyncio
async def test_time_outs(session, reapi):
    reapi.fail("hang", operation="poll")
    started = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(45), session.get(f"{reapi.base_url}/api/v1/tasks/task_unknown"):
            pass
    assert asyncio.get_running_loop().time() - started == 45


@pytest.mark.asyncio
async def test_real_time_beside_it():
    started = time.monotonic()
    await asyncio.sleep(0.01)
    assert 0.01 <= time.monotonic() - started < 5


def test_sync_beside_it(reapi):
    started = time.monotonic()
    time.sleep(86_400)
    assert time.monotonic() - started == 86_400
