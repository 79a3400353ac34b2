"""The face of every subject: it is started once, opens a session per scenario, and takes calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from ..client import Capabilities, GenerateRequest
from ..engine.outcome import Outcome
from ..scenarios.model import Operation

if TYPE_CHECKING:
    from ..engine.stage import Stage

EXACT_TIME: Final = "exact-time"  # the client's sleeps are the simulator's to the millisecond
SOCKET_TIMEOUTS: Final = "socket-timeouts"  # its waits for a socket are in the simulator's time, too
SAME_PROCESS: Final = "same-process"  # its event loop, its log and its sockets can be looked at
LONG_LIVED: Final = "long-lived"  # one client takes several calls
CONDITIONS: Final = frozenset({EXACT_TIME, SOCKET_TIMEOUTS, SAME_PROCESS, LONG_LIVED})


@dataclass(frozen=True, slots=True)
class Opening:
    """What a client is made with; `deadline` in seconds, None for its own."""

    provider: str
    base_url: str
    api_key: str
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: a request to generate, a listing of the jobs of `model`, or the picking up of a job by `task_id`."""

    op: Operation = "generate"
    request: GenerateRequest | None = None
    task_id: str | None = None
    model: str | None = None


class Session(Protocol):
    """One client, for one scenario."""

    async def call(self, ask: Ask) -> Outcome:
        """Make a call and wait for its end. Cancelling this coroutine cancels the call.

        Times of the outcome are left to the engine. Raises SubjectError; whatever the client itself raises is an
        outcome.
        """

    async def close(self) -> None:
        """Be done with the client. Raises SubjectError."""

    def logged(self) -> str:
        """What the client wrote to its log or its error output since the session was opened."""


class Subject(Protocol):
    """A client under test, however it is run."""

    @property
    def capabilities(self) -> Capabilities:
        """What the client can do; known once it has been started."""

    @property
    def conditions(self) -> frozenset[str]:
        """What the way it is run makes possible."""

    @property
    def clock(self) -> Literal["virtual", "real"]:
        """Whose time the client lives in: the harness's, or its own."""

    @property
    def rate(self) -> float:
        """The client's seconds per real second, where its clock is its own."""

    def wall(self) -> float:
        """Unix time in seconds by the client's own clock."""

    def described(self) -> dict[str, str]:
        """Its kind and how to name it again, for reports and `replay`: `{"kind": "factory", "factory": "pkg:make"}`."""

    async def start(self) -> None:
        """Get ready, in real time; `capabilities` are known afterwards. Raises SubjectError."""

    async def open(self, opening: Opening, stage: Stage) -> Session:
        """A client for one scenario, on the stage of which virtual time is on. Raises SubjectError."""

    async def stop(self) -> None:
        """End whatever was started; nothing is left running."""
