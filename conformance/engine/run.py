"""What a scenario left: the outcomes of the calls, the exchanges, the jobs and the money. Judges read nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from ...mockserver.journal import Exchange
from ...mockserver.ledger import Entry
from ...mockserver.routing import Router
from ...specs import Spec, load
from ..checks.seen import MEDIA, Seen
from ..scenarios.model import Call, Scenario, Wish
from ..subjects.base import NO_CLAIMS, Claims, Upstream
from .outcome import Heard, Outcome


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the provider knows it; times in virtual seconds since the start of the scenario.

    `provider` is its name, `id` the provider's own, `ending` how it ends (or will), `ended` when (infinity for never),
    `price` what it cost and `refunded` whether that comes back. `prompt` and `count` are what was asked for.
    """

    provider: str
    id: str
    operation: str
    submitted: float
    ended: float
    ending: str
    price: float
    refunded: bool
    prompt: str
    count: int

    @property
    def paid(self) -> bool:
        """Whether it costs money in the end."""
        return self.price > 0 and not self.refunded


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to the gallery, which serves references and stands for hosts that are not the provider's."""

    at: float
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, repr=False)  # asyncio.Runner spells out what a task came to, and then throws it away
class Run:
    """All that is known after a scenario.

    Times are virtual seconds since its start; those of exchanges are unix seconds, `epoch` the unix time of the
    start. `outcomes` are in the order of the scenario's calls. `references` are the bytes that were handed over or
    served, by number of picture in the first call, `reference_urls` the URLs of those that have one. `elsewhere` are
    exchanges with other providers. `blocking` names calls that blocked the event loop, `left_open` counts connections
    that are open after closing. `logged` is what the client wrote to its log and its outputs, `contacted` are the
    names of other machines that it looked up. Of a gateway there is what was `heard` from it, the `upstreams` that it
    has (`api_key` and `base_url` are those of the scenario's provider), and what it `claims`.
    """

    scenario: Scenario
    spec: Spec
    epoch: float
    outcomes: tuple[Outcome, ...]
    exchanges: tuple[Seen, ...]
    jobs: tuple[JobView, ...]
    ledger: tuple[Entry, ...] = ()
    visits: tuple[Visit, ...] = ()
    references: tuple[bytes, ...] = ()
    reference_urls: tuple[str, ...] = ()
    api_key: str = ""
    base_url: str = ""
    media_url: str = ""
    logged: str = ""
    blocking: tuple[str, ...] = ()
    left_open: int = 0
    ended: float = 0.0
    elsewhere: tuple[Exchange, ...] = ()
    contacted: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    claims: Claims = NO_CLAIMS

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.scenario.provider

    @property
    def wish(self) -> Wish:
        """What the first call asked for."""
        return self.scenario.wish

    @property
    def call(self) -> Call:
        """The first call."""
        return self.scenario.calls[0]

    @property
    def outcome(self) -> Outcome:
        """How the first call ended."""
        return self.outcomes[0]

    @cached_property
    def _by_role(self) -> Mapping[str, tuple[Seen, ...]]:
        roles: dict[str, list[Seen]] = {}
        for seen in self.exchanges:
            roles.setdefault(seen.role, []).append(seen)
        return {role: tuple(exchanges) for role, exchanges in roles.items()}

    def of_role(self, role: str) -> tuple[Seen, ...]:
        """The exchanges of a role, `submit` or `poll` and so on, in the order in which they began."""
        return self._by_role.get(role, ())

    @property
    def submits(self) -> tuple[Seen, ...]:
        """Every submit."""
        return self.of_role("submit")

    @property
    def polls(self) -> tuple[Seen, ...]:
        """Every poll."""
        return self.of_role("poll")

    @property
    def fetches(self) -> tuple[Seen, ...]:
        """Every request for a result."""
        return self.of_role(MEDIA)

    @cached_property
    def upstream(self) -> tuple[Seen, ...]:
        """The exchanges with every provider, in the order in which they began."""
        others = (Seen(exchange, router_of(exchange.provider)) for exchange in self.elsewhere if exchange.provider)
        return tuple(sorted((*self.exchanges, *others), key=lambda seen: seen.number))

    def heard_in(self, call: int, *roles: str) -> list[Heard]:
        """What was heard from a gateway in a call, of these roles or of all."""
        return [each for each in self.heard if each.call == call and (not roles or each.role in roles)]

    @property
    def paid(self) -> tuple[JobView, ...]:
        """The jobs that cost money in the end."""
        return tuple(job for job in self.jobs if job.paid)

    def since_start(self, at: float) -> float:
        """A time of an exchange (unix seconds) in seconds since the start."""
        return at - self.epoch

    def exchanges_of(self, job: JobView) -> Sequence[Seen]:
        """Those about one job."""
        return [seen for seen in self.polls if job.id in seen.params.values()]


@cache
def router_of(provider: str) -> Router:
    """What tells the operations of a provider by their paths."""
    return Router(load(provider).operations)
