"""A toy provider to break, and a cache directory of the test's own."""

from pathlib import Path
from shutil import copytree

import pytest

TOY = Path(__file__).parent / "toy"


@pytest.fixture(autouse=True)
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A copy of the folder of the toy provider."""
    return copytree(TOY, tmp_path / "toy")


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with the document that the toy provider's rules cite."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "toy.txt").write_bytes(b"Give a prompt.\nSay please,\nalways.\n")
    return folder
