"""What a client gives back when it went well."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Image:
    """One image: where it is, or its bytes; `mime` as far as the client knows it."""

    url: str | None = None
    data: bytes | None = None
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The images in order, and what else the client tells of them.

    `expires_at` is when their URLs lapse (unix seconds, or an aware datetime), `usage` the provider's counts,
    `conversation` whatever the client wants to be given as `previous` to go on from here.
    """

    images: tuple[Image, ...]
    task_id: str | None = None
    expires_at: float | datetime | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    conversation: Any = None
