"""Answers before they are bytes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults.manner import Manner
    from .jobs import Job, State

JSON = "application/json"


@dataclass(slots=True)
class Reply:
    """An answer: HTTP status (0 for none), a JSON value or bytes, content type, further headers, how it travels."""

    status: int
    body: Any
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: "Manner | None" = None


@dataclass(slots=True)
class Deferred:
    """An answer that is given when a job has ended, for providers that hold the request open."""

    job: "Job"
    render: "Callable[[State], Awaitable[Reply]]"
