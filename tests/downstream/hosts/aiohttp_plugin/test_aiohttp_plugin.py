"""pytest-aiohttp: an application of one's own that asks a provider, tested through its own client."""

import asyncio
import time

import aiohttp
import pytest
from aiohttp import web


@pytest.fixture
def app(reapi):
    async def print_card(request):
        headers = {"Authorization": f"Bearer {reapi.api_key}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            url = f"{reapi.base_url}/api/v1/images/generations"
            body = {"model": "gemini-3-pro-image-preview", "prompt": "A lighthouse"}
            async with session.post(url, json=body) as response:
                task = (await response.json())["id"]
            await asyncio.sleep(30)
            while True:
                async with session.get(f"{reapi.base_url}/api/v1/tasks/{task}") as response:
                    answer = await response.json()
                if answer["status"] == "completed":
                    return web.json_response(answer["output"])
                await asyncio.sleep(5)

    app = web.Application()
    app.router.add_get("/card", print_card)
    return app


async def test_application(aiohttp_client, app, reapi):
    client = await aiohttp_client(app)
    started = time.monotonic()
    response = await client.get("/card")
    assert (await response.json())["image_urls"]
    assert 30 <= time.monotonic() - started <= 125
    reapi.assert_paid_once()
    reapi.assert_polled_within_band()


async def test_ten_requests_at_once(aiohttp_client, app, reapi):
    client = await aiohttp_client(app)
    responses = await asyncio.gather(*(client.get("/card") for _ in range(10)))
    assert [response.status for response in responses] == [200] * 10
    reapi.assert_paid(10)
    reapi.assert_polled_within_band()
