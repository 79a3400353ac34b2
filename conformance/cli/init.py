"""`safelight init`: files to start from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from .errors import BadInput

_ADAPTERS: Final = Path(__file__).parents[1] / "adapters"
_GATEWAY: Final = "gateway.yaml"
_OWN_IMPORT = re.compile(r"^from \.\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Starter:
    """A file to start from, what it is called by default, how it is checked, and the files that it needs beside it."""

    source: str
    name: str
    command: str
    beside: tuple[str, ...] = ()


STARTERS: Final[Mapping[str, Starter]] = {
    "python": Starter("template.py", "safelight_client.py", "--factory {stem}:make"),
    "node": Starter("node.mjs", "safelight_client.mjs", '--command "node {path}"', ("node_client.mjs",)),
    "bash": Starter("curl.sh", "safelight_client.sh", '--exec "bash {path} {{op}}"'),
}


@click.group()
def init() -> None:
    """Write a file to start from."""


@init.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--language", type=click.Choice(list(STARTERS)), default="python", show_default=True,
              help="What the client is written in; node fits any language that can read and write lines.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def client(path: Path | None, language: str, force: bool) -> None:
    """Write an adapter for your client to PATH, a file or a folder; the working directory if left out.

    It works as it stands: run the command that is printed, then put your client in the place of ours.
    """
    starter = STARTERS[language]
    target = _target(path, starter)
    files = {target: _ADAPTERS / starter.source}
    files |= {target.parent / name: _ADAPTERS / name for name in starter.beside}
    _check_free(files, force)
    for file, source in files.items():
        _write(file, _as_theirs(source))
        click.echo(f"{file} is there.")
    command = starter.command.format(path=target, stem=target.stem)
    click.echo(f"Now run:\n\n    {_change_to(target, language)}safelight check client {command}\n")


@init.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--schema", is_flag=True, help="Write the JSON Schema beside it, which editors complete and check it by.")
def gateway(path: Path | None, schema: bool) -> None:
    """Write a file that describes your gateway to PATH, a file or a folder; the working directory if left out.

    It works as it stands: run the command that is printed, then put your gateway in the place of ours.
    """
    target = path or Path(_GATEWAY)
    target = target / _GATEWAY if target.is_dir() else target
    if target.suffix not in (".yaml", ".yml"):
        raise BadInput(f"{target} is no good name for this file; take one such as {_GATEWAY}.")
    texts = {target: (_ADAPTERS / _GATEWAY).read_text("utf-8")}
    if schema:
        beside = target.with_suffix(".schema.json")
        texts[target] = f"# yaml-language-server: $schema={beside.name}\n{texts[target]}"
        texts[beside] = _gateway_schema()
    _check_free(texts)
    for file, text in texts.items():
        _write(file, text)
        click.echo(f"{file} is there.")
    click.echo(f"Now run:\n\n    safelight check gateway {target}\n")


def _gateway_schema() -> str:
    import json

    import yaml

    from ..gateway.file import SCHEMA

    return json.dumps(yaml.safe_load(SCHEMA.read_text("utf-8")), indent=2) + "\n"


def _target(path: Path | None, starter: Starter) -> Path:
    if path is None:
        return Path(starter.name)
    if path.is_dir():
        return path / starter.name
    suffix = Path(starter.name).suffix
    if path.suffix != suffix or (suffix == ".py" and not path.stem.isidentifier()):
        raise BadInput(f"{path} is no good name for this file; take one such as {starter.name}.")
    return path


def _check_free(files: Iterable[Path], force: bool | None = None) -> None:
    """Raise BadInput where a file cannot be written, or is there already and may not be overwritten by `force`."""
    for file in files:
        if file.exists() and not force:
            way = "take another PATH" if force is None else "--force overwrites it, another PATH leaves it as it is"
            raise BadInput(f"{file} exists already; {way}.")
        if not file.parent.is_dir():
            raise BadInput(f"there is no folder {file.parent} to write {file.name} into.")


def _as_theirs(source: Path) -> str:
    """A file of ours as it stands outside of the package."""
    text = source.read_text("utf-8")
    return _OWN_IMPORT.sub("from safelight.conformance.", text) if source.suffix == ".py" else text


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {(error.strerror or str(error)).lower()}.") from None


def _change_to(target: Path, language: str) -> str:
    """How to get where a module is found by its name."""
    elsewhere = language == "python" and target.parent != Path()
    return f"cd {target.parent} && " if elsewhere else ""
