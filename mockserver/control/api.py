"""The control API: what a test may see and change in a simulator, over HTTP and within the process alike."""

import hmac
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from ...specs import Operation
from ..bodies import read_body
from ..pipeline import Outbound
from ..problems import Problem
from ..replies import JSON
from ..validation import parse_json
from ..world import World
from . import PREFIX
from .ask import Ask, Refused, wording
from .contract import contract

LARGEST_BODY = 1024 * 1024  # bytes

_log = logging.getLogger("safelight")


class ControlApi:
    """Answers control requests. With a `token`, HTTP requests must carry it; calls within the process need not."""

    def __init__(self, world: World, *, token: str | None) -> None:
        self._world = world
        self._token = token

    async def answer(self, request: web.BaseRequest, path: str, query: str) -> Outbound:
        """The answer to a request under `/__safelight__`, or to `/health`."""
        if path == "/health":
            return _outbound(200, {"status": "ok"})
        try:
            self._authorize(request.headers)
            body = await read_body(request, LARGEST_BODY)
            data = parse_json(body) if body else None
            if body and data is None:
                raise Refused(400, "The body is null; a JSON object is expected.")
        except Problem as problem:
            return _refusal(wording(problem))
        except Refused as refused:
            return _refusal(refused)
        method = "GET" if request.method == "HEAD" else request.method
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        return self._outbound(method, path.removeprefix(PREFIX), parameters, data)

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        """Status and JSON value of the answer to a request by its path below `/__safelight__`.

        `data` is the JSON body, None for no body.
        """
        outbound = self._outbound(method, path, query, data)
        if not outbound.headers["Content-Type"].startswith(JSON):
            return outbound.status, outbound.body.decode()
        return outbound.status, orjson.loads(outbound.body) if outbound.body else None

    def handler(self, operation: Operation) -> Callable[[Ask], Any]:
        """The method that does an operation; AttributeError if nobody does it."""
        owner = next((topic for topic in self._topics if hasattr(topic, operation.handler)), self)
        method: Callable[[Ask], Any] = getattr(owner, operation.handler)
        return method

    def get_openapi(self, ask: Ask) -> Mapping[str, Any]:
        """This API's description of itself."""
        return contract().document

    @cached_property
    def _topics(self) -> tuple[object, ...]:
        # Imported with the first control request: a start is faster without.
        from .fault_handlers import FaultHandlers
        from .job_handlers import JobHandlers
        from .record_handlers import RecordHandlers
        from .steering_handlers import SteeringHandlers
        from .tenant_handlers import TenantHandlers

        topics = (TenantHandlers, SteeringHandlers, FaultHandlers, JobHandlers, RecordHandlers)
        return tuple(topic(self._world) for topic in topics)

    def _outbound(self, method: str, path: str, query: Mapping[str, str], data: Any) -> Outbound:
        try:
            return self._perform(method, path, query, data)
        except Refused as refused:
            return _refusal(refused)
        except Problem as problem:
            return _refusal(wording(problem))
        except Exception:
            _log.exception("%s %s failed inside the control API", method, path)
            return _refusal(Refused(500, "The control API failed; the simulator's log says how."))

    def _perform(self, method: str, path: str, query: Mapping[str, str], data: Any) -> Outbound:
        agreed = contract()
        operation, params = agreed.router.match(method, path)
        agreed.check_query(operation, params, query)
        if data is not None:
            agreed.check_body(operation, data)
        elif operation.body_required:
            raise Refused(400, "The body is missing; a JSON object is expected.")
        value = self.handler(operation)(Ask(params, query, {} if data is None else data))
        return _outbound(min(operation.responses), value)

    def _authorize(self, headers: Mapping[str, str]) -> None:
        if self._token is None:
            return
        word, _, given = headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer":
            given = headers.get("X-Safelight-Token", "")
        if not hmac.compare_digest(given.strip().encode(errors="replace"), self._token.encode()):
            sentence = "The control API of this simulator wants its token as Authorization: Bearer TOKEN."
            raise Refused(401, sentence, {"WWW-Authenticate": "Bearer"})


def _refusal(refused: Refused) -> Outbound:
    return _outbound(refused.status, {"error": refused.sentence}, refused.headers)


def _outbound(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Outbound:
    """JSON for any value but text, which is JSON lines, and None, which is nothing."""
    kind = "application/x-ndjson" if isinstance(value, str) else JSON
    body = value.encode() if isinstance(value, str) else b"" if value is None else orjson.dumps(value)
    return Outbound(status, {"Content-Type": kind, "Server": "safelight", **(headers or {})}, body)
