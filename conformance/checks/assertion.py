"""Failing a test for what its client did on the wire."""

from collections.abc import Iterable, Mapping

from ...mockserver.journal import Exchange
from ...specs import Spec
from ...specs.model import Level
from .passive import SEVERITY, at_least, judge_journal
from .record import Finding, Verdict
from .rules import cited

_MOST_SHOWN = 3  # findings of one check


def assert_conformant(
    exchanges: Iterable[Exchange],
    *,
    level: Level = "MUST",
    transcript: str = "",
    specs: Mapping[str, Spec] | None = None,
) -> None:
    """Raise AssertionError if recorded exchanges break a rule of this level or a worse one: MUST, HOUSE, SHOULD.

    Args:
        exchanges: In the order in which they ended.
        level: The mildest level that fails; SHOULD lets warnings fail as well.
        transcript: What to show below the findings.
        specs: The specifications by provider; the built-in ones if not given.

    Raises:
        ValueError: There is no such level.
    """
    if level not in ("MUST", "HOUSE", "SHOULD"):
        raise ValueError(f"level is one of {', '.join(name for name in SEVERITY if name != 'FACT')}, not {level!r}")
    broken = at_least(judge_journal(exchanges, specs), level)
    if broken:
        raise AssertionError("\n\n".join([*map(described, broken), *([transcript] if transcript else [])]))


def described(verdict: Verdict) -> str:
    """A broken check for people: level and id, the rule with its citation, and the first findings."""
    rule = verdict.check.cites
    lines = [f"{verdict.check.level} {verdict.check.id}: {rule.statement}", f"  {cited(rule)}"]
    if verdict.check.doubt:
        lines.append(f"  a warning only: {verdict.check.doubt}")
    lines += [f"  {told(finding)}" for finding in verdict.findings[:_MOST_SHOWN]]
    more = len(verdict.findings) - _MOST_SHOWN
    return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


def told(finding: Finding) -> str:
    """`#7 of t3: …` for one finding."""
    return f"#{finding.exchange} of {finding.tenant}: {finding.sentence}"
