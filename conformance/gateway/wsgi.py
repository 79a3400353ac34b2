"""A WSGI application behind aiohttp, each request in a thread whose sleeps and sockets are in virtual time."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from aiohttp import web

from ..virtual.loop import current
from .bridges import LARGEST

Headers = Sequence[tuple[str, str]]

_log = logging.getLogger("safelight.wsgi")


class WsgiBridge:
    """`application` serves what is called with an environment and start_response."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.application = web.Application(client_max_size=LARGEST)
        self.application.router.add_route("*", "/{path:.*}", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        virtual = current()
        run: Callable[..., Any] = virtual.run_sync if virtual is not None else asyncio.to_thread
        try:
            status, headers, answer = await run(_call, self._inner, _environment(request, body))
        except Exception:
            _log.exception("Exception in WSGI application")
            return web.Response(status=500, text="Internal Server Error")
        response = web.Response(status=int(status[:3]), reason=status[4:], body=answer)
        response.headers.pop("Content-Type", None)
        for name, value in headers:
            if name.lower() != "content-length":
                response.headers.add(name, value)
        return response


def _call(inner: Any, environment: dict[str, Any]) -> tuple[str, Headers, bytes]:
    """Status line, headers and body of an answer."""
    started: list[tuple[str, Headers]] = []
    body = BytesIO()

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return body.write

    pieces = inner(environment, start_response)
    try:
        body.writelines(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    return *started[-1], body.getvalue()


def _environment(request: web.Request, body: bytes) -> dict[str, Any]:
    path, _, query = request.raw_path.partition("?")
    address = (request.transport and request.transport.get_extra_info("sockname")) or ("127.0.0.1", 0)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    return {
        **headers,
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query, "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)), "SERVER_NAME": address[0], "SERVER_PORT": str(address[1]),
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": request.remote or "127.0.0.1",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
