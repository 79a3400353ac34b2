"""Judging recorded exchanges without knowing what their client was asked to do.

Where a recording alone can't prove a fault (the caller may have wanted it so), the checks here say nothing; what they
leave is for scenarios, in which the wish is known.
"""

from collections.abc import Iterable, Mapping

from ...mockserver.journal import Exchange
from ...mockserver.masking import Masker
from ...mockserver.routing import Router
from ...specs import Spec, load, provider_names
from ...specs.model import Level
from .catalogue import DIALECTS, checks, checks_for
from .evidence import Evidence
from .memory import Recent
from .record import FINE, TIMED, Check, Finding, Verdict
from .seen import RECORDED, Seen

UNATTRIBUTED = "unattributed"  # the tenant of requests that are nobody's
LONGEST_SENTENCE = 400
MOST_CLIENTS = 2_000  # pairs of tenant and provider that are remembered
MOST_COMPLAINTS = 4_000  # per such pair: jobs about which something has been said once
MOST_FINDINGS = 10_000  # of one check that are kept for the summary

SEVERITY: Mapping[Level, int] = {"MUST": 3, "HOUSE": 2, "SHOULD": 1, "FACT": 0}


class PassiveJudge:
    """Rules on exchanges one by one. What it remembers is bounded, and the work per exchange does not grow.

    `has` is what there is to judge by: without `time` no rhythm is judged.
    """

    def __init__(self, specs: Mapping[str, Spec] | None = None, *, has: frozenset[str] = TIMED) -> None:
        self._specs = specs or {name: load(name) for name in provider_names()}
        self._routers = {name: Router(spec.operations) for name, spec in self._specs.items()}
        self._clients: Recent[tuple[str, str], _Client] = Recent(MOST_CLIENTS)
        self._verdicts = {
            check.id: Verdict(check)
            for check in checks().values()
            if check.provider in (None, *self._specs) and check.needs <= has
        }
        self.judged = 0

    def feed(self, exchange: Exchange) -> list[Finding]:
        """What the next exchange shows; they come in the order in which they ended."""
        if not self._is_judged(exchange):
            return []
        self.judged += 1
        if exchange.number == 1 and exchange.tenant != RECORDED:
            self._forget(exchange.tenant)
        client = self._client(exchange)
        seen = Seen(exchange, self._routers[exchange.provider])
        client.evidence.observe(seen)
        asked = [check for check in checks_for(exchange.provider, seen.role) if check.id in self._verdicts]
        rulings = [self._rule(check, client, exchange) for check in asked]
        client.evidence.release()
        return [finding for finding in rulings if finding is not None]

    def verdicts(self) -> list[Verdict]:
        """Every check with what it has found so far, in the order of the catalogue."""
        return list(self._verdicts.values())

    def _is_judged(self, exchange: Exchange) -> bool:
        return (
            exchange.provider in self._specs
            and exchange.provider in DIALECTS
            and exchange.tenant != UNATTRIBUTED
            and exchange.method != "OPTIONS"
            and exchange.problem != "header-malformed"
        )

    def _forget(self, tenant: str) -> None:
        """A tenant's first exchange: whatever was known under its name was of an earlier life."""
        for provider in self._specs:
            self._clients.drop((tenant, provider))

    def _client(self, exchange: Exchange) -> "_Client":
        name = (exchange.tenant, exchange.provider)
        client = self._clients.get(name) or _Client(self._specs[exchange.provider])
        self._clients.put(name, client)
        return client

    def _rule(self, check: Check, client: "_Client", exchange: Exchange) -> Finding | None:
        ruling = check.judge(client.evidence)
        if ruling is None:
            return None
        verdict = self._verdicts[check.id]
        verdict.cases += 1
        if ruling is FINE:
            return None
        track = client.evidence.track
        if check.once_per_job and track is not None and client.has_complained(check, track.id):
            return None
        sentence = _on_one_line(Masker(exchange).text(str(ruling)))
        finding = Finding(
            check, exchange.tenant, exchange.provider, exchange.number, exchange.at, exchange.job, sentence
        )
        if len(verdict.findings) < MOST_FINDINGS:
            verdict.findings.append(finding)
        return finding


class _Client:
    """One tenant at one provider."""

    def __init__(self, spec: Spec) -> None:
        self.evidence = Evidence(spec, DIALECTS[spec.name])
        self._complaints: Recent[tuple[str, str], None] = Recent(MOST_COMPLAINTS)

    def has_complained(self, check: Check, job: str) -> bool:
        """Whether this was said of the job before; it has been, after this call."""
        name = (check.id, job)
        known = name in self._complaints
        self._complaints.put(name, None)
        return known


def _on_one_line(text: str) -> str:
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return shown if len(shown) <= LONGEST_SENTENCE else f"{shown[:LONGEST_SENTENCE]}…"


def judge_journal(exchanges: Iterable[Exchange], specs: Mapping[str, Spec] | None = None) -> list[Verdict]:
    """What recorded exchanges show, check by check.

    Args:
        exchanges: In the order in which they ended. Those of unknown providers and of nobody's are passed over.
        specs: The specifications by provider; the built-in ones if not given.
    """
    judge = PassiveJudge(specs)
    for exchange in exchanges:
        judge.feed(exchange)
    return judge.verdicts()


def at_least(verdicts: Iterable[Verdict], level: Level) -> list[Verdict]:
    """The verdicts with findings, of checks of this level or a worse one: MUST before HOUSE before SHOULD."""
    return [each for each in verdicts if each.findings and SEVERITY[each.check.level] >= SEVERITY[level]]
