"""How long it takes to judge a client: all checks on the reference client, on one core."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from .harness import SERVER_CORE, Result

TITLE = "The suite"

_REFERENCE = "safelight.conformance.reference:make"
_SAFELIGHT = str(Path(sys.executable).with_name("safelight"))
_ROUNDS = 5
_STORIES = 300
_SCENARIOS = """
import time
from safelight.conformance.engine.engine import Engine
from safelight.conformance.reference import make
from safelight.conformance.scenarios.model import Scenario
from safelight.conformance.subjects.python import FactorySubject

fault = {{"kind": "edge-page", "operation": "poll", "times": 2}}
with Engine(FactorySubject(make)) as engine:
    for number in range(20):
        engine.run(Scenario("reapi", seed=number))
    started = time.process_time()
    for number in range({stories}):
        engine.run(Scenario("reapi", seconds=45.0, faults=(fault,), seed=number))
    print({stories} / (time.process_time() - started))
"""


def measure() -> Iterator[Result]:
    """Everything at the usual thoroughness, the same within a budget, and one fault scenario many times."""
    yield _scenarios()
    seconds, report = _judge()
    effort = report["effort"]
    measured = (
        f"{len(report['results'])} checks, {effort['scenarios']} scenarios, {effort['virtual_seconds']:.0f} s lived"
    )
    yield Result("all checks on the reference client, five providers", measured, seconds, "≤", 60, "s")
    seconds, report = _judge("--budget", "15")
    applicable = [row for row in report["results"] if row["status"] != "not-applicable"]
    exercised = sum(row["examples"] > 0 for row in applicable) / len(applicable)
    yield Result("the same with --budget 15", f"{100 * exercised:.0f} % of the checks exercised", seconds, "≤", 20, "s")


def _scenarios() -> Result:
    rates = [float(_run([sys.executable, "-c", _SCENARIOS.format(stories=_STORIES)])) for _ in range(_ROUNDS)]
    measured = "a submit, two bad gateways, polls until the end at 45 s, in virtual time"
    return Result("fault scenarios per second of CPU", measured, median(rates), "≥", 200, "/s")


def _judge(*options: str) -> tuple[float, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        started = time.perf_counter()
        _run([_SAFELIGHT, "check", "client", "--factory", _REFERENCE, "--json", str(file), *options])
        return time.perf_counter() - started, json.loads(file.read_text())


def _run(command: list[str]) -> str:
    """The output of a command that has one core for itself."""
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, [SERVER_CORE]),
    )
    return done.stdout
