"""A gateway that runs already, somewhere; the simulator takes the place where it looks for its providers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, Literal

from ..subjects.base import LONG_LIVED
from ..subjects.errors import GatewayError
from ..subjects.realtime import RealTimer
from .capabilities import capabilities_of, conditions_of
from .fence import Fence
from .file import GatewayFile
from .outside import OutsideSession
from .ready import until_ready

if TYPE_CHECKING:
    from ..engine.stage import Stage
    from ..subjects.base import Opening

_PATIENCE: Final = 5.0  # real seconds for it to answer at all


class RunningGateway:
    """The gateway at the URL of a file, in real time."""

    clock: Literal["virtual", "real"] = "real"
    rate = 1.0
    lasting = True

    def __init__(self, file: GatewayFile, url: str) -> None:
        self.file = file
        self.claims = file.claims
        self.address = file.address
        self.capabilities = capabilities_of(file)
        self.conditions = frozenset({LONG_LIVED}) | conditions_of(file)
        self._url = url.rstrip("/")
        self._timer: RealTimer | None = None

    def wall(self) -> float:
        """As everybody's."""
        return time.time()

    def described(self) -> dict[str, str]:
        """How to name it again."""
        return {"kind": "gateway", "gateway": str(self.file.path)}

    def settle(self, opening: Opening) -> None:
        """It cannot be told."""

    async def start(self) -> None:
        """See whether it is there. Raises GatewayError."""
        self._broken: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._timer = RealTimer(asyncio.get_running_loop())
        problem = await until_ready(f"{self._url}/", _PATIENCE)
        if problem is not None:
            raise GatewayError(f"there is no gateway at {self._url}: {problem}.")

    async def open(self, opening: Opening, stage: Stage) -> OutsideSession:
        """A scenario with it."""
        assert self._timer is not None
        return OutsideSession(
            self.file, self._url, opening.provider, stage, str, fence=Fence(stage), broken=self._broken,
            timer=self._timer,
        )  # fmt: skip

    async def stop(self) -> None:
        """It goes on running."""
        if self._timer is not None:
            self._timer.close()
