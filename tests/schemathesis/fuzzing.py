"""One run of Schemathesis against a simulator of its own.

It runs in a process of its own, as anyone would run it, and reports in JSON. In the simulator the clock stands
still, a job ends with its second poll, and some jobs fail, each in one of their provider's ways.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safelight.mockserver.journal import Exchange
from safelight.mockserver.progress import Progress
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.tenants import Tenant, TenantSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import World, WorldSettings
from safelight.specs import load

HERE = Path(__file__).parent
CONFIG, HOOKS = HERE / "schemathesis.toml", HERE / "beyond_schema.py"
CREDITS = 1e15  # more than can be spent
FAILING = 0.1  # share of the jobs, for each way of failing
PATIENCE = 600  # seconds
PEERS = ("one", "other")


@dataclass(frozen=True)
class Run:
    """What came of one run: its output and report, and the requests that the simulator saw."""

    exit_code: int
    output: str
    report: dict[str, Any]
    exchanges: list[Exchange]


def fuzz(provider: str, folder: Path, examples: int, choices: Mapping[str, str] | None = None) -> Run:
    """Try a provider under these readings and knobs, with so many examples per operation and phase.

    The folder takes the files of the run.
    """
    tenant = TenantSettings(credits=CREDITS, progress=Progress("polls", 2), choices=choices or {})
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=0, tenant=tenant))) as simulator:
        keys, report = folder / "keys.json", folder / "report.json"
        keys.write_text(json.dumps({"auth": simulator.call(_credentials, simulator.world, provider)}))
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", str(load(provider).folder / "openapi.yaml"), "--url", f"{simulator.url}/{provider}"),
            *("--max-examples", str(examples), "--report-json-path", str(report), "--no-color"),
        ]
        named = {"SAFELIGHT_KEYS": str(keys), "SAFELIGHT_HOOKS": str(HOOKS)}
        done = subprocess.run(
            command, cwd=folder, env=os.environ | named, capture_output=True, text=True, timeout=PATIENCE
        )
        exchanges = [exchange for tenant in simulator.world.all_tenants() for exchange in tenant.journal]
    output = done.stdout + done.stderr
    assert report.exists(), output
    return Run(done.returncode, output, json.loads(report.read_text()), exchanges)


def _credentials(world: World, provider: str) -> list[dict[str, Any]]:
    """The keys of new tenants, as the header in which each is sent."""
    scheme = world.providers[provider].schemes[0]
    prefix = "Bearer " if scheme.kind == "bearer" else ""
    tenants = [world.create_tenant(name) for name in PEERS]
    for tenant in tenants:
        _let_some_fail(world, tenant, provider)
    return [
        {
            "name": tenant.tag,
            "fixedHeaders": [{"name": scheme.parameter, "value": prefix + world.ready_key(tenant, provider)}],
        }
        for tenant in tenants
    ]


def _let_some_fail(world: World, tenant: Tenant, provider: str) -> None:
    """Arm each of the provider's ways of failing, but for those that are told by an error of the server."""
    for reason, row in load(provider).behaviour.raw["failures"].items():
        if "problem" not in row:
            order = {"kind": "failed", "reason": reason, "provider": provider, "times": None, "probability": FAILING}
            world.arm(tenant, order)
