"""Answers on their way out. aiohttp's own `Response` serves many more uses and costs twice as much."""

from http import HTTPStatus
from typing import cast

from aiohttp import HttpVersion10, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from .pipeline import Outbound

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}


class Answer(web.StreamResponse):
    """An answer known in full, sent in one write with no headers but its own and those of the framing."""

    def __init__(self, outbound: Outbound) -> None:
        super().__init__(status=outbound.status)
        self._outbound = outbound

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Send head and body."""
        status, headers, body = self._status, dict(self._outbound.headers), self._outbound.body
        if status >= 200 and status != 204:
            headers["Content-Length"] = str(len(body))
        if self._keep_alive is None:
            self._keep_alive = request.keep_alive
        if not self._keep_alive:
            headers["Connection"] = "close"
        elif request.version == HttpVersion10:
            headers["Connection"] = "keep-alive"
        if status in (204, 304) or request.method == "HEAD":
            body = b""
        writer = request.writer
        line = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} {self.reason}"
        await writer.write_headers(line, cast("CIMultiDict[str]", headers))  # of which it needs the items only
        await writer.write_eof(body)
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""
