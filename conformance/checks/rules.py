"""The rules that checks cite: those of the providers, and our own for all of them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...specs import Rule, load
from ...specs.cache import read_yaml

HOUSE = "house"
GATEWAY = "gateway"
OURS = (HOUSE, GATEWAY)  # whose rules are no provider's
FILES = {HOUSE: Path(__file__).with_name("house.yaml"), GATEWAY: Path(__file__).with_name("gateway.yaml")}


@cache
def own_rules(owner: str) -> Mapping[str, Rule]:
    """Our own rules by id, for clients (`house`) or gateways."""
    return {row["id"]: _rule(row) for row in read_yaml(FILES[owner])["rules"]}


def find_rule(id: str) -> Rule:
    """The rule with this id, whoever made it; KeyError where there is none."""
    owner = id.partition(".")[0]
    return own_rules(owner)[id] if owner in OURS else load(owner).rules[id]


def _rule(row: Mapping[str, Any]) -> Rule:
    """A rule of ours. Where it follows from what documents say, `cites` names their rules."""
    citations = tuple(citation for id in row.get("cites", ()) for citation in find_rule(id).citations)
    return Rule(row["id"], row["level"], row["basis"], row["statement"], citations, None, row.get("note"))


def cited(rule: Rule) -> str:
    """Where a rule stands, as `document.txt:7-9,12; other.txt:3`; `our own rule` for one that stands nowhere."""
    places: dict[str, list[str]] = {}
    for citation in rule.citations:
        places.setdefault(citation.document, []).append(citation.lines)
    return "; ".join(f"{document}:{','.join(lines)}" for document, lines in places.items()) or "our own rule"
