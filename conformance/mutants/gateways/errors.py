"""Gateways that tell their callers the wrong thing about trouble upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from aiohttp import web

from ...client import ClientError, GenerateRequest, Result
from ...reference import ReferenceClient
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import Gateway
from ...reference_gateway.jobs import Job
from ..record import gateway_mutant


class Restated(Gateway):
    """A gateway that answers some failures with other statuses."""

    statuses: Mapping[str, int] = {}

    def error_response(self, error: GatewayError) -> web.Response:
        error.status = self.statuses.get(error.code, error.status)
        return super().error_response(error)


class Again(Gateway):
    """A gateway that asks a provider again after some failures."""

    repeated: Collection[str] = ()
    times = 2
    pause = 1.0

    async def generate(self, client: ReferenceClient, request: GenerateRequest) -> Result:
        for _ in range(self.times - 1):
            try:
                return await super().generate(client, request)
            except ClientError as error:
                if error.category not in self.repeated:
                    raise
            await asyncio.sleep(self.pause)
        return await super().generate(client, request)


@gateway_mutant("gateway.errors.own-key")
class OwnKeyIsTheCallers(Restated):
    """A provider's 401 is handed on as it is."""

    statuses = {"upstream_auth": 401}


@gateway_mutant("gateway.errors.own-key", provider="onemin")
class OwnKeyIsForbidden(Restated):
    """The caller is told 403 where the gateway's account is."""

    statuses = {"upstream_auth": 403}


@gateway_mutant("gateway.errors.own-key", provider="gmicloud")
class RevokedKeyIsABadRequest(Restated):
    """A key that is revoked while a job is drawn is told as a bad request."""

    statuses = {"upstream_auth": 400}


@gateway_mutant("gateway.errors.credits-told")
class CreditsAreAnyFailure(Gateway):
    """An empty account is told as a provider that is not available."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        outcome = await super().ask(job, provider, request)
        if isinstance(outcome, GatewayError) and outcome.code == "upstream_credits":
            return GatewayError("upstream_unavailable", f"{provider} is not available", provider=provider)
        return outcome


@gateway_mutant("gateway.errors.credits-told", provider="threedai")
class CreditsAreTheCallers(Restated):
    """An empty account of the gateway's is told as 403."""

    statuses = {"upstream_credits": 403}


@gateway_mutant("gateway.errors.credits-not-retried")
class AsksABrokeAccountAgain(Again):
    """A provider that has no credits left for us is asked three times."""

    repeated = ("credits",)
    times = 3


@gateway_mutant("gateway.errors.rate-limit")
class LimitIsAnInternalError(Restated):
    """A provider's rate limit becomes a 500."""

    statuses = {"rate_limit_exceeded": 500}


@gateway_mutant("gateway.errors.rate-limit", provider="tokaify")
class LimitIsABadGateway(Restated):
    """A provider's rate limit becomes a 502."""

    statuses = {"rate_limit_exceeded": 502}


class Waiting(Gateway):
    """A gateway that tells another wait."""

    def error_response(self, error: GatewayError) -> web.Response:
        answer = super().error_response(error)
        if error.retry_after is not None:
            self.tell(answer, error.retry_after)
        return answer

    def tell(self, answer: web.Response, seconds: float) -> None:
        """Say how long to wait."""


@gateway_mutant("gateway.errors.retry-after")
class LosesRetryAfter(Waiting):
    """The provider's Retry-After is not handed on."""

    def tell(self, answer: web.Response, seconds: float) -> None:
        del answer.headers["Retry-After"]


@gateway_mutant("gateway.errors.retry-after", provider="onemin")
class ComeBackInASecond(Waiting):
    """Every 429 says to come back in a second."""

    def tell(self, answer: web.Response, seconds: float) -> None:
        answer.headers["Retry-After"] = "1"


@gateway_mutant("gateway.errors.retry-after", provider="gmicloud")
class WaitsInFractions(Waiting):
    """Retry-After is a number with a decimal point, which few libraries read."""

    def tell(self, answer: web.Response, seconds: float) -> None:
        answer.headers["Retry-After"] = str(float(seconds))


@gateway_mutant("gateway.errors.retry-after", provider="threedai")
class WaitsInMinutes(Waiting):
    """The wait is told in minutes."""

    def tell(self, answer: web.Response, seconds: float) -> None:
        answer.headers["Retry-After"] = str(round(seconds / 60))


