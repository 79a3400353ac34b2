"""The gateway as its callers see it: routes, keys, answers."""

import asyncio
import hmac
import logging
import re
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from .answers import Answers
from .errors import GatewayError
from .jobs import Job
from .wishes import read_wish

MOST_BYTES: Final = 128 * 1024 * 1024  # of a request: fourteen references of 7 MB as text
OPEN: Final = frozenset({"health", "file"})  # routes that need no key

# The failures of aiohttp's own, in our words.
HTTP_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}

_IDEMPOTENCY_KEY = re.compile("[!-~]{1,255}")

log = logging.getLogger(__name__)


@dataclass
class Visit:
    """One request of a caller's."""

    request_id: str
    tenant: str = ""


current_visit: ContextVar[Visit] = ContextVar("current_visit")  # the one that is being answered


class Gateway(Answers):
    """The downstream side. Handlers raise GatewayError, which `guard` answers."""

    def application(self) -> web.Application:
        """An application that serves this gateway and closes it."""
        app = web.Application(middlewares=[self._middleware()], client_max_size=MOST_BYTES)
        app.router.add_post("/v1/images/generations", self.generate_images)
        app.router.add_post("/v1/jobs", self.create_job)
        app.router.add_get("/v1/jobs/{id}", self.get_job)
        app.router.add_get("/v1/models", self.list_models)
        app.router.add_get("/v1/models/{model:.+}", self.get_model)
        app.router.add_get("/v1/files/{name}", self.get_file, name="file")
        app.router.add_get("/health", self.get_health, name="health")
        app.on_shutdown.append(lambda _: self.stop())
        app.on_cleanup.append(lambda _: self.close())
        return app

    # ---- around every request ----------------------------------------------------------------------------------

    def _middleware(self) -> Any:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self.guard(request, handler)

        return middleware

    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The answer to a request: authenticated first, with an id, and in JSON whatever went wrong."""
        visit = Visit(f"req_{token_hex(16)}")
        current_visit.set(visit)
        try:
            if request.match_info.route.name not in OPEN:
                visit.tenant = self.authenticate(request)
            response = await handler(request)
        except GatewayError as error:
            response = self.error_response(error)
        except web.HTTPException as error:
            response = self.error_response(self.http_error(error))
        except Exception:
            log.error("%s: %s", visit.request_id, self.masked(traceback.format_exc()))
            response = self.error_response(GatewayError("internal_error", "the gateway failed", certain=False))
        response.headers["X-Request-Id"] = visit.request_id
        return response

    def authenticate(self, request: web.Request) -> str:
        """The tenant whose key a request has. Raises GatewayError."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        given = key.strip().encode("utf-8", "surrogateescape")
        found = None
        for known, tenant in self.settings.tenants.items():  # all of them, so that time tells nothing
            if hmac.compare_digest(known.encode(), given):
                found = tenant
        if found is None or scheme.lower() != "bearer":
            headers = {"WWW-Authenticate": "Bearer"}
            raise GatewayError("invalid_api_key", "a valid key is required as a bearer token", headers=headers)
        return found

    def http_error(self, error: web.HTTPException) -> GatewayError:
        """What aiohttp has against a request."""
        code = HTTP_CODES.get(error.status, "invalid_request")
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return GatewayError(code, error.reason.lower(), status=error.status, headers=headers)

    def error_response(self, error: GatewayError) -> web.Response:
        """The answer that tells of a failure."""
        body = {"error": error.body(current_visit.get().request_id)}
        return web.json_response(body, status=error.status, headers=error.headers())

    # ---- handlers ----------------------------------------------------------------------------------------------

    async def generate_images(self, request: web.Request) -> web.Response:
        """POST /v1/images/generations: the images, when they are there."""
        job = await self.job_of(request, caller=request)
        assert job.task is not None
        await asyncio.wait({job.task})
        if job.delivery is None:
            raise job.error or GatewayError("shutting_down", "the gateway is shut down", certain=False)
        return web.json_response(self.images_body(request, job), headers={"X-Job-Id": job.id})

    async def create_job(self, request: web.Request) -> web.Response:
        """POST /v1/jobs: the same, to be fetched later."""
        job = await self.job_of(request)
        return web.json_response(self.job_body(request, job), status=202, headers={"Location": f"/v1/jobs/{job.id}"})

    async def get_job(self, request: web.Request) -> web.Response:
        """GET /v1/jobs/{id}: how a job is; nobody upstream is asked for that."""
        job = self.store.find(request.match_info["id"], current_visit.get().tenant)
        return web.json_response(self.job_body(request, job))

    async def list_models(self, request: web.Request) -> web.Response:
        """GET /v1/models: what can be asked for."""
        return web.json_response({"object": "list", "data": [self.model_body(model) for model in self.models]})

    async def get_model(self, request: web.Request) -> web.Response:
        """GET /v1/models/{model}: one of them."""
        model = request.match_info["model"]
        if model not in self.models:
            raise GatewayError("model_not_found", "there is no such model; see GET /v1/models", param="model")
        return web.json_response(self.model_body(model))

    async def get_file(self, request: web.Request) -> web.Response:
        """GET /v1/files/{name}: an image that no provider hosts. The name is all that is needed."""
        file = self.store.files.get(request.match_info["name"])
        if file is None:
            raise GatewayError("not_found", "there is no such file, or no longer")
        return web.Response(
            body=file.data, content_type=file.mime, headers={"X-Content-Type-Options": "nosniff"}
        )  # fmt: skip

    async def get_health(self, request: web.Request) -> web.Response:
        """GET /health: ready."""
        return web.json_response({"status": "ok"})

    async def job_of(self, request: web.Request, caller: web.Request | None = None) -> Job:
        """The job that a request is for. Raises GatewayError."""
        try:
            content = await request.read()
        except (web.RequestPayloadError, OSError, ValueError):
            raise GatewayError("invalid_request", "the body could not be read") from None
        wish, visit = read_wish(content), current_visit.get()
        return self.start(visit.tenant, wish, visit.request_id, key=self.idempotency_key(request), caller=caller)

    def idempotency_key(self, request: web.Request) -> str | None:
        """What marks repetitions of one request. Raises GatewayError."""
        key = request.headers.get("Idempotency-Key")
        if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
            text = "an Idempotency-Key has 1 to 255 visible characters of ASCII"
            raise GatewayError("invalid_request", text, param="Idempotency-Key")
        return key
