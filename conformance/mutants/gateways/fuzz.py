"""Gateways that are not as their own OpenAPI file says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from ...reference_gateway import Gateway
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import current_visit
from ...reference_gateway.jobs import Job
from ..record import gateway_mutant
from .rewriting import Rewriting


@gateway_mutant("gateway.schema.status", "gateway.fuzz.status")
class SaysUnprocessable(Gateway):
    """What cannot be done is refused with 422, of which the file knows nothing."""

    def error_response(self, error: GatewayError) -> web.Response:
        response = super().error_response(error)
        if response.status == 400:
            response.set_status(422)
        return response


@gateway_mutant("gateway.schema.status")
class BusyOfItsOwn(Gateway):
    """A job whose provider was busy is answered with 429, as if its caller had asked for it too often."""

    async def get_job(self, request: web.Request) -> web.Response:
        response = await super().get_job(request)
        if b"rate_limit_exceeded" in (response.body if isinstance(response.body, bytes) else b""):
            response.set_status(429)
        return response


@gateway_mutant("gateway.schema.content-type", "gateway.fuzz.content-type")
class ErrorsAsText(Gateway):
    """Errors are JSON, and labelled as text."""

    def error_response(self, error: GatewayError) -> web.Response:
        response = super().error_response(error)
        response.content_type = "text/plain"
        return response


@gateway_mutant("gateway.schema.body")
class WritesDates(Gateway):
    """The time of making is a text, though the file says a number."""

    def images_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        body = super().images_body(request, job)
        return body | {"created": datetime.fromtimestamp(body["created"], UTC).isoformat()}


@gateway_mutant("gateway.schema.body")
class CountsNothingWhenFailed(Gateway):
    """A job that failed has no usage, though the file says that every job has."""

    def job_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        body = super().job_body(request, job)
        return body if job.error is None else {name: value for name, value in body.items() if name != "usage"}


@gateway_mutant("gateway.schema.body", "gateway.fuzz.body")
class ErrorsAsWords(Gateway):
    """An error is a text where the file has an object."""

    def error_response(self, error: GatewayError) -> web.Response:
        body = {"error": error.message, "request_id": current_visit.get().request_id}
        return web.json_response(body, status=error.status, headers=error.headers())


@gateway_mutant("gateway.fuzz.no-crash")
class TrustsOptions(Rewriting):
    """Looks up an option before it has looked whether it is a text."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "resolution": {"1K": "1K", "2K": "2K"}[body["resolution"]]} if "resolution" in body else body


@gateway_mutant("gateway.fuzz.no-crash")
class TrustsNames(Gateway):
    """A model that does not exist is looked up all the same."""

    async def get_model(self, request: web.Request) -> web.Response:
        return web.json_response(self.model_body(request.match_info["model"]) | {"of": self.models[request.path[11:]]})


@gateway_mutant("gateway.fuzz.status")
class NoContentWhereNothingIs(Gateway):
    """A file that is not there is answered with 204."""

    async def get_file(self, request: web.Request) -> web.Response:
        try:
            return await super().get_file(request)
        except GatewayError:
            return web.Response(status=204)


@gateway_mutant("gateway.fuzz.content-type")
class PlainHealth(Gateway):
    """Health is a word, though the file has an object."""

    async def get_health(self, request: web.Request) -> web.Response:
        return web.Response(text="ok")


@gateway_mutant("gateway.fuzz.body")
class NobodysModels(Gateway):
    """A model does not say whose it is."""

    def model_body(self, model: str) -> dict[str, Any]:
        return {name: value for name, value in super().model_body(model).items() if name != "owned_by"}


@gateway_mutant("gateway.fuzz.headers")
class ErrorsWithoutId(Gateway):
    """The id of the request is in the header of answers that are no errors alone."""

    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await super().guard(request, handler)
        if response.status >= 400:
            del response.headers["X-Request-Id"]
        return response


@gateway_mutant("gateway.fuzz.key-wanted")
class ShowsModelsToAnybody(Gateway):
    """Models are listed for whoever asks, though the file wants a key."""

    def authenticate(self, request: web.Request) -> str:
        return "" if request.path == "/v1/models" else super().authenticate(request)


@gateway_mutant("gateway.fuzz.unknown-method")
class DeletesAnything(Gateway):
    """Models can be deleted, of which the file says nothing."""

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_delete("/v1/models", self.list_models)
        app.router.add_put("/v1/models", self.list_models)
        app.router.add_patch("/v1/models", self.list_models)
        return app


@gateway_mutant("gateway.fuzz.unknown-method")
class AnyMethodWillDo(Gateway):
    """Images are made whatever the method is."""

    def application(self) -> web.Application:
        app = super().application()
        for method in ("PUT", "PATCH", "DELETE"):
            app.router.add_route(method, "/v1/jobs", self.create_job)
        return app


@gateway_mutant("gateway.fuzz.wrong-refused")
class IgnoresTheUnknown(Rewriting):
    """Fields that it does not know are overlooked, though the file forbids them."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        known = ("model", "prompt", "n", "response_format", "output_format", "aspect_ratio", "resolution", "images")
        return {name: value for name, value in body.items() if name in known}


@gateway_mutant("gateway.fuzz.wrong-refused")
class TakesLongNames(Rewriting):
    """The name of the user may be of any length."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "user": str(body["user"])[:10_000]} if body.get("user") else body
