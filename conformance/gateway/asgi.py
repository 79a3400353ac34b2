"""An ASGI application behind aiohttp: its lifespan, streamed bodies both ways, callers who hang up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from .bridges import HANGS_UP, LARGEST

_VERSION: Final = {"version": "3.0", "spec_version": "2.3"}
_log = logging.getLogger("safelight.asgi")

Message = Mapping[str, Any]
_Messages = asyncio.Queue[Message]


class AsgiBridge:
    """`application` serves what is called with scope, receive and send."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._state: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.application = web.Application(client_max_size=LARGEST)
        self.application[HANGS_UP] = True
        self.application.router.add_route("*", "/{path:.*}", self._answer)
        self.application.cleanup_ctx.append(self._lifespan)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        exchange = _Exchange(request)
        task = asyncio.create_task(self._run(exchange))  # of its own: it goes on when its caller has gone
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            exchange.gone.set()
            raise
        return exchange.response or web.Response(status=500, text="Internal Server Error")

    async def _run(self, exchange: _Exchange) -> None:
        try:
            await self._inner({**exchange.scope, "state": self._state.copy()}, exchange.receive, exchange.send)
        except Exception:
            _log.exception("Exception in ASGI application")
            exchange.break_off()

    async def _lifespan(self, _: web.Application) -> AsyncIterator[None]:
        asked, told = _Messages(), _Messages()
        scope = {"type": "lifespan", "asgi": _VERSION, "state": self._state}
        life = asyncio.ensure_future(self._inner(scope, asked.get, told.put))
        await _ask(life, asked, told, "startup")
        yield
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _ask(life, asked, told, "shutdown")
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)


class _Exchange:
    """One request and its answer. `gone` is set once the caller has hung up."""

    def __init__(self, request: web.Request) -> None:
        self.gone = asyncio.Event()
        self.response: web.StreamResponse | None = None
        self._start: Message = {}
        self._has_more = True
        self._request = request
        path, _, query = request.raw_path.partition("?")
        address = (request.transport and request.transport.get_extra_info("sockname")) or ("127.0.0.1", 0)
        self.scope: dict[str, Any] = {
            "type": "http", "asgi": _VERSION, "http_version": "1.1", "scheme": "http", "root_path": "",
            "method": request.method, "path": unquote(path), "raw_path": path.encode("utf-8", "surrogateescape"),
            "query_string": query.encode("utf-8", "surrogateescape"),
            "headers": [(name.lower(), value) for name, value in request.raw_headers],
            "client": (request.remote or "127.0.0.1", 0), "server": address[:2],
        }  # fmt: skip

    async def receive(self) -> Message:
        """The next piece of the body, or that the caller has hung up."""
        if self._has_more:
            try:
                body = await self._request.content.readany()
            except ConnectionError:
                return {"type": "http.disconnect"}
            self._has_more = not self._request.content.at_eof()
            return {"type": "http.request", "body": body, "more_body": self._has_more}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """The head of the answer, or a piece of its body; nothing happens once the caller has gone."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body" and not self.gone.is_set():
            with suppress(ConnectionError):
                await self._send(bytes(message.get("body", b"")), has_more=message.get("more_body", False))

    def break_off(self) -> None:
        """End an answer that has begun; one that has not becomes an error."""
        if self.response is not None and self._request.transport is not None:
            self._request.transport.abort()

    async def _send(self, body: bytes, *, has_more: bool) -> None:
        response = self.response or await self._begin(None if has_more else len(body))
        if body and self._request.method != "HEAD":
            await response.write(body)
        if not has_more:
            await response.write_eof()

    async def _begin(self, length: int | None) -> web.StreamResponse:
        response = self.response = web.StreamResponse(status=self._start["status"])
        for name, value in self._start.get("headers", ()):
            response.headers.add(name.decode("latin-1"), value.decode("latin-1"))
        if "Content-Length" not in response.headers:
            if length is None:
                response.enable_chunked_encoding()
            else:
                response.content_length = length
        await response.prepare(self._request)
        return response


async def _ask(life: asyncio.Future[Any], asked: _Messages, told: _Messages, what: str) -> None:
    """Tell the lifespan of a start or an end, and wait until it has dealt with it; many have none."""
    if life.done():
        return
    await asked.put({"type": f"lifespan.{what}"})
    answer = asyncio.ensure_future(told.get())
    await asyncio.wait({life, answer}, return_when=asyncio.FIRST_COMPLETED)
    if not answer.done():
        answer.cancel()
    elif answer.result()["type"] == f"lifespan.{what}.failed":
        raise RuntimeError(answer.result().get("message") or f"its {what} failed")
