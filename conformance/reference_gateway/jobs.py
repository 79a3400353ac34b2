"""Every request for images is a job, whether its caller waits for it or comes back later."""

import asyncio
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from secrets import token_hex, token_urlsafe
from typing import Final, Literal

from aiohttp import web

from .errors import GatewayError
from .wishes import Wish

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]

KEPT: Final = 86_400.0  # seconds for which jobs are kept, and bytes hosted, where no provider promises more

EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of an image that the gateway holds itself, and the name to fetch it by, which nobody guesses."""

    data: bytes = field(repr=False)
    mime: str
    name: str

    @classmethod
    def of(cls, data: bytes, mime: str | None) -> "File":
        """A new file; what is no usual image gets a type that browsers don't show."""
        known = mime if mime in EXTENSIONS else "application/octet-stream"
        return cls(data, known, f"{token_urlsafe(24)}.{EXTENSIONS.get(known, 'bin')}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a job: URLs of the provider's, byte for byte, or files; and what is missing of it."""

    provider: str
    images: tuple[str | File, ...]
    expires_at: float | None = None
    errors: tuple[GatewayError, ...] = ()


@dataclass(eq=False)
class Job:
    """One wish of a tenant. `limit` is when it is over at the latest (the loop's seconds), `created` unix seconds.

    `callers` wait for it; a `detached` one goes on without any.
    """

    tenant: str
    wish: Wish
    providers: tuple[str, ...]
    limit: float
    request_id: str
    detached: bool = False
    id: str = field(default_factory=lambda: f"job_{token_hex(16)}")
    created: float = field(default_factory=time.time)
    status: Status = "queued"
    delivery: Delivery | None = None
    error: GatewayError | None = None
    callers: list[web.Request] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing about it will change any more."""
        return self.status not in ("queued", "running")

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for it."""
        return self.detached or any(_is_there(caller) for caller in self.callers)

    @property
    def kept_until(self) -> float:
        """Unix seconds until which it may be asked for."""
        promised = self.delivery.expires_at if self.delivery else None
        return max(self.created + KEPT, promised or 0.0)

    def end(self, status: Status, *, delivery: Delivery | None = None, error: GatewayError | None = None) -> None:
        """Be over. The first end is final."""
        if not self.over:
            self.status, self.delivery, self.error = status, delivery, error


def _is_there(caller: web.Request) -> bool:
    return caller.transport is not None and not caller.transport.is_closing()


current_job: ContextVar[Job] = ContextVar("current_job")  # the one that the running task works for
