"""How long it takes to judge a gateway: all checks on the reference gateway, on two cores."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from safelight.conformance.reference_gateway import GATEWAY_FILE

from .harness import Result

TITLE = "The suite for gateways"

_SAFELIGHT = str(Path(sys.executable).with_name("safelight"))


def measure() -> Iterator[Result]:
    """Everything at the usual thoroughness, two providers at a time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        started = time.perf_counter()
        command = [_SAFELIGHT, "check", "gateway", str(GATEWAY_FILE), "--jobs", "2", "--json", str(file)]
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        report = json.loads(file.read_text())
    effort = report["effort"]
    measured = (
        f"{len(report['results'])} checks, {effort['scenarios']} scenarios, {effort['virtual_seconds']:.0f} s lived"
    )
    yield Result("all checks on the reference gateway, five providers", measured, seconds, "≤", 60, "s")
