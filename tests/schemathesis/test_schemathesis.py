"""Schemathesis against the live simulator: every phase, every check, every warning, no baseline.

It runs in a process of its own, as anyone would run it, and reports in JSON. The clock stands still, a job ends
with its second poll, and some fail in one of their provider's ways.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from beyond_schema import RULES

from safelight.mockserver.journal import Exchange
from safelight.mockserver.progress import Progress
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.tenants import Tenant, TenantSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import World, WorldSettings
from safelight.specs import load, provider_names

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "40")  # per operation and phase
CREDITS = 1e15  # more than can be spent
FAILING = 0.1  # share of the jobs, for each way of failing
PEERS = ("one", "other")

OTHERWISE_READ = {  # rules beyond the schema that bind only under a reading that is not the default
    "onemin.submit.image-size-absent",
    "reapi.submit.references-public",
}


@dataclass(frozen=True)
class Run:
    """What came of one run: its output and report, and the requests that the simulator saw."""

    exit_code: int
    output: str
    report: dict[str, Any]
    exchanges: list[Exchange]


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    tenant = TenantSettings(credits=CREDITS, progress=Progress("polls", 2))
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=0, tenant=tenant))) as running:
        yield running


@pytest.mark.parametrize("provider", provider_names())
def test_nothing_is_found(provider: str, simulator: SimulatorThread, tmp_path: Path) -> None:
    run = fuzz(provider, simulator, tmp_path)
    assert run.exit_code == 0, run.output
    assert {name: phase["status"] for name, phase in run.report["phases"].items()} == expected_phases(provider)
    assert run.report["failures"] == run.report["errors"] == []
    assert not any(run.report["warnings"].values())
    assert run.report["baseline"] is None
    assert run.report["operations"]["tested"] == len(load(provider).operations)
    assert reached(run) >= {operation.id for operation in load(provider).operations}


def expected_phases(provider: str) -> dict[str, str]:
    linked = any(operation.role == "poll" for operation in load(provider).operations)
    success = dict.fromkeys(("examples", "coverage", "fuzzing"), "success")
    return {**success, "stateful": "success" if linked else "skip"}


def reached(run: Run) -> set[str]:
    """The operations that were carried out."""
    return {exchange.operation for exchange in run.exchanges if exchange.status == 200}


def fuzz(provider: str, simulator: SimulatorThread, folder: Path) -> Run:
    keys, report = folder / "keys.json", folder / "report.json"
    keys.write_text(json.dumps({"auth": simulator.call(credentials, simulator.world, provider)}))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")),
        *("run", str(load(provider).folder / "openapi.yaml"), "--url", f"{simulator.url}/{provider}"),
        *("--max-examples", EXAMPLES, "--report-json-path", str(report), "--no-color"),
    ]
    named = {"SAFELIGHT_KEYS": str(keys), "SAFELIGHT_HOOKS": str(HERE / "beyond_schema.py")}
    done = subprocess.run(command, cwd=folder, env={**os.environ, **named}, capture_output=True, text=True)
    exchanges = [exchange for tenant in simulator.world.all_tenants() for exchange in tenant.journal]
    return Run(done.returncode, done.stdout + done.stderr, json.loads(report.read_text()), exchanges)


def credentials(world: World, provider: str) -> list[dict[str, Any]]:
    """The keys of two tenants, as the headers in which they are sent."""
    scheme = world.providers[provider].schemes[0]
    prefix = "Bearer " if scheme.kind == "bearer" else ""
    keys = {}
    for name in PEERS:
        tenant = world.create_tenant(name)
        let_some_fail(world, tenant, provider)
        keys[name] = world.ready_key(tenant, provider)
    return [
        {"name": name, "fixedHeaders": [{"name": scheme.parameter, "value": prefix + key}]}
        for name, key in keys.items()
    ]


def let_some_fail(world: World, tenant: Tenant, provider: str) -> None:
    """Arm each of the provider's ways of failing, but for those that are told by an error of the server."""
    for reason, row in load(provider).behaviour.raw["failures"].items():
        if "problem" not in row:
            order = {"kind": "failed", "reason": reason, "provider": provider, "times": None, "probability": FAILING}
            world.arm(tenant, order)


def test_what_is_beyond_the_schema_is_a_rule() -> None:
    rules = {rule for provider in provider_names() for rule in load(provider).rules}
    assert RULES.keys() | OTHERWISE_READ <= rules


def test_every_rule_beyond_a_schema_is_said_to_schemathesis() -> None:
    operations = [operation for provider in provider_names() for operation in load(provider).operations]
    beyond = {rule for operation in operations for rule in operation.beyond_schema}
    assert beyond <= RULES.keys() | OTHERWISE_READ
