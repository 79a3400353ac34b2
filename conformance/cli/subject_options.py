"""How commands name the client under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .errors import BadInput

if TYPE_CHECKING:
    from ..subjects.base import Subject

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--factory", metavar="PKG.MOD:NAME", help="A Python factory of clients, on virtual time."),
    click.option("--command", metavar="COMMAND", help='An adapter that speaks JSON lines, such as "node adapter.mjs".'),
    click.option("--exec", "exec_", metavar="COMMAND", help='A command per call, such as "./generate.sh {prompt}".'),
    click.option("--clock", default="virtual", show_default=True, metavar="CLOCK",
                 help="For --command and --exec: virtual (the adapter sleeps through us), faketime:20, or real."),
)  # fmt: skip


def subject_options(command: F) -> F:
    """The options by which a command takes a client."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def subject_from(options: Mapping[str, Any]) -> Subject:
    """The subject that the options name. Raises BadInput and SubjectError."""
    given = [name for name in ("factory", "command", "exec_") if options.get(name)]
    if len(given) != 1:
        raise BadInput("name the client by exactly one of --factory, --command and --exec.")
    if given == ["factory"]:
        from ..subjects.python import FactorySubject

        if options["clock"] != "virtual":
            raise BadInput("--clock is for --command and --exec; a factory always lives on virtual time.")
        return FactorySubject.load(options["factory"])
    if given == ["command"]:
        from ..subjects.process import ProcessSubject

        return ProcessSubject(options["command"], clock=options["clock"])
    from ..subjects.command import CommandSubject

    return CommandSubject(options["exec_"], clock=options["clock"])


def gateway_from(path: Path) -> Subject:
    """The gateway that a file describes. Raises SubjectError."""
    from ..gateway import gateway_subject
    from ..gateway.file import read_gateway

    return gateway_subject(read_gateway(path))


def subject_described(row: Mapping[str, str]) -> Subject:
    """The subject that a report describes. Raises BadInput and SubjectError."""
    if "gateway" in row:
        return gateway_from(Path(row["gateway"]))
    return subject_from({"clock": "virtual", **row, "exec_": row.get("exec")})
