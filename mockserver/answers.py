"""Answers on their way out. aiohttp's own `Response` serves many more uses and costs twice as much."""

from http import HTTPStatus

from aiohttp import HttpVersion10, web
from aiohttp.abc import AbstractStreamWriter

from .pipeline import Outbound

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}


class Answer(web.StreamResponse):
    """An answer known in full, sent in one write with no headers but its own and those of the framing."""

    def __init__(self, outbound: Outbound) -> None:
        super().__init__(status=outbound.status, headers=outbound.headers)
        self._content = outbound.body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Send head and body."""
        status, headers, body = self.status, self.headers, self._content
        if status >= 200 and status != 204:
            headers["Content-Length"] = str(len(body))
        if self._keep_alive is None:
            self._keep_alive = request.keep_alive
        if not self._keep_alive:
            headers["Connection"] = "close"
        elif request.version == HttpVersion10:
            headers["Connection"] = "keep-alive"
        writer = request.writer
        await writer.write_headers(_STATUS_LINES.get(status) or f"HTTP/1.1 {status} {self.reason}", headers)
        await writer.write_eof(b"" if request.method == "HEAD" or status in (204, 304) else body)
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""
