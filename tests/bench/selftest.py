"""How long the suite takes to prove itself."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .harness import ALL_CORES, Result

TITLE = "The selftest"

_SAFELIGHT = str(Path(sys.executable).with_name("safelight"))


def measure() -> Iterator[Result]:
    """All of it but the mechanical part, on two cores."""
    cores = sorted(ALL_CORES)[:2]
    started = time.perf_counter()
    done = subprocess.run(
        [_SAFELIGHT, "selftest", "--jobs", "2"],
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    seconds = time.perf_counter() - started
    yield Result("selftest on two cores", done.stdout.strip().splitlines()[-1], seconds, "≤", 300, "s")
