"""Gateways whose errors cannot be read, or not be told apart."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ...reference_gateway import Gateway
from ...reference_gateway.errors import GatewayError
from ..record import gateway_mutant


@gateway_mutant("gateway.answers.json")
class SaysErrorsInPlainText(Gateway):
    """Errors are a line of text."""

    def error_response(self, error: GatewayError) -> web.Response:
        return web.Response(text=error.message, status=error.status)


@gateway_mutant("gateway.answers.json")
class LeavesErrorsToFramework(Gateway):
    """What the framework refuses is answered by the framework, in its own way."""

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        async def direct(request: web.Request) -> web.StreamResponse:
            try:
                response: web.StreamResponse = await handler(request)
            except web.HTTPException as error:
                response = web.Response(text=error.text, status=error.status)
            return response

        return await super().guard(request, direct)


@gateway_mutant("gateway.answers.json")
class SaysNothing(Gateway):
    """Errors have a status, and an empty object."""

    def error_response(self, error: GatewayError) -> web.Response:
        return web.json_response({}, status=error.status)


@gateway_mutant("gateway.answers.request-id")
class HasNoIds(Gateway):
    """Neither header nor body have an id."""

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        response = await super().guard(request, handler)
        response.headers.pop("X-Request-Id")
        return response

    def error_response(self, error: GatewayError) -> web.Response:
        body = {name: value for name, value in error.body("").items() if name != "request_id"}
        return web.json_response({"error": body}, status=error.status)


@gateway_mutant("gateway.answers.request-id")
class HasOneId(Gateway):
    """The id was made when the module was loaded."""

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        response = await super().guard(request, handler)
        response.headers["X-Request-Id"] = "req_00000001"
        return response

    def error_response(self, error: GatewayError) -> web.Response:
        return web.json_response({"error": error.body("req_00000001")}, status=error.status)