@gateway_mutant("gateway.errors.own-words")
class PageOfAProxy(Gateway):
    """What a provider's edge answered is handed on as a page."""

    def error_response(self, error: GatewayError) -> web.Response:
        if error.code in ("ambiguous_submit", "upstream_protocol"):
            return web.Response(status=502, text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")
        return super().error_response(error)


@gateway_mutant("gateway.errors.own-words", provider="tokaify")
class PageInsideJson(Gateway):
    """The provider's page stands in the message of the error."""

    def error_response(self, error: GatewayError) -> web.Response:
        if error.code == "ambiguous_submit":
            error.message = "upstream said: <html><body>502 Bad Gateway</body></html>"
        return super().error_response(error)


@gateway_mutant("gateway.errors.own-words", "gateway.errors.nonsense")
class StumblesOverNonsense(Gateway):
    """An answer that is no JSON ends in the framework's own text."""

    def error_response(self, error: GatewayError) -> web.Response:
        if error.code in ("ambiguous_submit", "upstream_protocol"):
            return web.Response(status=500, text="500 Internal Server Error\n\nServer got itself in trouble")
        return super().error_response(error)


@gateway_mutant("gateway.errors.nonsense", "gateway.errors.out-of-reach")
class NonsenseIsAnInternalError(Restated):
    """An answer of a provider that makes no sense becomes a 500."""

    statuses = {"ambiguous_submit": 500, "upstream_protocol": 500}


@gateway_mutant("gateway.errors.out-of-reach")
class NetworkIsAnUnknownModel(Restated):
    """A provider that cannot be reached is told as a model that there is not."""

    statuses = {"upstream_unavailable": 404}


@gateway_mutant("gateway.errors.out-of-reach", provider="onemin")
class ResetIsABadRequest(Restated):
    """A connection that broke is told as a bad request."""

    statuses = {"ambiguous_submit": 400}


@gateway_mutant("gateway.errors.job-out-of-reach", provider="threedai")
class LostJobIsNotFound(Restated):
    """That a provider does not find its own job is told the caller as 404."""

    statuses = {"upstream_protocol": 404}


@gateway_mutant("gateway.errors.nonsense", "gateway.errors.out-of-reach", "gateway.tasks.every-end")
class FailureIsAnEmptySuccess(Gateway):
    """Whatever fails is answered with 200 and a list without images."""

    def error_response(self, error: GatewayError) -> web.Response:
        if error.code.startswith(("upstream", "ambiguous")):
            return web.json_response({"created": 0, "data": []})
        return super().error_response(error)


@gateway_mutant("gateway.errors.moderation")
class RefusalIsABadGateway(Gateway):
    """What moderation refused looks like a provider that failed, which libraries try again."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        outcome = await super().ask(job, provider, request)
        if isinstance(outcome, GatewayError) and outcome.code == "content_policy_violation":
            return GatewayError("upstream_failed", "no image could be made", provider=provider)
        return outcome


@gateway_mutant("gateway.errors.moderation", provider="gmicloud")
class RefusalIsALimit(Restated):
    """What moderation refused is answered with 429."""

    statuses = {"content_policy_violation": 429}


@gateway_mutant("gateway.errors.moderation", provider="tokaify")
class TriesRefusedPromptsAgain(Again):
    """A prompt that moderation refused is submitted a second time."""

    repeated = ("blocked",)


@gateway_mutant("gateway.errors.next-unharmed", "gateway.failover.first-again")
class WritesProvidersOff(Gateway):
    """A provider that failed once is not asked any more until the gateway is started again."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        written_off: set[str] = self.__dict__.setdefault("written_off", set())
        if provider in written_off:
            return GatewayError("upstream_unavailable", f"{provider} is not available", provider=provider)
        outcome = await super().ask(job, provider, request)
        if isinstance(outcome, GatewayError) and outcome.status >= 500:
            written_off.add(provider)
        return outcome


@gateway_mutant("gateway.errors.next-unharmed", provider="tokaify")
class RepeatsTheLastError(Gateway):
    """The last error of a provider is remembered, and told to the next caller as well."""

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        last: dict[str, GatewayError] = self.__dict__.setdefault("last", {})
        if provider in last:
            return last.pop(provider)
        outcome = await super().ask(job, provider, request)
        if isinstance(outcome, GatewayError):
            last[provider] = outcome
        return outcome
