"""The catalogue is in order: rules exist, levels are those of the documents, ids are permanent and single."""

import re
import subprocess
import sys

import pytest

from safelight.conformance.checks.catalogue import checks
from safelight.conformance.checks.record import FINE, JOURNAL, TIMED, Check, DuplicateCheck, register
from safelight.conformance.checks.rules import FILES, GATEWAY, HOUSE, cited, own_rules
from safelight.conformance.properties.catalogue import properties
from safelight.specs import provider_names
from safelight.specs.schema_check import check_schema
from safelight.specs.yaml_source import YamlSource

SLUG = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]+(-[a-z0-9]+)*){2}")
ROLES = {"submit", "poll", "list", "cancel", "models", "balance", "upload", "media", ""}


@pytest.mark.parametrize("check", checks().values(), ids=lambda check: check.id)
def test_a_check_rests_on_its_rule(check: Check) -> None:
    rule = check.cites
    assert SLUG.fullmatch(check.id)
    assert check.provider in (None, *provider_names())
    assert rule.id.partition(".")[0] in (check.provider, "house")
    assert rule.level != "FACT"
    assert check.level == ("SHOULD" if check.doubt else rule.level)
    assert rule.level == "HOUSE" or rule.basis in ("text", "example")
    assert rule.level == "HOUSE" or rule.citations
    assert check.needs in (JOURNAL, TIMED)
    assert check.on
    assert set(check.on) <= ROLES


def test_a_check_that_bears_a_rule_s_name_is_that_rule_s() -> None:
    rules = {check.rule for check in checks().values()}
    assert all(check.rule == check.id for check in checks().values() if check.id in rules)


def test_our_own_rules_have_the_format_of_the_others() -> None:
    file = FILES[HOUSE]
    check_schema(YamlSource(file, file.read_bytes()), "rules")
    rules = own_rules(HOUSE)
    assert {(rule.level, rule.basis) for rule in rules.values()} == {("HOUSE", "inferred")}
    assert all(id == rule.id and id.startswith("house.") for id, rule in rules.items())
    cited = [*checks().values(), *properties().values()]
    assert rules.keys() == {check.rule for check in cited if check.rule.startswith("house.")}


def test_rules_for_gateways_say_what_they_follow_from() -> None:
    rules = own_rules(GATEWAY)
    assert {rule.level for rule in rules.values()} <= {"MUST", "SHOULD", "HOUSE"}
    assert all(rule.citations or rule.level == "HOUSE" for rule in rules.values())
    assert all(
        id == rule.id and id.startswith("gateway.") and rule.statement.endswith(".") for id, rule in rules.items()
    )
    assert rules.keys() == {check.rule for check in properties().values() if check.for_gateways}


def test_an_id_is_given_once() -> None:
    again = Check("reapi.poll.first-wait", "reapi.poll.first-wait", ("poll",), lambda evidence: FINE)
    with pytest.raises(DuplicateCheck, match=r"'reapi\.poll\.first-wait' already, for the rule reapi"):
        register(again)


def test_a_citation_names_the_document_and_its_lines() -> None:
    assert cited(checks()["reapi.poll.first-wait"].cites) == "000_689184e2825e36ff.txt:236"
    assert cited(checks()["house.submit.paid-once"].cites) == "our own rule"


def test_judging_imports_nothing_heavy() -> None:
    code = "import safelight.conformance.checks.passive, sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"aiohttp", "PIL", "rich", "jsonschema", "jsonschema_rs", "hypothesis", "schemathesis", "pytest", "click"}
    assert heavy & set(done.stdout.split()) == set()
