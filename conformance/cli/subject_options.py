"""How commands name the client under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    if given == ["factory"] and options["clock"] != "virtual":
        raise BadInput("--clock is for --command and --exec; a factory always lives on virtual time.")
    from ..suite.described import subject_described

    return subject_described({given[0].strip("_"): options[given[0]], "clock": options["clock"]})
