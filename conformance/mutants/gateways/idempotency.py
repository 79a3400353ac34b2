"""Gateways that don't know a repetition when they see one, or take something else for one."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ...reference_gateway.errors import GatewayError
from ...reference_gateway.gateway import Gateway
from ...reference_gateway.jobs import Job
from ...reference_gateway.settings import Settings
from ...reference_gateway.store import JobStore
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant
from .money import Watching


class Stored(Gateway):
    """A gateway with a store of its own kind."""

    store_class: type[JobStore] = JobStore

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.store = self.store_class()


@gateway_mutant("gateway.idempotency.same-job", "gateway.idempotency.after-failure")
class IgnoresMarks(Gateway):
    """The header that marks repetitions is not read."""

    def idempotency_key(self, request: web.Request) -> str | None:
        return None


@gateway_mutant("gateway.idempotency.same-job")
class IgnoresMarksOfJobs(Gateway):
    """Repetitions are known where callers wait for images, and not where they ask for a job."""

    def idempotency_key(self, request: web.Request) -> str | None:
        return None if request.path.endswith("/jobs") else super().idempotency_key(request)


@gateway_mutant("gateway.idempotency.same-job")
class RemembersWhatIsDone(Gateway):
    """A mark is remembered once its job is done, so that two at the same time are two jobs."""

    def start(self, tenant: str, wish: Wish, request_id: str, *, key: str | None = None, caller: Any = None) -> Job:
        known = self.store.repeated(tenant, key, wish)
        if known is not None and known.over:
            return super().start(tenant, wish, request_id, key=key, caller=caller)
        job = super().start(tenant, wish, request_id, caller=caller)
        if key is not None:
            self.store.keys[tenant, key] = job
        return job


@gateway_mutant("gateway.idempotency.same-job")
class RepetitionsAreConflicts(Gateway):
    """A repetition is refused, also when the first is done and its answer was lost."""

    def start(self, tenant: str, wish: Wish, request_id: str, *, key: str | None = None, caller: Any = None) -> Job:
        if self.store.repeated(tenant, key, wish) is not None:
            raise GatewayError("idempotency_mismatch", "this Idempotency-Key was used before")
        return super().start(tenant, wish, request_id, key=key, caller=caller)


@gateway_mutant("gateway.idempotency.after-failure")
class ForgetsWhatFailed(Gateway):
    """A mark is forgotten when its job fails, also when nobody knows what came of the submit."""

    def fail(self, job: Job, error: GatewayError) -> None:
        super().fail(job, error)
        self.store.forget(job)


@gateway_mutant("gateway.idempotency.after-hanging-up")
class ForgetsWhoHangsUp(Watching):
    """A mark is forgotten when its caller hangs up."""

    async def left(self, request: web.Request) -> None:
        for job in self.jobs_of(request):
            self.store.forget(job)


class _TakesAnyBody(JobStore):
    def repeated(self, tenant: str, key: str | None, wish: Wish) -> Job | None:
        return self.keys.get((tenant, key)) if key is not None else None


class _OverwritesMisused(JobStore):
    def repeated(self, tenant: str, key: str | None, wish: Wish) -> Job | None:
        try:
            return super().repeated(tenant, key, wish)
        except GatewayError:
            return None


class _CutsMarks(JobStore):
    def add(self, job: Job, key: str | None) -> None:
        super().add(job, key and key[:16])

    def repeated(self, tenant: str, key: str | None, wish: Wish) -> Job | None:
        return super().repeated(tenant, key and key[:16], wish)


class _KnowsByBody(JobStore):
    def repeated(self, tenant: str, key: str | None, wish: Wish) -> Job | None:
        same = [job for job in self.jobs.values() if job.tenant == tenant and job.wish.fingerprint == wish.fingerprint]
        return same[0] if same and key is not None else None


@gateway_mutant("gateway.idempotency.not-mixed-up", "gateway.idempotency.misuse-told")
class MarksOutweighBodies(Stored):
    """A mark brings what it brought before, whatever is asked for now."""

    store_class = _TakesAnyBody


@gateway_mutant("gateway.idempotency.misuse-told")
class MisuseIsANewJob(Stored):
    """A mark that was used for something else is silently used for this."""

    store_class = _OverwritesMisused


@gateway_mutant("gateway.idempotency.marks-apart")
class BodiesAreMarks(Stored):
    """Whoever asks for the same gets the same, under any mark."""

    store_class = _KnowsByBody


@gateway_mutant("gateway.idempotency.marks-apart")
class CutsMarks(Stored):
    """The column for marks has room for sixteen letters."""

    store_class = _CutsMarks
