"""Gateways under test: how they are described, run, and asked for images."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..subjects.base import Subject
    from .file import GatewayFile


def gateway_subject(file: GatewayFile) -> Subject:
    """The subject that a file describes. Raises SubjectError."""
    if file.app is not None:
        from .app import AppSubject

        return AppSubject(file)
    if file.start is not None:
        from .process import StartedGateway

        return StartedGateway(file, file.start)
    from .url import RunningGateway

    return RunningGateway(file, file.url or "")
