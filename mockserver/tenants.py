"""A tenant is a small world: its own keys, jobs, credits, clock, readings and journal over all providers."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ..specs import Choice, Spec
from .clock import Clock
from .faults import FaultTable
from .jobs import CANCELLED, SUCCEEDED, Intervention, Job, State
from .journal import Journal
from .ledger import Entry, Wallet
from .limits import RateWindow
from .progress import Progress
from .store import JobStore, MemoryStore

DEFAULT_CREDITS = 1_000_000.0
MOST_FORMER = 100  # tenants whose jobs stay known to the one that came in their place

_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


@dataclass(slots=True)
class Key:
    """One provider key of a tenant."""

    text: str
    provider: str
    tenant: "Tenant"
    revoked: bool = False


@dataclass(slots=True)
class TenantSettings:
    """What a tenant starts with and goes back to on reset."""

    seed: int = 0
    credits: float = DEFAULT_CREDITS
    progress: Progress = field(default_factory=Progress)
    choices: Mapping[str, str] = field(default_factory=dict)


class Tenant:
    """One tenant, found by the tag in a URL or by one of its keys."""

    def __init__(
        self,
        tag: str,
        specs: Mapping[str, Spec],
        clock: Clock,
        settings: TenantSettings,
        journal: Journal,
        *,
        former: "Tenant | None" = None,
    ) -> None:
        """`former` is the one in whose place this one comes; its jobs live on by the clock of this one."""
        self.tag = tag
        self.specs = specs
        self.clock = clock
        self.settings = settings
        self.journal = journal
        self.keys: dict[tuple[str, str], Key] = {}
        self._prepare: list[Callable[[], object]] = []
        self._former: tuple[Tenant, ...] = ()
        self.reset()
        if former is not None:
            self._follow(former)

    def reset(self) -> None:
        """Forget jobs, faults, journal and changed settings; keys stay and are valid again."""
        settings = self.settings
        self.seed = settings.seed
        self.progress = settings.progress
        self.jobs: JobStore = MemoryStore()
        self.wallets = {
            name: Wallet(name, settings.credits, spec.behaviour.refunded) for name, spec in self.specs.items()
        }
        self.faults = FaultTable()
        self.spells: dict[Any, Any] = {}  # what prompts with magic words have done so far: see magic.py
        self.moderations: dict[str, deque[str]] = {name: deque() for name in self.specs}
        self.rate_limits: dict[str, int | None] = {}
        self.rate_windows = {name: RateWindow() for name in self.specs}
        self.exchanges = 0
        self.choices = {
            name: {choice.name: choice.default for choice in spec.behaviour.choices.values()}
            for name, spec in self.specs.items()
        }
        for full_name, value in settings.choices.items():
            self.choose(full_name, value)
        for key in self.keys.values():
            key.revoked = False
        self.journal.clear()
        for step in self._prepare:
            step()

    def owner_of(self, path: str) -> "Tenant":
        """Whose the job is that a path names, of this tenant and those that were in its place before."""
        if not self._former:
            return self
        ids = [found.replace("-", "") for found in _ID.findall(path)]
        if any(self.jobs.get(id) for id in ids):
            return self
        return next((each for each in self._former if any(each.jobs.get(id) for id in ids)), self)

    def prepare_with(self, step: Callable[[], object]) -> None:
        """Do something to the tenant now and after every reset."""
        step()
        self._prepare.append(step)

    def admit(self, provider: str, key: str) -> Key:
        """The key with this text, which is one of the tenant's from now on."""
        return self.keys.setdefault((provider, key), Key(key, provider, self))

    def revoke_key(self, provider: str, key: str) -> None:
        """Revoke a key, also one that is accepted only because every key is."""
        self.admit(provider, key).revoked = True

    def choose(self, full_name: str, value: str) -> None:
        """Set a reading or knob such as `reapi.processing-output`; ValueError says what exists."""
        self.check_choice(full_name, value)
        provider, _, name = full_name.partition(".")
        self.choices[provider][name] = value

    def check_choice(self, full_name: str, value: str) -> None:
        """ValueError unless there is such a reading or knob and it can have this value."""
        provider, _, name = full_name.partition(".")
        choice = self._find_choice(provider, name, full_name)
        if value not in choice.values:
            raise ValueError(f"{full_name} can be {', '.join(choice.values)}, not {value!r}")

    def _follow(self, former: "Tenant") -> None:
        """Come in another's place, with ids that it has not used.

        Its jobs are done now, and nothing goes wrong any more with them: whoever still waits for one has nothing to
        make up for.
        """
        former.journal.clear()
        former.faults = FaultTable()
        for key in former.keys.values():
            key.revoked = False
        self._former = (former, *former._former)[:MOST_FORMER]
        former._former = ()
        for each in self._former:
            each.clock = self.clock
        for job in former.jobs:
            former.end_job(job, SUCCEEDED)
        self.jobs.follow(former.jobs.repeats())

    def _find_choice(self, provider: str, name: str, full_name: str) -> Choice:
        known = {f"{p}.{c}": choice for p, spec in self.specs.items() for c, choice in spec.behaviour.choices.items()}
        if full_name in known:
            return known[full_name]
        near = get_close_matches(full_name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"there is no reading or knob {full_name!r}{hint}")

    def intervene(self, job: Job, intervention: Intervention) -> State:
        """Do something to a job from outside; a job that has ended keeps its end. Returns its state now."""
        before = job.end()
        job.interventions += (intervention,)
        self.jobs.save(job)
        if job.end() != before and self.jobs.get(job.hex) is not None:  # else it is a trial and was never paid
            self.wallets[job.provider].expect_refund(job)
        return job.state(self.clock.now())

    def end_job(self, job: Job, ending: str = CANCELLED) -> State:
        """End a job now, unless it has ended already."""
        state = self.intervene(job, Intervention(self.clock.now(), "end", ending))
        self.clock.nudge()
        return state

    def expire_job(self, job: Job) -> None:
        """Let a job's results lapse now."""
        self.intervene(job, Intervention(self.clock.now(), "expire"))

    def ledger(self, provider: str | None = None) -> list[Entry]:
        """Every movement of credits up to now, of one provider or all, in order of time."""
        now = self.clock.now()
        jobs = list(self.jobs)
        chosen: Iterable[Wallet] = [self.wallets[provider]] if provider else self.wallets.values()
        entries = [entry for wallet in chosen for entry in wallet.entries(jobs, now)]
        return sorted(entries, key=lambda entry: entry.at)

    def describe_choices(self) -> dict[str, Any]:
        """Every reading and knob by full name, with its present value."""
        return {f"{p}.{name}": value for p, chosen in self.choices.items() for name, value in chosen.items()}
