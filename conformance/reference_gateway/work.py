"""Doing a job: the right providers in their order, as many images as asked for, and nothing paid twice."""

import asyncio
import logging
import traceback
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from ..client import Result
from ..reference.dialect import MODEL
from .errors import GatewayError
from .jobs import Delivery, File, Job, current_job
from .results import Results
from .settings import Settings
from .store import JobStore
from .wishes import Wish

FAILED_OVER: Final = frozenset(
    {"upstream_auth", "upstream_credits", "upstream_failed", "upstream_unavailable", "rate_limit_exceeded"}
)
MARGIN: Final = 0.99  # of the deadline for the work, so that the answer is there in time

log = logging.getLogger(__name__)


class Work(Results):
    """Everything between a wish and its delivery."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.store = JobStore()
        self.models = self.offered_models()

    def offered_models(self) -> dict[str, tuple[str, ...]]:
        """The models that can be asked for, and the providers of each in order."""
        models = {f"{provider}/{MODEL}": (provider,) for provider in self.clients}
        return models | ({MODEL: self.settings.failover} if self.settings.failover else {})

    def choose_providers(self, wish: Wish) -> tuple[str, ...]:
        """The providers that can serve a wish. Raises GatewayError if there is none."""
        if wish.model not in self.models:
            raise GatewayError("model_not_found", "there is no such model; see GET /v1/models", param="model")
        found = {provider: self.objection(provider, wish.request) for provider in self.models[wish.model]}
        able = tuple(provider for provider, objection in found.items() if objection is None)
        objections = [objection for objection in found.values() if objection is not None]
        if not able:
            text = "; ".join(objection.message for objection in objections)
            raise GatewayError("unsupported_value", text, param=objections[0].param)
        return able

    def start(
        self, tenant: str, wish: Wish, request_id: str, *, key: str | None = None, caller: web.Request | None = None
    ) -> Job:
        """The job for a wish: the one that its idempotency key made before, or a new one. Raises GatewayError."""
        providers = self.choose_providers(wish)
        job = self.store.repeated(tenant, key, wish)
        if job is None:
            limit = asyncio.get_running_loop().time() + self.settings.deadline * MARGIN
            job = Job(tenant, wish, providers, limit, request_id)
            self.store.add(job, key)
            job.task = asyncio.create_task(self.run(job))
        if caller is None:
            job.detached = True
        else:
            job.callers.append(caller)
        return job

    async def run(self, job: Job) -> None:
        """Do a job to its end."""
        current_job.set(job)
        job.status = "running"
        try:
            delivery = await self.serve(job)
            job.end("succeeded", delivery=delivery)
        except GatewayError as error:
            self.fail(job, error)
        except asyncio.CancelledError:
            self.fail(job, GatewayError("shutting_down", "the gateway is shut down; a job may exist", certain=False))
            raise
        except Exception:
            log.error("%s: %s", job.id, self.masked(traceback.format_exc()))
            self.fail(job, GatewayError("internal_error", "the gateway failed", certain=False))

    def fail(self, job: Job, error: GatewayError) -> None:
        """End a job that came to nothing. A repetition may try again if surely nothing was made."""
        error.job = job.id
        job.end("cancelled" if error.code == "upstream_cancelled" else "failed", error=error)
        if error.certain:
            self.store.forget(job)
        log.warning("%s for %s: %s (%s)", job.id, error.provider, error.code, error.provider_code)

    async def serve(self, job: Job) -> Delivery:
        """The images of a job, by the first provider that has some. Raises GatewayError."""
        *others, last = job.providers
        for provider in others:
            try:
                return await self.deliver(job, provider)
            except GatewayError as error:
                if not self.may_fail_over(error):
                    raise
        return await self.deliver(job, last)

    def may_fail_over(self, error: GatewayError) -> bool:
        """Whether another provider may be asked: surely nothing has to be paid, and the wish is not to blame."""
        return error.certain and error.code in FAILED_OVER

    async def deliver(self, job: Job, provider: str) -> Delivery:
        """The images of a job by one provider. Raises GatewayError if there are none."""
        request = await self.converted(job, provider)
        shares = self.shares(provider, request, job.wish.n)
        outcomes = await asyncio.gather(*(self.ask(job, provider, share) for share in shares))
        results = [each for each in outcomes if isinstance(each, Result)]
        errors = [each for each in outcomes if isinstance(each, GatewayError)]
        found = [image for result in results for image in result.images][: job.wish.n]
        handed = await asyncio.gather(*(self.hand_over(job, provider, image) for image in found))
        images = tuple(each for each in handed if not isinstance(each, GatewayError))
        errors += [each for each in handed if isinstance(each, GatewayError)]
        if not images:
            raise self.weightiest(errors)
        files = [image for image in images if isinstance(image, File)]
        self.store.host(files)
        return Delivery(provider, images, self.expiry(job, results, files), tuple(errors))

    def weightiest(self, errors: Sequence[GatewayError]) -> GatewayError:
        """Which of several failures to tell: one after which something may have to be paid."""
        return min(errors, key=lambda error: error.certain)

    def masked(self, text: str) -> str:
        """A text without any key."""
        for key in (*(account.api_key for account in self.settings.accounts.values()), *self.settings.tenants):
            text = text.replace(key, "***")
        return text

    async def stop(self) -> None:
        """End every job that is still running."""
        running = [job.task for job in self.store.jobs.values() if job.task is not None and not job.task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def close(self) -> None:
        """Close every connection."""
        await self.stop()
        await self.close_connections()
