"""Nothing heavy is imported before a report needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"jinja2", "rich", "jsonschema", "hypothesis", "aiohttp"}


@pytest.mark.parametrize("module", ["save", "jsonfile", "junit", "sarif", "badge", "html", "words", "transcript"])
def test_heavy_imports_wait(module: str) -> None:
    code = f"import safelight.conformance.reports.{module}, sys; print(*(n for n in sys.modules if '.' not in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()
