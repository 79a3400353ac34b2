"""Where a tenant's jobs are kept. The interface is small so that a database can stand behind it later."""

from collections.abc import Iterator, Mapping
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

    def repeats(self) -> Mapping[bytes, int]:
        """How many submits there were with each digest."""

    def follow(self, repeats: Mapping[bytes, int]) -> None:
        """Count on from these, so that no job here has the identity of one elsewhere."""

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

    def repeats(self) -> Mapping[bytes, int]:
        return self._repeats

    def follow(self, repeats: Mapping[bytes, int]) -> None:
        self._repeats = dict(repeats)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __len__(self) -> int:
        return len(self._jobs)
