"""Gateways that let in whoever comes, or show one caller what is another's."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ...reference_gateway import Gateway, Settings
from ...reference_gateway.jobs import Job
from ...reference_gateway.store import JobStore
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant


@gateway_mutant("gateway.access.key-wanted")
class TakesAnyKey(Gateway):
    """It wants a key, and does not look whose it is."""

    def authenticate(self, request: web.Request) -> str:
        if "Authorization" in request.headers:
            return next(iter(self.settings.tenants.values()))
        return super().authenticate(request)


@gateway_mutant("gateway.access.key-wanted")
class FindsKeyInList(Gateway):
    """It looks for the key in the text that lists all keys, where a part of one is found as well."""

    def authenticate(self, request: web.Request) -> str:
        key = request.headers.get("Authorization", "").removeprefix("Bearer").strip()
        if "Authorization" in request.headers and key in ",".join(self.settings.tenants):
            return next(tenant for known, tenant in self.settings.tenants.items() if key in known)
        return super().authenticate(request)


@gateway_mutant("gateway.access.key-wanted")
class ComparesKeyByItsBeginning(Gateway):
    """It takes any key that begins like a known one."""

    def authenticate(self, request: web.Request) -> str:
        key = request.headers.get("Authorization", "").removeprefix("Bearer").strip()
        found = [tenant for known, tenant in self.settings.tenants.items() if key.startswith(known)]
        return found[0] if found else super().authenticate(request)


@gateway_mutant("gateway.access.key-wanted")
class ComparesKeyInAnyCase(Gateway):
    """Its database compares texts without regard to their case."""

    def authenticate(self, request: web.Request) -> str:
        key = request.headers.get("Authorization", "").removeprefix("Bearer").strip().casefold()
        found = [tenant for known, tenant in self.settings.tenants.items() if key == known.casefold()]
        return found[0] if found else super().authenticate(request)


@gateway_mutant("gateway.access.key-wanted")
class WantsNoKeyForJobs(Gateway):
    """The newer of two routes was forgotten when keys came."""

    def authenticate(self, request: web.Request) -> str:
        return "anybody" if request.path.startswith("/v1/jobs") else super().authenticate(request)


@gateway_mutant("gateway.access.key-wanted")
class LooksAtKeyAfterwards(Gateway):
    """The key is looked at when the answer is ready."""

    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        async def early(request: web.Request) -> web.StreamResponse:
            response: web.StreamResponse = await handler(request)
            Gateway.authenticate(self, request)
            return response

        return await super().guard(request, early)

    def authenticate(self, request: web.Request) -> str:
        return "somebody"


@gateway_mutant("gateway.access.jobs-of-others")
class ShowsJobsToAll(Gateway):
    """Whoever has a key and the id of a job is shown it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)

        class Store(JobStore):
            def find(self, id: str, tenant: str) -> Job:
                return super().find(id, self.jobs[id].tenant if id in self.jobs else tenant)

        self.store = Store()


@gateway_mutant("gateway.access.jobs-of-others")
class AsksNoKeyForStatus(Gateway):
    """Who asks after a job needs no key, since the id is secret."""

    def authenticate(self, request: web.Request) -> str:
        job = self.store.jobs.get(request.match_info.get("id", ""))
        return job.tenant if job is not None else super().authenticate(request)


@gateway_mutant("gateway.access.unknown-job")
class StumblesOverUnknownJob(Gateway):
    """It takes for granted that there is a job with that id."""

    async def get_job(self, request: web.Request) -> web.Response:
        return web.json_response(self.job_body(request, self.store.jobs[request.match_info["id"]]))


@gateway_mutant("gateway.access.unknown-job")
class SaysUnknownJobRuns(Gateway):
    """A job that it does not know is said to be queued."""

    async def get_job(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.store.jobs:
            return web.json_response({"id": request.match_info["id"], "status": "queued"})
        return await super().get_job(request)


class _OneBook(JobStore):
    """Marks of all callers in one book."""

    def add(self, job: Job, key: str | None) -> None:
        super().add(job, None)
        if key is not None:
            self.keys["", key] = job

    def repeated(self, tenant: str, key: str | None, wish: Wish) -> Job | None:
        return super().repeated("", key, wish)


@gateway_mutant("gateway.access.marks-of-others")
class KeepsMarksOfAllTogether(Gateway):
    """Marks of repetition are not kept by caller."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.store = _OneBook()


@gateway_mutant("gateway.access.pictures-of-others")
class SharesEqualWishes(Gateway):
    """Who asks for what somebody has asked for already is given the same picture."""

    def start(self, tenant: str, wish: Wish, request_id: str, **rest: Any) -> Job:
        rest["key"] = rest.get("key") or wish.fingerprint
        return super().start("all", wish, request_id, **rest)
