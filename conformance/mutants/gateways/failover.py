"""Gateways that go to the next provider too late, too soon, or to the wrong one."""

from __future__ import annotations

import asyncio

from ...client import GenerateRequest, Result
from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import Gateway
from ...reference_gateway.jobs import Delivery, Job
from ...reference_gateway.wishes import Wish
from ...reference_gateway.work import FAILED_OVER
from ..record import gateway_mutant


@gateway_mutant("gateway.failover.delivers")
class NeverFailsOver(Gateway):
    """The first provider is the only one that is asked."""

    def may_fail_over(self, error: GatewayError) -> bool:
        return False


@gateway_mutant("gateway.failover.delivers")
class FailsOverOnce(Gateway):
    """After the second provider nobody else is asked."""

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        return super().choose_providers(wish)[:2]


@gateway_mutant("gateway.failover.only-when-certain")
class FailsOverInDoubt(Gateway):
    """After a submit whose answer was lost the next provider is asked."""

    def may_fail_over(self, error: GatewayError) -> bool:
        return super().may_fail_over(error) or error.code == "ambiguous_submit"


@gateway_mutant("gateway.failover.only-when-certain")
class FailsOverWhenLate(Gateway):
    """A job that is not done in time is ordered from the next provider."""

    async def deliver(self, job: Job, provider: str) -> Delivery:
        if provider == job.providers[-1]:
            return await super().deliver(job, provider)
        try:
            return await asyncio.wait_for(super().deliver(job, provider), 60.0)
        except TimeoutError:
            raise GatewayError("upstream_unavailable", f"{provider} takes too long") from None


@gateway_mutant("gateway.failover.only-when-certain")
class FailsOverFromItsJobs(Gateway):
    """A provider that refuses to tell how a job is, is left for the next, and the job with it."""

    def may_fail_over(self, error: GatewayError) -> bool:
        return error.code in FAILED_OVER or error.code == "upstream_protocol"


@gateway_mutant("gateway.failover.not-after-moderation")
class TakesRefusedPromptsElsewhere(Gateway):
    """What one provider's moderation refused is tried at the others."""

    def may_fail_over(self, error: GatewayError) -> bool:
        return super().may_fail_over(error) or error.code == "content_policy_violation"


@gateway_mutant("gateway.failover.in-order")
class AlphabeticalOrder(Gateway):
    """Providers are asked in the order of their names."""

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        return tuple(sorted(super().choose_providers(wish)))


@gateway_mutant("gateway.failover.in-order")
class SkipsOne(Gateway):
    """After the first provider the last one is asked."""

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        first, *rest = super().choose_providers(wish)
        return (first, *reversed(rest))


@gateway_mutant("gateway.failover.in-order", "gateway.failover.only-when-certain")
class AsksTwoAndTakesTheFaster(Gateway):
    """The first two providers are asked at the same time, and the faster one's image is handed over."""

    async def serve(self, job: Job) -> Delivery:
        tasks = [asyncio.create_task(self.deliver(job, provider)) for provider in job.providers[:2]]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()


@gateway_mutant("gateway.failover.named-stays")
class NamesAreHints(Gateway):
    """A provider that is asked for by name and is out is replaced by another."""

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        named = super().choose_providers(wish)
        return (*named, *(provider for provider in self.settings.failover if provider not in named))


@gateway_mutant("gateway.failover.first-again")
class StaysWithTheSecond(Gateway):
    """The provider that served the last request is asked first from then on."""

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        providers = super().choose_providers(wish)
        last = self.__dict__.get("last")
        return (last, *(each for each in providers if each != last)) if last in providers else providers

    async def ask(self, job: Job, provider: str, request: GenerateRequest) -> Result | GatewayError:
        outcome = await super().ask(job, provider, request)
        if isinstance(outcome, Result):
            self.__dict__["last"] = provider
        return outcome
