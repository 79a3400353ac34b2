"""aiohttp's low-level server with our answer to bytes that are not HTTP."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol, cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from .answers import Answer
from .pipeline import Outbound
from .wire import own_error

HARD_BODY_LIMIT = 256 * 1024 * 1024  # bytes; each provider's own limit is lower

_HEAD_BYTES = 2_048

Around = Callable[[], AbstractContextManager[object]]


class Wire(Protocol):
    """Who answers the requests of one port."""

    async def __call__(self, request: web.BaseRequest, /) -> web.StreamResponse: ...

    def malformed(self, head: bytes, reason: str) -> Outbound: ...


class HttpServer(web.Server):
    """A server without router and middleware, whose requests may have large bodies.

    `around` makes what is entered when a request has arrived in full. It is left when there is an answer to send, or
    one that takes its time on purpose has been sent, or the client is gone.
    """

    def __init__(self, wire: Wire, *, around: Around | None = None, **kwargs: Any) -> None:
        super().__init__(wire, request_factory=_make_request, **kwargs)
        self.wire = wire
        self.around = around

    def __call__(self) -> RequestHandler:
        kind = _Connection if self.around is None else _WatchedConnection
        # Compressed bodies stay as they are: no provider says that it takes them.
        return kind(self, loop=self._loop, access_log=None, auto_decompress=False)  # type: ignore[arg-type]


class _Connection(RequestHandler):
    _head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if sys.version_info < (3, 12):
            self._loop = cast(asyncio.AbstractEventLoop, _TasklessLoop(self._loop))

    def data_received(self, data: bytes) -> None:
        if self._current_request is None and b"\r\n\r\n" in self._head:
            self._head = b""  # what comes now is the next request
        self._head += data[: _HEAD_BYTES - len(self._head)]
        super().data_received(data)

    def resume_reading(self, *args: Any, **kwargs: Any) -> None:
        # aiohttp calls this for every body, and looks for more to parse even if nothing was held back.
        if self._reading_paused:
            super().resume_reading(*args, **kwargs)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status == 400:
            wire: Wire = self._manager.wire  # type: ignore[union-attr]
            reason = (message or str(exc)).partition(":")[0]  # what follows the colon may hold a key
            outbound = wire.malformed(self._head, reason or "malformed")
        else:
            super().handle_error(request, status, exc, message)  # for the log; the page it makes is aiohttp's
            outbound = own_error(status, "the simulator failed to answer; its log says why")
        response = Answer(outbound)
        response.force_close()
        return response


class _WatchedConnection(_Connection):
    _passage: ExitStack | None = None  # of the request that is being answered

    async def _handle_request(self, request: web.BaseRequest, *rest: Any) -> tuple[web.StreamResponse, bool]:
        self._passage = passage = ExitStack()
        request.content.on_eof(lambda: self._arrive(passage))
        try:
            return await super()._handle_request(request, *rest)
        finally:
            self._leave()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, Answer):  # how long its bytes travel is a matter of real time
            self._leave()
        return await super().finish_response(request, resp, start_time)

    def _arrive(self, passage: ExitStack) -> None:
        if passage is self._passage:
            passage.enter_context(self._manager.around())  # type: ignore[union-attr]

    def _leave(self) -> None:
        passage, self._passage = self._passage, None
        if passage is not None:
            passage.close()


class _TasklessLoop:
    """A loop, as one connection sees it, that runs a request in the task of its connection.

    aiohttp gives every request a task so that it has context variables of its own, of which we have none. From
    Python 3.12 on such a task starts at once; before, it costs each request a turn of the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.create_future = loop.create_future

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
        """The coroutine itself, for its caller to await."""
        return coroutine

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loop, name)


def _make_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=HARD_BODY_LIMIT)
