"""Gateways that give keys away, or show what goes on inside."""

from __future__ import annotations

import logging
import traceback
from contextvars import ContextVar
from typing import Any

from aiohttp import web

from ...client import ClientError, GenerateRequest, Result
from ...reference import CLASSES, ReferenceClient
from ...reference.transport import Answer, NotSent
from ...reference_gateway import Gateway
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.jobs import Job
from ...reference_gateway.references import ReferenceFetcher
from ..record import gateway_mutant

_caller: ContextVar[dict[str, str]] = ContextVar("caller")
_answered: ContextVar[dict[str, str]] = ContextVar("answered")
log = logging.getLogger(__name__)


class _Noting(Gateway):
    """Keeps the headers of the request that is being served."""

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        _caller.set(dict(request.headers))
        _answered.set({})
        return await super().guard(request, handler)


def _with(method: str, replacement: Any) -> dict[str, type[ReferenceClient]]:
    """The clients of all providers with another method."""
    return {name: type(plain.__name__, (plain,), {method: replacement(plain)}) for name, plain in CLASSES.items()}


def _with_header(name: str, source: str) -> dict[str, type[ReferenceClient]]:
    def replacement(plain: type[ReferenceClient]) -> Any:
        def submit_headers(self: ReferenceClient) -> dict[str, str]:
            value = _caller.get().get(source)
            return {**plain.submit_headers(self), **({name: value} if value else {})}

        return submit_headers

    return _with("submit_headers", replacement)


@gateway_mutant("gateway.secrets.callers-keys")
class ForwardsCallersKey(_Noting):
    """Tells the provider who asked, by the key."""

    client_classes = _with_header("X-Forwarded-Authorization", "Authorization")


@gateway_mutant("gateway.secrets.callers-keys", provider="onemin")
class ForwardsCookies(_Noting):
    """Hands the caller's cookies on, as proxies do."""

    client_classes = _with_header("Cookie", "Cookie")


@gateway_mutant("gateway.secrets.callers-keys", provider="threedai")
class TellsHostsOfReferences(_Noting):
    """References are fetched with all that the caller has sent."""

    def make_client(self, provider: str) -> ReferenceClient:
        class Fetcher(ReferenceFetcher):
            def session(self, url: Any) -> Any:
                session = super().session(url)
                session.headers.update({"Authorization": _caller.get().get("Authorization", "")})
                return session

        self.references = Fetcher(self.settings.origins)
        return super().make_client(provider)

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.make_client("threedai")


@gateway_mutant("gateway.secrets.providers-keys")
class LogsRequests(Gateway):
    """Logs the headers of every request, for later."""

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        log.warning("%s %s %s", request.method, request.path, dict(request.headers))
        return await super().guard(request, handler)


def _passing_on(plain: type[ReferenceClient]) -> Any:
    async def send(self: ReferenceClient, *args: Any) -> Answer:
        answer = await plain.send(self, *args)
        _answered.get().update(answer.headers, said=answer.content.decode("utf-8", "replace"))
        return answer

    return send


@gateway_mutant("gateway.secrets.providers-keys")
class RepeatsProvider(_Noting):
    """Puts what the provider answered into its own error, for convenience."""

    client_classes = _with("send", _passing_on)

    def error_response(self, error: GatewayError) -> web.Response:
        error.message += f": {_answered.get().get('said', '')}"
        return super().error_response(error)


@gateway_mutant("gateway.secrets.providers-keys")
class LogsProvider(_Noting):
    """Logs what the provider answered, as it came."""

    client_classes = _with("send", _passing_on)

    def error_response(self, error: GatewayError) -> web.Response:
        log.error("upstream said %s", _answered.get().get("said"))
        return super().error_response(error)


def _noting_what_is_lost(plain: type[ReferenceClient]) -> Any:
    async def send(self: ReferenceClient, *args: Any) -> Answer:
        try:
            return await plain.send(self, *args)
        except NotSent:
            _answered.get()["said"] = str(args)
            raise

    return send


@gateway_mutant("gateway.secrets.providers-keys")
class TellsWhatItCouldNotSend(RepeatsProvider):
    """Shows the request with which nobody could be reached."""

    client_classes = _with("send", _noting_what_is_lost)


@gateway_mutant("gateway.secrets.providers-headers")
class HandsHeadersOn(_Noting):
    """Answers with the provider's headers, but for those about the body."""

    client_classes = _with("send", _passing_on)

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        response = await super().guard(request, handler)
        theirs = {name: value for name, value in _answered.get().items() if name not in ("said", "Content-Type")}
        response.headers.update({name: value for name, value in theirs.items() if not name.startswith("Content-")})
        return response


@gateway_mutant("gateway.secrets.own-code")
class ShowsStackTrace(Gateway):
    """Was never taken out of debugging."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        try:
            return await self.generate(self.clients[provider], request)
        except ClientError:
            return GatewayError("upstream_failed", traceback.format_exc(), provider=provider)


@gateway_mutant("gateway.secrets.own-code-of-refusals")
class ShowsWhereItStumbled(Gateway):
    """Tells of a request that it did not understand where in the code that was."""

    def error_response(self, error: GatewayError) -> web.Response:
        if error.code == "invalid_request":
            error.message = traceback.format_exc()
        return super().error_response(error)


@gateway_mutant("gateway.secrets.key-of-each")
class HasOneKeyForAll(Gateway):
    """Whoever is asked instead of the first provider is asked with the first one's key."""

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        client._key = next(iter(self.settings.accounts.values())).api_key
        return client


@gateway_mutant("gateway.secrets.key-of-each")
class BearsAllKeysAlike(Gateway):
    """Believes that a key is always a bearer token."""

    def make_client(self, provider: str) -> ReferenceClient:
        client = super().make_client(provider)
        client.auth_headers = lambda: {"Authorization": f"Bearer {client._key}"}  # type: ignore[method-assign]
        return client
