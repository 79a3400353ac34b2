"""What the pytest plugin costs: installed but unused, against an environment without Safelight; and per test."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from .harness import ALL_CORES, Result

TITLE = "The pytest plugin"

_ROOT = Path(__file__).resolve().parents[2]
_STARTS = 9
_ROUNDS = 3
_TESTS = 400
_SUITE = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_it({fixture}number): pass
"""


def measure() -> Iterator[Result]:
    """Environments with and without the plugin in turn; tests with and without a fixture in turn."""
    with tempfile.TemporaryDirectory() as folder:
        yield _start(Path(folder))
        yield _fixture(Path(folder))


def _start(folder: Path) -> Result:
    claim = "start of pytest with the plugin unused, more than without"
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    try:
        bare, full = (_environment(folder / name, what) for name, what in (("bare", []), ("full", [str(_ROOT)])))
    except subprocess.CalledProcessError:
        return Result(claim, "no package index can be reached", None)
    rounds = [(_time(bare, folder), _time(full, folder)) for _ in range(_STARTS + 1)][1:]
    without, with_ = median(first for first, _ in rounds), median(second for _, second in rounds)
    more = median(second - first for first, second in rounds)
    return Result(claim, f"{with_:.0f} ms; without {without:.0f} ms", more, "≤", 20, "ms")


def _fixture(folder: Path) -> Result:
    python = Path(sys.executable)
    suites = [_suite(folder, fixture, count) for fixture in ("", "reapi, ") for count in (1, _TESTS)]
    rounds = [[_time(python, suite) for suite in suites] for _ in range(_ROUNDS)]
    unused, used = (
        [(many - one) / (_TESTS - 1) for one, many in ((each[first], each[first + 1]) for each in rounds)]
        for first in (0, 2)
    )
    measured = f"{median(used):.2f} ms for a test with it; without {median(unused):.2f} ms"
    return Result("a used fixture, per test", measured, median(used) - median(unused), "≤", 3, "ms")


def _environment(folder: Path, packages: Sequence[str]) -> Path:
    """The interpreter of a new environment with pytest and these packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--retries=1"]
    subprocess.run([*pip, "pytest", *packages], check=True, capture_output=True)
    return python


def _suite(folder: Path, fixture: str, count: int) -> Path:
    suite = folder / f"{'used' if fixture else 'unused'}-{count}"
    suite.mkdir()
    (suite / "test_it.py").write_text(_SUITE.format(fixture=fixture, count=count))
    return suite


def _time(python: Path, suite: Path) -> float:
    """Milliseconds that pytest takes in a folder, on all cores."""
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    started = time.perf_counter()
    subprocess.run(
        command,
        cwd=suite,
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, ALL_CORES),
    )
    return (time.perf_counter() - started) * 1000
