"""Control operations on jobs."""

from math import inf

from ..jobs import CANCELLED, SUCCEEDED, Job, outcome_of
from ..tenants import Tenant
from .ask import Ask, Refused, pick
from .handling import Handlers
from .records import JobRecord


class JobHandlers(Handlers):
    """The work that was asked for."""

    def list_jobs(self, ask: Ask) -> list[JobRecord]:
        """Jobs in order of submission."""
        tenant, chosen = self.tenant(ask), self.chosen_provider(ask)
        return [self._describe(tenant, job) for job in tenant.jobs if chosen in (None, job.provider)]

    def get_job(self, ask: Ask) -> JobRecord:
        """One job."""
        tenant = self.tenant(ask)
        return self._describe(tenant, self._job(tenant, ask.params["job"]))

    def end_job(self, ask: Ask) -> JobRecord:
        """End a job now."""
        tenant = self.tenant(ask)
        job = self._job(tenant, ask.params["job"])
        ending = ask.data["ending"]
        failures = self.world.specs[job.provider].behaviour.failures
        pick(f"ending of {job.provider} jobs", ending, dict.fromkeys([SUCCEEDED, CANCELLED, *failures]))
        state = job.state(tenant.clock.now())
        if state.terminal:
            raise Refused(409, f"The job {ask.params['job']} has {state.phase} already; an end is final.")
        tenant.end_job(job, ending)
        return self._describe(tenant, job)

    def expire_job(self, ask: Ask) -> JobRecord:
        """Let the results lapse now."""
        tenant = self.tenant(ask)
        job = self._job(tenant, ask.params["job"])
        tenant.expire_job(job)
        return self._describe(tenant, job)

    def _job(self, tenant: Tenant, name: str) -> Job:
        hexes = {name, *(provider.parse_id(name) for provider in self.world.providers.values())}
        job = next((job for hex_id in hexes if hex_id and (job := tenant.jobs.get(hex_id))), None)
        if job is None:
            raise Refused(404, f"The tenant {tenant.tag!r} has no job {name!r}.")
        return job

    def _describe(self, tenant: Tenant, job: Job) -> JobRecord:
        provider = self.world.providers[job.provider]
        behaviour = provider.spec.behaviour
        signed_life = provider.signed_life(tenant.choices[job.provider])
        state = job.state(tenant.clock.now())
        ends, ending = job.end()
        order = job.order
        return JobRecord(
            id=provider.public_id(job.hex),
            hex=job.hex,
            provider=job.provider,
            operation=job.operation,
            model=job.model,
            phase=state.phase,
            reason=state.reason,
            progress=state.progress,
            submitted=job.submitted,
            ends=_finite(ends),
            expires=_finite(job.expiry(behaviour.media_life if signed_life is None else signed_life)),
            polls=job.polls,
            price=job.plan.price,
            refunded=state.terminal and outcome_of(ending) in behaviour.refunded,
            prompt=order.prompt,
            tier=order.tier,
            width=order.width,
            height=order.height,
            count=order.count,
            format=order.format,
        )


def _finite(instant: float) -> float | None:
    return None if instant == inf else instant
