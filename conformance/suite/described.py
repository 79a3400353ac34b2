"""Subjects by their descriptions, as reports have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..subjects.base import Subject


def subject_described(row: Mapping[str, str]) -> Subject:
    """The subject that `Subject.described` tells of. Raises SubjectError."""
    clock = row.get("clock", "virtual")
    if "gateway" in row:
        from ..gateway import gateway_subject
        from ..gateway.file import read_gateway

        return gateway_subject(read_gateway(Path(row["gateway"])))
    if "factory" in row:
        from ..subjects.python import FactorySubject

        return FactorySubject.load(row["factory"])
    if "command" in row:
        from ..subjects.process import ProcessSubject

        return ProcessSubject(row["command"], clock=clock)
    from ..subjects.command import CommandSubject

    return CommandSubject(row["exec"], clock=clock)
