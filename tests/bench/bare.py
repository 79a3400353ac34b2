"""The yardstick: a bare aiohttp application that answers every path with `web.json_response`."""

import asyncio
import json
import signal
from typing import Any

from aiohttp import web

ANSWER: dict[str, Any] = {
    "id": "task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e",
    "model": "gemini-3-pro-image-preview",
    "status": "processing",
    "created_at": 1735000000,
    "output": None,
    "error": None,
}


async def _answer(request: web.Request) -> web.Response:
    return web.json_response(ANSWER)


async def _serve() -> None:
    app = web.Application()
    app.router.add_post("/api/v1/images/generations", _answer)
    app.router.add_get("/api/v1/tasks/{id}", _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
