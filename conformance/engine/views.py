"""From the simulator's own records to what judges read."""

from __future__ import annotations

from math import inf
from typing import Any

from ...mockserver.jobs import Job, outcome_of
from ...mockserver.server import Simulator
from ...mockserver.tenants import Tenant
from ...specs import load
from ..checks.seen import Seen
from ..scenarios.model import Scenario
from ..subjects.base import Opening
from .outcome import Outcome
from .run import JobView, Run, router_of


def view_run(
    scenario: Scenario,
    simulator: Simulator,
    tenant: Tenant,
    opening: Opening,
    outcomes: tuple[Outcome, ...],
    **rest: Any,
) -> Run:
    """What a scenario left, with the bytes of its results where the client took bytes."""
    provider = scenario.provider
    now = tenant.clock.now()
    router = router_of(provider)
    begun = sorted(tenant.journal, key=lambda exchange: exchange.number)
    return Run(
        scenario=scenario,
        spec=load(provider),
        epoch=now - rest["ended"],
        outcomes=outcomes,
        exchanges=tuple(Seen(exchange, router) for exchange in begun if exchange.provider == provider),
        elsewhere=tuple(exchange for exchange in begun if exchange.provider != provider),
        jobs=tuple(_view_job(job, simulator, tenant, now - rest["ended"]) for job in tenant.jobs),
        ledger=tuple(tenant.ledger(None if rest["heard"] else provider)),
        api_key=opening.api_key,
        base_url=opening.base_url,
        media_url=simulator.world.media_url(tenant, provider),
        upstreams=opening.upstreams,
        **rest,
    )


def _view_job(job: Job, simulator: Simulator, tenant: Tenant, epoch: float) -> JobView:
    ends, ending = job.end()
    return JobView(
        provider=job.provider,
        id=simulator.world.providers[job.provider].public_id(job.hex),
        operation=job.operation,
        submitted=job.submitted - epoch,
        ended=ends - epoch if ends != inf else inf,
        ending=ending,
        price=job.plan.price,
        refunded=ends != inf and outcome_of(ending) in tenant.specs[job.provider].behaviour.refunded,
        prompt=job.order.prompt,
        count=job.order.count,
    )
