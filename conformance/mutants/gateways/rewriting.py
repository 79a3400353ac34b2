"""Gateways that change what a caller asks for before they look at it."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from ...reference_gateway import Gateway
from ...reference_gateway.jobs import Job


class Rewriting(Gateway):
    """The reference gateway, with a hand on the bodies of requests."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        """What is taken for the body."""
        return body

    async def job_of(self, request: web.Request, caller: web.Request | None = None) -> Job:
        content = await request.read()
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        if isinstance(body, dict):
            request._read_bytes = json.dumps(self.rewritten(body)).encode()
        return await super().job_of(request, caller)
