"""Where a tenant's jobs are kept. The interface is small so that a database can stand behind it later."""

from collections.abc import Iterator
from typing import Protocol

from .jobs import Job


class JobStore(Protocol):
    """Jobs by identity, in order of submission."""

    def add(self, job: Job) -> None: ...

    def get(self, hex_id: str) -> Job | None: ...

    def save(self, job: Job) -> None:
        """Keep a change to a job that was added before."""

    def next_ordinal(self, digest: bytes) -> int:
        """How many submits with this digest came before, counting this call."""

    def __iter__(self) -> Iterator[Job]: ...

    def __len__(self) -> int: ...


class MemoryStore:
    """Jobs in this process's memory."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._repeats: dict[bytes, int] = {}

    def add(self, job: Job) -> None:
        self._jobs[job.hex] = job

    def get(self, hex_id: str) -> Job | None:
        return self._jobs.get(hex_id)

    def save(self, job: Job) -> None:
        """Nothing to do: the job is the object that was added."""

    def next_ordinal(self, digest: bytes) -> int:
        ordinal = self._repeats.get(digest, 0)
        self._repeats[digest] = ordinal + 1
        return ordinal

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __len__(self) -> int:
        return len(self._jobs)
