"""Find, read and keep the specifications of providers.

The files are YAML with schemas of their own (`schemas/`). Reading and checking them is slow, so the outcome
is kept by content (`cache`): a start with unchanged files parses JSON and imports no yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache as once_per_process
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from . import cache
from .behaviour import build_behaviour
from .errors import InvalidSpec, UnknownProvider
from .model import Citation, Rule, Spec
from .openapi import build_operations

PROVIDERS = ("reapi", "threedai", "gmicloud", "tokaify", "onemin")
FILES = ("openapi.yaml", "behaviour.yaml", "rules.yaml")
CHECKS = ("checking.py", "complaints.py", "references.py", "schema_check.py", "yaml_source.py")
HOME = Path(__file__).parent
Data = Mapping[str, Any]


def provider_names() -> tuple[str, ...]:
    """The built-in providers, in their fixed order."""
    return PROVIDERS


@once_per_process
def load(provider: str) -> Spec:
    """The specification of a built-in provider, read once per process.

    Raises:
        UnknownProvider: There is no such provider; the message suggests the nearest name.
        InvalidSpec: One of its files is missing or broken.
    """
    if provider not in PROVIDERS:
        raise UnknownProvider(provider, PROVIDERS)
    return load_folder(HOME / provider)


def load_folder(folder: Path) -> Spec:
    """The specification of a provider of your own.

    Args:
        folder: Holds openapi.yaml, behaviour.yaml and rules.yaml.

    Raises:
        InvalidSpec: One of the files is missing or broken.
    """
    files = _Files(folder)
    core = files.core()
    behaviour = build_behaviour(core["behaviour"])
    return Spec(
        name=behaviour.provider,
        title=behaviour.title,
        openapi=core["openapi"],
        behaviour=behaviour,
        operations=build_operations(core["openapi"]),
        folder=folder,
        read_rules=lambda: _build_rules(files.rules()),
    )


class _Files:
    """The three files of a folder, parsed and checked the first time that their content is seen.

    Rules have a cache entry of their own, so that a start does not parse them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents = {name: _read(folder / name) for name in FILES}
        self._key = _digest(_checks_digest(), *self._contents.values())

    def core(self) -> Data:
        """The data of openapi.yaml and behaviour.yaml, by the names without suffix."""
        return self._cached(self._key) or self._parsed[0]

    def rules(self) -> Data:
        """The data of rules.yaml."""
        return self._cached(f"{self._key}-rules") or self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[Data, Data]:
        from .checking import read_and_check  # brings yaml

        openapi, behaviour, rules = read_and_check(self._folder, self._contents)
        core = {"openapi": openapi, "behaviour": behaviour}
        cache.write(f"{self._key}-rules", rules)
        cache.write(self._key, core)
        return core, rules

    @staticmethod
    def _cached(key: str) -> Data | None:
        data = cache.read(key)
        return data if isinstance(data, dict) else None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); the folder of a provider holds {', '.join(FILES)}"
        raise InvalidSpec(file, problem) from None


def _build_rules(data: Data) -> Mapping[str, Rule]:
    return {row["id"]: _rule(row, data["document"]) for row in data["rules"]}


def _rule(row: Data, document: str) -> Rule:
    return Rule(
        id=row["id"],
        level=row["level"],
        basis=row["basis"],
        statement=row["statement"],
        citations=tuple(_citation(cite, document) for cite in row.get("cites", ())),
        source=row.get("source"),
        note=row.get("note"),
    )


def _citation(row: Mapping[str, str], document: str) -> Citation:
    first, _, last = row["lines"].partition("-")
    return Citation(document, int(first), int(last or first), row["sha256"])


@once_per_process
def _checks_digest() -> bytes:
    """Of everything that decides whether a file is valid, so that an old verdict never outlives its check."""
    files = (*sorted(HOME.glob("schemas/*.yaml")), *(HOME / name for name in CHECKS))
    return _digest(*(file.read_bytes() for file in files)).encode()


def _digest(*parts: bytes) -> str:
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
