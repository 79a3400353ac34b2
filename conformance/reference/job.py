"""One call, from its start to its end."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any


@dataclass(eq=False)
class Job:
    """What is known of one call while it goes on.

    `id` is empty until it is known, `body` is what was sent. `in_flight` is set from the submit until its answer.
    `submitted` is when that came (the loop's seconds), the job was not yet done at `unfinished` (unix seconds).
    """

    id: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    in_flight: bool = False
    submitted: float = -inf
    unfinished: float | None = None
    stopped: bool = False
    limit: asyncio.Timeout | None = None

    @property
    def seconds_left(self) -> float:
        """Until the deadline."""
        ends = self.limit.when() if self.limit else None
        return inf if ends is None else ends - asyncio.get_running_loop().time()

    @property
    def age(self) -> float:
        """Seconds since the submit; infinite for a job that somebody else submitted."""
        return asyncio.get_running_loop().time() - self.submitted
