"""The face of every subject: it is started once, opens a session per scenario, and takes calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from ..client import Capabilities, GenerateRequest
from ..engine.outcome import Heard, Outcome
from ..scenarios.model import Manner, Operation

if TYPE_CHECKING:
    from ..engine.stage import Stage

EXACT_TIME: Final = "exact-time"  # the client's sleeps are the simulator's to the millisecond
SOCKET_TIMEOUTS: Final = "socket-timeouts"  # its waits for a socket are in the simulator's time, too
SAME_PROCESS: Final = "same-process"  # its event loop, its log and its sockets can be looked at
LONG_LIVED: Final = "long-lived"  # one client takes several calls
NEW_ADDRESS: Final = "new-address"  # it is told in each scenario where the providers are
CONDITIONS: Final = frozenset({EXACT_TIME, SOCKET_TIMEOUTS, SAME_PROCESS, LONG_LIVED, NEW_ADDRESS})


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a provider is, and the key for it."""

    base_url: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a gateway says of itself, which checks hold it to.

    Args:
        deadline: Seconds within which it answers whatever happens upstream.
        idempotency: The name of the header by which it knows repetitions of one request.
        failover: The providers that it tries one after another, where the choice is its own.
        tenants: Whether callers with different keys are kept apart.
        fetches_references: Whether it fetches references by itself, from `references` or from anywhere public.
        references: Origins that it may fetch references from, although they are on this machine.
        keys: Whose keys there are, by `own` and `other`.
        openapi: The text of its OpenAPI file.
        models: What to ask it for, by provider, and by `any` where the choice is its own.
    """

    deadline: float | None = None
    idempotency: str | None = None
    failover: tuple[str, ...] = ()
    tenants: bool = False
    fetches_references: bool = False
    references: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    openapi: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)


NO_CLAIMS: Final = Claims()


@dataclass(frozen=True, slots=True)
class Address:
    """Where a gateway that cannot be told looks for the simulator, and the keys that it has, by provider."""

    port: int
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a client is made with; `deadline` in seconds, None for its own.

    Gateways get every provider, in `upstreams`, and the origin of the `pictures` that are references.
    """

    provider: str
    base_url: str
    api_key: str
    deadline: float | None = None
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    pictures: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: a request to generate, a listing of the jobs of `model`, or the picking up of a job by `task_id`.

    `number` is that of the call in its scenario, `manner` how a gateway is to be asked.
    """

    op: Operation = "generate"
    request: GenerateRequest | None = None
    task_id: str | None = None
    model: str | None = None
    number: int = 0
    manner: Manner = field(default_factory=Manner)


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

    def heard(self) -> tuple[Heard, ...]:
        """The requests to a gateway and their answers, in order of their beginnings; nothing for clients."""


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

    @property
    def claims(self) -> Claims:
        """What a gateway says of itself; nothing for clients."""

    @property
    def lasting(self) -> bool:
        """Whether it keeps one set of keys for its life, so that scenarios share a tenant."""

    @property
    def address(self) -> Address | None:
        """Where the simulator has to be, for a lasting subject that cannot be told; None for anywhere."""

    def settle(self, opening: Opening) -> None:
        """What holds for the life of a lasting subject, before it is started."""

    async def start(self) -> None:
        """Get ready, in real time; `capabilities` are known afterwards. Raises SubjectError."""

    async def open(self, opening: Opening, stage: Stage) -> Session:
        """A client for one scenario, on the stage of which virtual time is on. Raises SubjectError."""

    async def stop(self) -> None:
        """End whatever was started; nothing is left running."""


class ClientSubject:
    """What is the same of every subject that is a client and no gateway."""

    claims: Claims = NO_CLAIMS
    lasting = False
    address: Address | None = None

    def settle(self, opening: Opening) -> None:
        """A client gets all it needs when it is opened."""
