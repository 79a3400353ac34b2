"""Where jobs are kept: in memory, so that one process is all there is. Whoever needs more puts a database here."""

import time
from collections.abc import Collection
from typing import Final

from .errors import GatewayError
from .jobs import File, Job
from .wishes import Wish

MOST_JOBS: Final = 2_000
MOST_BYTES: Final = 1024 * 1024 * 1024  # of hosted images


class JobStore:
    """Jobs by id and by idempotency key, and the files of their results; the oldest go when there are too many."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.keys: dict[tuple[str, str], Job] = {}
        self.files: dict[str, File] = {}

    def add(self, job: Job, key: str | None) -> None:
        """Keep a job. Raises GatewayError if there is no room because all that are kept are still running."""
        now = time.time()
        for old in [each for each in self.jobs.values() if each.over and each.kept_until < now]:
            self.drop(old)
        while len(self.jobs) >= MOST_JOBS or self.size > MOST_BYTES:
            oldest = next((each for each in self.jobs.values() if each.over), None)
            if oldest is None:
                raise GatewayError("overloaded", "too many jobs are running; try again later", retry_after=30.0)
            self.drop(oldest)
        self.jobs[job.id] = job
        if key is not None:
            self.keys[job.tenant, key] = job

    def find(self, id: str, tenant: str) -> Job:
        """A tenant's job. Raises GatewayError, the same for those of others as for those that never were."""
        job = self.jobs.get(id)
        if job is None or job.tenant != tenant:
            raise GatewayError("not_found", "there is no such job")
        return job

    def repeated(self, tenant: str, key: str | None, wish: Wish) -> Job | None:
        """The job that was made when this key was used before. Raises GatewayError if it was for something else."""
        job = self.keys.get((tenant, key)) if key is not None else None
        if job is not None and job.wish.fingerprint != wish.fingerprint:
            raise GatewayError("idempotency_mismatch", "this Idempotency-Key was used with another body")
        return job

    def host(self, files: Collection[File]) -> None:
        """Make files available by their names."""
        self.files.update((file.name, file) for file in files)

    def forget(self, job: Job) -> None:
        """Let the idempotency key of a job be used again."""
        for key in [key for key, each in self.keys.items() if each is job]:
            del self.keys[key]

    def drop(self, job: Job) -> None:
        """Keep a job no longer."""
        self.forget(job)
        self.jobs.pop(job.id, None)
        for image in job.delivery.images if job.delivery else ():
            if isinstance(image, File):
                self.files.pop(image.name, None)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(file.data) for file in self.files.values())
