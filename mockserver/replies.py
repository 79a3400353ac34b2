"""Answers before they are bytes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .jobs import Job, State

JSON = "application/json"


@dataclass(slots=True)
class Reply:
    """An answer: HTTP status, a JSON value or bytes, content type, further headers."""

    status: int
    body: Any
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Deferred:
    """An answer that is given when a job has ended, for providers that hold the request open."""

    job: "Job"
    render: "Callable[[State], Awaitable[Reply]]"
