"""Gateways as raw ASGI and WSGI applications, in front of one provider."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.request import Request, urlopen

import aiohttp


class Asgi:
    """Its lifespan opens and closes the connections; a streamed answer at /stream; what happened is in `events`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._base, self._key = environ["REAPI_BASE_URL"], environ["REAPI_API_KEY"]
        self.events: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body, has_more = b"", True
        while has_more:
            piece = await receive()
            body, has_more = body + piece["body"], piece["more_body"]
        if scope["path"] == "/broken":
            raise RuntimeError("this is broken")
        if scope["path"] == "/stream":
            await self._stream(send)
            return
        if scope["path"] == "/wait":
            self.events.append((await receive())["type"])
            return
        images = await self._generate(json.loads(body))
        answer = json.dumps({"data": [{"url": url} for url in images]}).encode()
        headers = [(b"content-type", b"application/json"), (b"x-path", scope["raw_path"])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._key}"})
        self.events.append("started")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        await self._http.close()
        self.events.append("stopped")
        await send({"type": "lifespan.shutdown.complete"})

    async def _stream(self, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await asyncio.sleep(10)
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
        await send({"type": "http.response.body"})

    async def _generate(self, wish: Any) -> list[str]:
        fields = {"model": "gemini-3-pro-image-preview", "prompt": wish["prompt"]}
        async with self._http.post(f"{self._base}/api/v1/images/generations", json=fields) as answer:
            job = await answer.json()
        await asyncio.sleep(30)
        while True:
            async with self._http.get(f"{self._base}/api/v1/tasks/{job['id']}") as answer:
                state = await answer.json()
            if state["status"] == "completed":
                urls: list[str] = state["output"]["image_urls"]
                return urls
            await asyncio.sleep(4)


class NoLifespan:
    """An ASGI application that knows requests only."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


def failing(environ: Mapping[str, str]) -> Any:
    """An ASGI application that does not start."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "there is no database"})

    return application


def wsgi(environ: Mapping[str, str]) -> Any:
    """A WSGI application that sleeps and asks in its thread."""

    def ask(path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {environ['REAPI_API_KEY']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(environ["REAPI_BASE_URL"] + path, data, headers)) as answer:
            return json.load(answer)

    def application(request: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if request["PATH_INFO"] == "/broken":
            raise RuntimeError("this is broken")
        wish = json.load(request["wsgi.input"])
        job = ask("/api/v1/images/generations", {"model": "gemini-3-pro-image-preview", "prompt": wish["prompt"]})
        time.sleep(30)
        while (state := ask(f"/api/v1/tasks/{job['id']}"))["status"] != "completed":
            time.sleep(4)
        data = [{"url": url} for url in state["output"]["image_urls"]]
        start_response("200 OK", [("Content-Type", "application/json"), ("X-Path", request["PATH_INFO"])])
        yield json.dumps({"data": data}).encode()

    return application
