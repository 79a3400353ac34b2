"""A small server whose answers take virtual time and go wrong on request, and which checks when it is asked."""

import asyncio
import socket
import struct
from typing import Any

from aiohttp import web

BYTE = b"x"


class Server:
    """An HTTP server on the running loop; its clock is the loop's. An async context manager.

    Paths: `/get?delay=`, `/drip?count=&gap=`, `/reset?delay=`, `/cut?delay=`, `/submit?duration=`, `/job?id=&delay=`.
    A request with the header `At` states how many seconds after `start` it is sent; `wrong` lists those that came at
    another time.
    """

    def __init__(self, *, keepalive: float = 3_600) -> None:
        self._jobs: list[float] = []
        self._keepalive = keepalive
        self.wrong: list[str] = []
        self.peers: list[int] = []
        self.paths: list[str] = []

    async def __aenter__(self) -> "Server":
        self._loop = asyncio.get_running_loop()
        self.start = self._loop.time()
        settings = {"access_log": None, "keepalive_timeout": self._keepalive, "handler_cancellation": True}
        server = web.Server(self._answer, **settings)  # type: ignore[arg-type]
        self._runner = web.ServerRunner(server, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address: Any = self._runner.addresses[0]
        self.port = int(address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self._note(request)
        await request.read()
        answer = getattr(self, f"_{request.path[1:]}")
        response: web.StreamResponse = await answer(request, **{k: float(v) for k, v in request.query.items()})
        return response

    def _note(self, request: web.BaseRequest) -> None:
        now = self._loop.time() - self.start
        self.paths.append(request.path)
        assert request.transport is not None
        self.peers.append(request.transport.get_extra_info("peername")[1])
        expected = request.headers.get("At")
        if expected is not None and abs(now - float(expected)) > 1e-6:
            self.wrong.append(f"{request.path_qs} came at {now}, not {expected}")

    async def _get(self, request: web.BaseRequest, delay: float = 0) -> web.StreamResponse:
        await asyncio.sleep(delay)
        return web.Response(body=BYTE)

    async def _submit(self, request: web.BaseRequest, duration: float) -> web.StreamResponse:
        self._jobs.append(self._loop.time() + duration)
        return web.Response(text=str(len(self._jobs) - 1))

    async def _job(self, request: web.BaseRequest, id: float, delay: float = 0) -> web.StreamResponse:
        await asyncio.sleep(delay)
        return web.Response(text="done" if self._loop.time() >= self._jobs[int(id)] else "processing")

    async def _drip(self, request: web.BaseRequest, count: float, gap: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(int(count))})
        await response.prepare(request)
        for number in range(int(count)):
            if number:
                await asyncio.sleep(gap)
            await response.write(BYTE)
        return response

    async def _reset(self, request: web.BaseRequest, delay: float = 0) -> web.StreamResponse:
        await asyncio.sleep(delay)
        if request.transport is not None:
            sock: socket.socket = request.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.transport.abort()
        return web.Response()

    async def _cut(self, request: web.BaseRequest, delay: float = 0) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "10"})
        await response.prepare(request)
        await response.write(BYTE)
        await asyncio.sleep(delay)
        if request.transport is not None:
            request.transport.close()
        return response
