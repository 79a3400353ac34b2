"""anyio's own plugin, with a task group and threads."""

import time

import anyio
import anyio.to_thread
import httpx
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def client(reapi):
    async with httpx.AsyncClient(base_url=reapi.base_url) as client:
        yield client


async def test_task_group(client, reapi):
    started = time.monotonic()

    async def ask(pause):
        await anyio.sleep(pause)
        assert (await client.get("/")).status_code == 404

    async with anyio.create_task_group() as group:
        for pause in range(0, 600, 60):
            group.start_soon(ask, pause)
    assert [request.at - reapi.tenant.started for request in reapi.requests] == list(range(0, 600, 60))
    assert time.monotonic() - started == 540


async def test_threads(reapi):
    with anyio.fail_after(100):
        await anyio.to_thread.run_sync(time.sleep, 90)
    with pytest.raises(TimeoutError), anyio.fail_after(100):
        await anyio.sleep(101)


@pytest.mark.parametrize("anyio_backend", ["trio"])
@pytest.mark.safelight(clock="x1000")
async def test_trio_without_virtual_time(reapi, anyio_backend):
    async with httpx.AsyncClient(base_url=reapi.base_url) as client:
        assert (await client.get("/")).status_code == 404
