"""Hosts that are not the provider's: where references lie, and where a client has nothing to look for."""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from typing import Any

from aiohttp import web

from ..scenarios.model import Picture
from .run import Visit

_NAME = re.compile(r"/(pictures|lapsed)/(\d+)-(\d+)x(\d+)\.(png|jpeg|webp)")  # a lapsed one is the body of a 404
_MOVED = re.compile(r"/moved/(30[12378])(/.*)")  # to the same path at the other host


class Gallery:
    """An HTTP server of its own that serves pictures by name and remembers who came; `now` is the virtual time."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.now: Any = float
        self.port = 0
        self._runner: web.ServerRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on a port of this machine, 0 for any that is free."""
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        address: Any = self._runner.addresses[0]
        self.port = int(address[1])

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def origin(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def other_host(self) -> str:
        """Its address under a name that is not the provider's, since some take the port for no part of a host."""
        return f"http://localhost:{self.port}"

    def url_of(self, picture: Picture) -> str:
        """Where a picture lies."""
        if picture.url is not None:
            url = picture.url.replace("{gallery}", self.origin).replace("{other}", self.other_host)
            return url.replace("{port}", str(self.port))
        name = f"{picture.seed}-{picture.width}x{picture.height}.{picture.format}"
        return f"{self.origin}/pictures/{name}"

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.visits.append(Visit(self.now(), request.method, request.path_qs, dict(request.headers)))
        moved = _MOVED.fullmatch(request.path)
        if moved is not None:
            return web.Response(status=int(moved[1]), headers={"Location": f"{self.other_host}{moved[2]}"})
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"}, text="pictures can be fetched here")
        match = _NAME.fullmatch(request.path)
        if match is None:
            return web.Response(status=404, text="there is nothing here")
        place, seed, width, height, format = match.groups()
        data = drawn(Picture(format=format, width=int(width), height=int(height), seed=int(seed)))
        return web.Response(status=404 if place == "lapsed" else 200, body=data, content_type=f"image/{format}")


@lru_cache(512)
def drawn(picture: Picture) -> bytes:
    """The bytes of a picture, which its seed determines."""
    from PIL import Image

    shade = picture.seed * 37 % 256
    image = Image.new("RGB", (picture.width, picture.height), (shade, 255 - shade, picture.seed * 91 % 256))
    image.putpixel((0, 0), (picture.seed % 256, 1, 2))
    kept = BytesIO()
    image.save(kept, picture.format)
    return kept.getvalue()
