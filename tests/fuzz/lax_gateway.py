"""A gateway in a few lines that makes no images, and takes what it is given kindly; `broken` says how not."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from safelight.conformance.engine.engine import Engine
from safelight.conformance.gateway.app import AppSubject
from safelight.conformance.gateway.file import read_gateway
from safelight.conformance.suite.catalogue import all_checks, items_for
from safelight.conformance.suite.results import CheckResult
from safelight.conformance.suite.runner import Explorer, Plan

KEY = "sk-alice-1234567890"
IMAGE = b64encode(b"no image, but nobody looks").decode()

OPENAPI = """
openapi: 3.0.3
info: {title: lax, version: "1"}
servers: [{url: "http://gateway.example/api"}]
security: [{key: []}]
paths:
  /v1/images/generations:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [prompt]
              properties:
                model: {type: string}
                prompt: {type: string, minLength: 1}
                n: {type: integer, minimum: 1, maximum: 4}
                user: {type: string, nullable: true}
      responses:
        "200":
          description: Images.
          content:
            application/json:
              schema:
                type: object
                required: [created, data]
                properties:
                  created: {type: integer}
                  data: {type: array, items: {$ref: "#/components/schemas/Image"}}
        "422": {description: As frameworks write it down.}
  /v1/models:
    get:
      responses:
        "200": {description: Models., content: {application/json: {schema: {type: object, required: [data]}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    Image:
      type: object
      required: [b64_json]
      properties: {b64_json: {type: string}, url: {type: string, nullable: true}}
"""

FILE = f"""
app: lax_gateway:make
path: /api
dialect: openai-images
openapi: openapi.yaml
keys: {{own: {KEY}}}
models: {{reapi: any-model}}
"""


def maker(broken: Mapping[str, Callable[[Any], Any]] | None = None) -> Callable[[Mapping[str, str]], web.Application]:
    """A factory; `broken` maps `count`, `answer`, `label`, `door` or `other` to what is done in its place."""
    broken = broken or {}

    def make(environ: Mapping[str, str]) -> web.Application:
        app = web.Application(middlewares=[door])
        app.router.add_post("/api/v1/images/generations", generate)
        app.router.add_get("/api/v1/models", models)
        if "other" in broken:
            app.router.add_delete("/api/v1/models", broken["other"])
        return app

    @web.middleware
    async def door(request: web.Request, handler: Any) -> web.StreamResponse:
        known = request.headers.get("Authorization") == f"Bearer {KEY}"
        if not known and not broken.get("door", lambda request: False)(request):
            return web.json_response({"detail": "who are you?"}, status=401)
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPMethodNotAllowed:
            return web.Response(text="nothing here", status=404)  # as some frameworks have it
        return response

    async def generate(request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
            prompt, count = body["prompt"], body.get("n")
            count = broken.get("count", lenient_count)(count)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            return web.json_response({"detail": str(error)}, status=422)
        if not isinstance(prompt, str | int | float) or prompt == "":
            return web.json_response({"detail": "no prompt"}, status=422)
        if not isinstance(body.get("model", ""), str | int) or isinstance(body.get("user"), dict | list):
            return web.json_response({"detail": "what?"}, status=422)
        answer = {"created": 1, "data": [{"b64_json": IMAGE, "url": None}] * count}
        answer = broken.get("answer", lambda each: each)(answer)
        return web.json_response(answer, content_type=broken.get("label", lambda each: each)("application/json"))

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "any-model"}]})

    return make


def lenient_count(value: Any) -> int:
    """A number from 1 to 4, in any form. ValueError for what is none."""
    count = 1 if value is None else int(value)
    if not 1 <= count <= 4:
        raise ValueError("from 1 to 4")
    return count


def judged(
    folder: Path, make: Callable[[Mapping[str, str]], Any], ids: str, openapi: str = OPENAPI
) -> list[CheckResult]:
    """The results of the checks whose ids begin so."""
    (folder / "openapi.yaml").write_text(openapi)
    (folder / "gateway.yaml").write_text(FILE)
    chosen = [id for id in all_checks() if id.startswith(ids)]
    with Engine(AppSubject(read_gateway(folder / "gateway.yaml"), make)) as engine:
        subject = engine.subject
        items = items_for(subject.capabilities, subject.conditions, ["reapi"], chosen)
        return list(Explorer(engine, Plan()).results(items))
