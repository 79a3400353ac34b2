"""How one call to a client ended, in words that are the same for every kind of subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Kind = Literal["result", "error", "unsupported", "cancelled", "hung"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """One image that a client gave back, as a URL or as bytes; both where it is a gateway's and lay at that URL."""

    url: str | None = None
    data: bytes | None = None
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One request to a gateway and what came back, for the scenario's call of that number.

    `role` is `submit`, `poll`, `fetch` (of an image, without any key) or `models`. Times are virtual seconds since the
    start of the scenario. `status` is 0 where no answer came, and `problem` says why. `sent` is the body of the
    request, `key` whose key went along.
    """

    call: int
    role: str
    method: str
    url: str
    at: float
    until: float
    key: str = "none"
    sent: bytes = b""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: str = ""

    @property
    def json(self) -> Any:
        """The answer's JSON; None where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def ok(self) -> bool:
        """Whether it was answered with a success."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. `started` and `ended` are virtual seconds since the start of the scenario.

    For a result there are `images` and what goes with them, for an error its `category` and the rest; `category` is
    None for an exception that has none, whose type is `exception`. `unsupported` is an error of that category.
    `hung` calls did not end by themselves. `told` is every text that the caller sees, where keys must not appear.
    `garbled` says what is wrong with something that was given back and is no result; its call ended in an error
    without a category. `listing` is what a call of `list` gave, `conversation` what a next call is given to go on from
    here.
    """

    kind: Kind
    started: float = 0.0
    ended: float = 0.0
    images: tuple[Delivered, ...] = ()
    task_id: str | None = None
    expires_at: float | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    category: str | None = None
    code: str | int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    exception: str = ""
    message: str = ""
    told: str = ""
    garbled: str = ""
    listing: Any = None
    conversation: Any = None
    status: int | None = None  # of HTTP, where an error tells it

    @property
    def seconds(self) -> float:
        """Virtual seconds from start to end."""
        return self.ended - self.started

    @property
    def refused(self) -> bool:
        """Whether the client told its caller, in any typed way, that it would not or could not do this."""
        return self.kind == "unsupported" or (self.kind == "error" and self.category == "invalid")

    def described(self) -> str:
        """In a few words, for reports."""
        if self.kind == "result":
            return f"a result with {len(self.images)} image{'' if len(self.images) == 1 else 's'}"
        if self.garbled:
            return f"something that is no result: {self.garbled}"
        if self.kind in ("error", "unsupported"):
            code = f", code {self.code}" if self.code is not None else ""
            word = f"an error of category {self.category}{code}" if self.category else f"a bare {self.exception}"
            return f"{word}: {self.message}" if self.message else word
        return "cancelled" if self.kind == "cancelled" else "no end"
