"""The plugin in other people's repositories: installed from the wheel, beside their plugins, with their settings.

`postcards` is an example project, written as people should write theirs. `hosts` are small ones, each with another
asynchronous plugin. All of them run in an environment that has never seen this repository.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SDK_TESTS = ROOT / "tests" / "virtual" / "test_sdks.py"

REQUIREMENTS = (
    "pytest",
    "pytest-asyncio",
    "pytest-aiohttp",
    "pytest-randomly",
    "pytest-xdist",
    "anyio[trio]",
    "requests",
    "httpx",
    "uvloop",
    "openai",
    "google-genai",
)
OLD_PYTEST = "pytest==8.4.*"
RUNS = (  # name, options for pytest, how many tests pass
    ("postcards", (), 15),
    ("postcards", ("-n2", "-p", "no:randomly"), 15),
    ("hosts/strict", (), 4),
    ("hosts/session_loop", (), 3),
    ("hosts/aiohttp_plugin", (), 2),
    ("hosts/anyio_plugin", (), 3),
)

_NO_NETWORK = re.compile(r"NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|unreachable|ProxyError")


class Environment:
    """A virtual environment with the built wheel, kept between sessions as long as the requirements are the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = folder / "venv" / "bin" / "python"
        self._old_pytest = folder / "old-pytest"

    def prepare(self, wheel: Path) -> None:
        """Install everything that is not there yet, and the wheel anew. Skips the test without a network."""
        complete = self._folder / "complete"
        if not complete.exists():
            shutil.rmtree(self._folder)
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", self._python.parents[1]], check=True)
            self._install(str(wheel), *REQUIREMENTS)
            self._install("--target", str(self._old_pytest), "--no-deps", OLD_PYTEST)
            complete.touch()
        self._install("--no-index", "--no-deps", "--force-reinstall", str(wheel))

    def pytest(self, repository: Path, *options: str, old: bool = False) -> "subprocess.CompletedProcess[str]":
        """What pytest says in a repository; `old` is the oldest one that we support."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
        if old:
            environment["PYTHONPATH"] = str(self._old_pytest)
        command = [str(self._python), "-m", "pytest", "-q", *options]
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, timeout=120)

    def _install(self, *what: str) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self._python), "--disable-pip-version-check"]
        command = [*pip, "install", "--quiet", "--no-compile", "--retries=1", *what]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode and _NO_NETWORK.search(done.stderr):
            pytest.skip(f"no package index can be reached: {done.stderr.splitlines()[0]}")
        assert done.returncode == 0, done.stderr


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The wheel, built from a copy of this tree."""
    tree = tmp_path / "tree"
    ignored = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, tree, ignore=ignored)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(tmp_path.glob("*.whl"))


@pytest.fixture
def environment(wheel: Path, pytestconfig: pytest.Config) -> Environment:
    """The environment, which takes a minute the first time."""
    dependencies = (ROOT / "pyproject.toml").read_text().partition("dependencies = [")[2].partition("]")[0]
    digest = hashlib.sha256(repr((REQUIREMENTS, OLD_PYTEST, dependencies, sys.version)).encode()).hexdigest()[:12]
    environment = Environment(pytestconfig.cache.mkdir(f"downstream-{digest}"))
    environment.prepare(wheel)
    return environment


def test_other_peoples_repositories(environment: Environment, tmp_path: Path) -> None:
    problems = [
        *(_play(environment, _copy(name, tmp_path), options, passed) for name, options, passed in RUNS),
        _play(environment, _copy("postcards", tmp_path), (), 15, old=True),
        _play(environment, _sdk_tests(tmp_path), (), 12),
    ]
    assert [problem for problem in problems if problem] == []


def _copy(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(HERE / name, folder / name, dirs_exist_ok=True))


def _sdk_tests(folder: Path) -> Path:
    """Our own tests of the vendors' SDKs, for here they are installed."""
    target = folder / "sdks"
    target.mkdir()
    shutil.copy(SDK_TESTS, target)
    (target / "pytest.ini").write_text("[pytest]\n")
    return target


def _play(
    environment: Environment, repository: Path, options: tuple[str, ...], passed: int, *, old: bool = False
) -> str:
    done = environment.pytest(repository, *options, old=old)
    if done.returncode == 0 and re.search(rf"^{passed} passed in ", done.stdout, re.MULTILINE):
        return ""
    return f"{repository.name} {' '.join(options)}: not {passed} passed\n{done.stdout}{done.stderr}"
