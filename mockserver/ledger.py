"""Money: what each job cost and what was given back, as a function of the jobs and the time."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from .jobs import Job, outcome_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of credits that holds from the instant `at` (unix seconds)."""

    at: float
    provider: str
    credits: float
    reason: str
    job: str | None = None


class Wallet:
    """The credits of one tenant at one provider.

    Every entry follows from a job, so nothing is stored per job but the refunds still to come; the balance
    is kept up to date as time passes and never recomputed from all jobs.
    """

    def __init__(self, provider: str, granted: float, refunded: frozenset[str]) -> None:
        self.provider = provider
        self.grants: list[Entry] = []
        self._initial = granted
        self._settled = granted
        self._refunded = refunded
        self._due: list[tuple[float, str, Job]] = []

    def charge(self, job: Job) -> None:
        """Take the job's price and note the refund its plan already implies."""
        self._settled -= job.plan.price
        self.expect_refund(job)

    def expect_refund(self, job: Job) -> None:
        """Note when the job's charge comes back, if it does; call again after an intervention."""
        at, ending = job.end()
        if at != inf and outcome_of(ending) in self._refunded:
            heapq.heappush(self._due, (at, job.hex, job))

    def balance(self, now: float) -> float:
        """Credits left at `now` (unix seconds)."""
        due = self._due
        while due and due[0][0] <= now:
            at, _, job = heapq.heappop(due)
            if job.end()[0] == at:
                self._settled += job.plan.price
        return self._settled

    def set_balance(self, credits: float, now: float) -> None:
        """Make the balance `credits` from now on, as a grant or a correction."""
        change = credits - self.balance(now)
        self._settled += change
        self.grants.append(Entry(now, self.provider, change, "balance set"))

    def entries(self, jobs: Iterable[Job], now: float) -> list[Entry]:
        """All movements up to `now` among `jobs` of this provider, in order of time."""
        found = [Entry(-inf, self.provider, self._initial, "granted"), *self.grants]
        for job in jobs:
            if job.provider == self.provider:
                found.extend(self._entries_of(job, now))
        return sorted(found, key=lambda entry: entry.at)

    def _entries_of(self, job: Job, now: float) -> Iterator[Entry]:
        yield Entry(job.submitted, self.provider, -job.plan.price, "charge", job.hex)
        at, ending = job.end()
        if at <= now and outcome_of(ending) in self._refunded:
            yield Entry(at, self.provider, job.plan.price, f"refund: {ending}", job.hex)
