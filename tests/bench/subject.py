"""The operation on which everything is compared: a text-to-image job of reapi, submitted and polled."""

import json
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice
from typing import Any

from .harness import SAFELIGHT, Load, Server, call, http

PROMPT = "neon-lit Tokyo street in the rain, cyberpunk, number {}"
SUBMIT_PATH = "/api/v1/images/generations"
POLL_PATH = "/api/v1/tasks/{}"

_numbers = count()


class Subject:
    """How a server is asked for jobs: Safelight, or one that answers the same paths."""

    def __init__(self, base_url: str, key: str = "rk_live_bench") -> None:
        self.base_url = base_url
        self.key = key

    @classmethod
    def of(cls, safelight: Server) -> "Subject":
        """The subject that a running Safelight serves."""
        reapi = safelight.facts["providers"]["reapi"]
        return cls(reapi["base_url"], reapi["api_key"])

    def submits(self, number: int, **changes: Any) -> list[bytes]:
        """Valid submits, each with a prompt of its own, but for the `changes`."""
        return [http("POST", self.base_url + SUBMIT_PATH, self.key, new_order() | changes) for _ in range(number)]

    def polls(self, number: int, ids: Sequence[str]) -> list[bytes]:
        """Polls of these jobs in turn."""
        return [http("GET", self.base_url + POLL_PATH.format(job), self.key) for job in islice(cycle(ids), number)]

    def make_jobs(self, load: Load, number: int) -> list[str]:
        """Submit jobs and return their ids."""
        return list(_ids(load, self.submits(number)))


def new_order() -> dict[str, Any]:
    """The body of a valid submit, never the same twice."""
    prompt = PROMPT.format(next(_numbers))
    return {"model": "gemini-3-pro-image-preview", "prompt": prompt, "size": "16:9", "resolution": "2K"}


def start_safelight(*options: str, **how: Any) -> Server:
    """A Safelight as people start it, with a fault in wait on an operation that nobody calls."""
    server = Server([*SAFELIGHT, *options], **how)
    fault = {"kind": "problem", "problem": "internal", "provider": "reapi", "operation": "get_balance"}
    call("POST", f"{server.facts['control_url']}/tenants/default/faults", fault)
    return server


def advance(server: Server, seconds: float) -> None:
    """Move a Safelight's clock."""
    call("PATCH", f"{server.facts['control_url']}/tenants/default/clock", {"advance": seconds})


def _ids(load: Load, requests: Sequence[bytes]) -> Iterator[str]:
    for status, body in load.exchange(requests):
        assert status == 200, f"a submit was answered {status}: {body!r}"
        yield json.loads(body)["id"]
