"""Parsed and verified files kept as JSON in the user's cache directory, because reading YAML is slow.

Nothing depends on it: an entry that is missing or damaged, or a directory that cannot be used, is no error.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson


def directory() -> Path | None:
    """`safelight/specs` in XDG_CACHE_HOME or ~/.cache; None where there is no home."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    except RuntimeError:
        return None
    return base / "safelight" / "specs" if base.is_absolute() else None


def read(key: str) -> Any:
    """The data stored under the key, or None."""
    folder = directory()
    if folder is None:
        return None
    try:
        return orjson.loads((folder / f"{key}.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None


def write(key: str, data: Any) -> None:
    """Store the data so that a reader sees all of it or nothing."""
    folder = directory()
    if folder is None:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{key}.{os.getpid()}-{threading.get_ident()}.tmp"
        try:
            draft.write_bytes(orjson.dumps(data))
            draft.replace(folder / f"{key}.json")
        finally:
            draft.unlink(missing_ok=True)


def read_yaml(file: Path) -> Any:
    """The data of one of our own YAML files, parsed when its content has not been seen before."""
    content = file.read_bytes()
    key = f"{file.stem}-{blake2b(content, digest_size=20).hexdigest()}"
    data = read(key)
    if data is None:
        import yaml  # slow, and needed only for a file not seen before

        data = yaml.safe_load(content)
        write(key, data)
    return data
