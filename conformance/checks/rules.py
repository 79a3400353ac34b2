"""The rules that checks cite: those of the providers, and our own for all of them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ...specs import Rule, load
from ...specs.cache import read_yaml

HOUSE = "house"
FILE = Path(__file__).with_name("house.yaml")


@cache
def house_rules() -> Mapping[str, Rule]:
    """Our own rules by id."""
    return {
        row["id"]: Rule(row["id"], row["level"], row["basis"], row["statement"], (), None, row.get("note"))
        for row in read_yaml(FILE)["rules"]
    }


def find_rule(id: str) -> Rule:
    """The rule with this id, whoever made it; KeyError where there is none."""
    owner = id.partition(".")[0]
    return house_rules()[id] if owner == HOUSE else load(owner).rules[id]


def cited(rule: Rule) -> str:
    """Where a rule stands, as `document.txt:7-9,12`; `our own rule` for one that stands nowhere."""
    if not rule.citations:
        return "our own rule"
    return f"{rule.citations[0].document}:{','.join(citation.lines for citation in rule.citations)}"
