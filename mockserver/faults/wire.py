"""Answers that arrive in a manner of their own: reset, cut off, in drips, never."""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import HttpVersion10, web
from aiohttp.abc import AbstractStreamWriter

from ..problems import Problem
from .manner import Manner

if TYPE_CHECKING:
    from ..pipeline import Outbound

GARBAGE = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"  # as if TLS were spoken where HTTP is expected

_NO_LINGER = struct.pack("ii", 1, 0)  # closing discards what is unsent and sends a reset


class Disturbed(web.StreamResponse):
    """An answer with a manner. It writes on the transport itself, since aiohttp's writer holds back and completes."""

    def __init__(self, outbound: Outbound, manner: Manner) -> None:
        super().__init__(status=outbound.status or 200, headers=outbound.headers)
        self._content = outbound.body
        self._manner = manner

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Send what is to be sent."""
        transport = request.transport
        if transport is not None:  # not every loop has transports of a class of asyncio
            if self._manner.kind == "reset":
                reset(transport)
            elif self._manner.kind == "garbage":
                transport.write(GARBAGE)
                transport.close()
            else:
                await self._send(request, transport)
        if transport is None or transport.is_closing():
            self.force_close()
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""

    async def _send(self, request: web.BaseRequest, transport: asyncio.Transport) -> None:
        body = b"" if request.method == "HEAD" or self.status in (204, 304) else self._content
        sent = body[: int(len(body) * self._manner.share)]
        transport.write(self._head(request))
        try:
            await self._send_body(transport, sent)
        except Problem:  # the simulator closes
            transport.close()
        if len(sent) < len(body):
            transport.close()

    async def _send_body(self, transport: asyncio.Transport, body: bytes) -> None:
        manner, start = self._manner, self._manner.now()
        if manner.stall:
            half = len(body) // 2
            transport.write(body[:half])
            await manner.wait(start + manner.stall)
            transport.write(body[half:])
            return
        count = min(manner.pieces, len(body))
        for number in range(count):
            await manner.wait(start + number * manner.pause)
            transport.write(body[len(body) * number // count : len(body) * (number + 1) // count])

    def _head(self, request: web.BaseRequest) -> bytes:
        if self._keep_alive is None:
            self._keep_alive = request.keep_alive
        if self.status not in (204, 304):
            self.headers["Content-Length"] = str(len(self._content))
        if not self._keep_alive:
            self.headers["Connection"] = "close"
        elif request.version == HttpVersion10:
            self.headers["Connection"] = "keep-alive"
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


def reset(transport: asyncio.Transport) -> None:
    """Break a connection off so that the peer is told."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
