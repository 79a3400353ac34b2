"""A gateway in this process, on virtual time: a new application for each scenario."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from aiohttp import web

from ..subjects.base import CONDITIONS
from ..subjects.errors import AdapterError
from ..subjects.logs import Log
from ..subjects.python import load_factory, told_of
from .bridges import HANGS_UP, application_of
from .capabilities import capabilities_of, conditions_of
from .file import GatewayFile
from .session import GatewaySession

if TYPE_CHECKING:
    from ..engine.stage import Stage
    from ..subjects.base import Address, Opening

Make = Callable[[Mapping[str, str]], Any]

_CLOSING: Final = 1.0  # virtual seconds for requests that are under way when the scenario is over


class AppSubject:
    """A gateway that a factory makes of its environment."""

    clock: Literal["virtual", "real"] = "virtual"
    rate = 1.0
    lasting = False
    address: Address | None = None

    def __init__(self, file: GatewayFile, make: Make | None = None) -> None:
        """`make` stands in the place of the factory that the file names. Raises SubjectError."""
        self.file = file
        self.claims = file.claims
        self._make = make or load_factory(file.app or "")
        self.capabilities = capabilities_of(file)
        self.conditions = CONDITIONS | conditions_of(file)

    def wall(self) -> float:
        """As everybody's."""
        return time.time()

    def described(self) -> dict[str, str]:
        """How to name it again."""
        return {"kind": "gateway", "gateway": str(self.file.path)}

    def settle(self, opening: Opening) -> None:
        """Each scenario has a tenant of its own."""

    async def start(self) -> None:
        """There is nothing to start."""

    async def stop(self) -> None:
        """There is nothing to stop."""

    async def open(self, opening: Opening, stage: Stage) -> GatewaySession:
        """The gateway for one scenario. Raises AdapterError."""
        log = Log()
        log.attach()
        try:
            runner = await self._started(self.file.environment(opening))
        except BaseException:
            log.detach()
            raise
        port = int(runner.addresses[0][1])
        if stage.virtual is not None:
            stage.virtual.watch(port)

        async def end() -> None:
            try:
                await runner.cleanup()
            finally:
                log.detach()

        return GatewaySession(self.file, f"http://127.0.0.1:{port}", opening.provider, stage, log.text, end)

    async def _started(self, environment: Mapping[str, str]) -> web.AppRunner:
        try:
            made = self._make(environment)
            application = application_of(await made if inspect.isawaitable(made) else made)
        except AdapterError:
            raise
        except Exception as error:
            raise AdapterError(f"the factory {self.file.app} failed: {told_of(error)}.") from None
        runner = web.AppRunner(
            application, shutdown_timeout=_CLOSING, access_log=None,
            handler_cancellation=application.get(HANGS_UP, False),
        )  # fmt: skip
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        except Exception as error:
            await runner.cleanup()
            raise AdapterError(f"the gateway of {self.file.app} does not start: {told_of(error)}.") from None
        return runner
