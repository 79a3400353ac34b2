"""Schemathesis against the live simulator: every phase, every check, every warning, and no baseline."""

import os
import re
from pathlib import Path

import pytest
from beyond_schema import RULES
from fuzzing import Run, fuzz

from safelight.specs import load, provider_names

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "30"))  # per operation and phase

OTHERWISE_READ = {  # rules beyond the schema that bind only under a reading that is not the default
    "onemin.submit.image-size-absent",
    "reapi.submit.references-public",
}


@pytest.mark.parametrize("provider", provider_names())
def test_nothing_is_found(provider: str, tmp_path: Path) -> None:
    run = fuzz(provider, tmp_path, EXAMPLES)
    assert run.exit_code == 0, run.output
    assert run.report["failures"] == run.report["errors"] == []
    assert not any(run.report["warnings"].values())
    assert run.report["baseline"] is None
    _assert_everything_was_tried(provider, run)


def _assert_everything_was_tried(provider: str, run: Run) -> None:
    operations = load(provider).operations
    linked = any(operation.role == "poll" for operation in operations)
    assert {name: phase["status"] for name, phase in run.report["phases"].items()} == {
        "examples": "success",
        "coverage": "success",
        "fuzzing": "success",
        "stateful": "success" if linked else "skip",
    }
    assert {exchange.operation for exchange in run.exchanges if exchange.status == 200} >= {
        operation.id for operation in operations
    }
    followed = re.search(r"API Links: +([1-9]\d*) covered", run.output)
    assert bool(followed) == linked


def test_a_wrong_status_is_found(tmp_path: Path) -> None:
    """The hooks and filters leave Schemathesis its teeth."""
    run = fuzz("reapi", tmp_path, 5, {"reapi.error-status": "always-200"})
    assert run.exit_code == 1
    assert {failure["type"] for failure in run.report["failures"]} >= {"JsonSchemaError", "AcceptedNegativeData"}


def test_what_is_beyond_the_schema_is_a_rule() -> None:
    rules = {rule for provider in provider_names() for rule in load(provider).rules}
    assert RULES.keys() | OTHERWISE_READ <= rules


def test_every_rule_beyond_a_schema_is_said_to_schemathesis() -> None:
    operations = [operation for provider in provider_names() for operation in load(provider).operations]
    beyond = {rule for operation in operations for rule in operation.beyond_schema}
    assert beyond <= RULES.keys() | OTHERWISE_READ
