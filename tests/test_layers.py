"""Who may import whom, and what is not imported until it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "specs": {"specs"},
    "mockserver": {"specs", "mockserver", "fixtures"},
    "fixtures": {"specs", "fixtures"},
    "conformance": {"specs", "mockserver", "fixtures", "conformance"},
}
NEVER_IN_THE_SIMULATOR = {"hypothesis", "schemathesis", "pytest"}


def imports_of(file: Path) -> set[str]:
    """The absolute names of everything a module imports, `safelight.` first for our own."""
    package = ["safelight", *file.relative_to(ROOT).parent.parts]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            found.add(".".join([*base, *([node.module] if node.module else [])]))
    return found


def modules(folder: str) -> list[Path]:
    return [file for file in (ROOT / folder).rglob("*.py") if "__pycache__" not in file.parts]


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_package_imports_only_from_those_below_it(folder: str) -> None:
    files = modules(folder)
    assert files
    for file in files:
        for name in imports_of(file):
            parts = name.split(".")
            if parts[0] == "safelight" and len(parts) > 1:
                assert parts[1] in ALLOWED[folder], f"{file.relative_to(ROOT)} imports {name}"


def test_the_simulator_never_imports_the_tools_of_the_suite() -> None:
    for folder in ("specs", "mockserver", "fixtures"):
        for file in modules(folder):
            wrong = {name.split(".")[0] for name in imports_of(file)} & NEVER_IN_THE_SIMULATOR
            assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


def test_imports_inside_the_packages_are_relative() -> None:
    for folder in ALLOWED:
        for file in modules(folder):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    assert (node.module or "").split(".")[0] != "safelight", file.relative_to(ROOT)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("safelight.mockserver.server", {"PIL", "rich", "jsonschema", "yaml", "time_machine", *NEVER_IN_THE_SIMULATOR}),
        ("safelight.conformance.cli", {"aiohttp", "PIL", "rich", "jsonschema_rs", *NEVER_IN_THE_SIMULATOR}),
        ("safelight.conformance.plugin", {"aiohttp", "PIL", "rich", "jsonschema_rs", "time_machine", "orjson"}),
    ],
)
def test_heavy_imports_wait_until_they_are_used(module: str, heavy: set[str]) -> None:
    code = f"import {module}, sys; print(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy & set(done.stdout.split()) == set()
