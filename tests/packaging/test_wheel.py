"""What is installed elsewhere is what is in the tree."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("specs", "mockserver", "conformance", "fixtures")
SHIPPED = {".py", ".yaml", ".typed", ".html", ".json", ".css", ".js", ".mjs", ".sh"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"  # a copy, because setuptools leaves what it built in the tree and packs it again
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", str(tree)]
    subprocess.run([*command, "--wheel-dir", str(folder)], check=True, cwd=folder)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_tree_and_one_top_level_name(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"safelight"}
    expected = {
        f"safelight/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SHIPPED and "__pycache__" not in path.parts
    }
    assert expected - names == set()
    assert {name for name in names if name.startswith("safelight/")} - expected == set()


def test_the_installed_wheel_works_without_the_tree(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, cwd=tmp_path)
    code = (
        "import safelight.specs, safelight.mockserver.server as server;"
        "from safelight.fixtures.reading import load_exchanges;"
        "print(safelight.specs.__file__);"
        "print([len(load_exchanges(name)) > 0 for name in safelight.specs.provider_names()]);"
        "print(sorted(server.load_providers()[0].handlers))"
    )
    environment = {**os.environ, "PYTHONPATH": str(target), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    place, exchanges, handlers = done.stdout.splitlines()
    assert place.startswith(str(target))
    assert exchanges == str([True] * 5)
    assert handlers == str(["get_balance", "poll", "submit"])
