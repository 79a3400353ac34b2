"""A simulator under control, for the tests of the control API."""

import asyncio
import io
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import jsonschema

from safelight.mockserver.control import PREFIX
from safelight.mockserver.control.contract import contract
from safelight.mockserver.providers.base import load_providers
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.world import WorldSettings

PROMPT = {"model": "gemini-3-pro-image-preview", "prompt": "a lamp"}


class Rig:
    """A simulator of reapi on a manual clock, a client of it, and one tenant `t`."""

    def __init__(self, token: str | None = None) -> None:
        settings = ServerSettings(control_token=token, world=WorldSettings(rate=0))
        self.simulator = Simulator(settings, providers=load_providers(("reapi",)))
        self.runner = asyncio.Runner()
        self.token = token

    def __enter__(self) -> "Rig":
        self.runner.run(self._open())
        self.tenant = self.ask("POST", "/tenants", {"tag": "t"})[1]
        return self

    def __exit__(self, *exc: object) -> None:
        self.runner.run(self._close())
        self.runner.close()

    def send(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of any answer."""
        return self.runner.run(self._send(method, url, body, headers))

    def ask(self, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """Status and value of a control answer that keeps to its schema."""
        body = None if data is None else json.dumps(data).encode()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        status, _, content = self.send(method, f"{self.simulator.url}{PREFIX}{path}", body, headers)
        value = json.loads(content) if content else None
        hold_against_schema(method, path, status, value)
        return status, value

    def get(self, path: str) -> Any:
        """The value of a control answer that is no refusal."""
        status, value = self.ask("GET", path)
        assert status == 200, value
        return value

    def refusal(self, method: str, path: str, data: Any = None) -> tuple[int, str]:
        """Status and sentence of a refusal."""
        status, value = self.ask(method, path, data)
        assert status >= 400, value
        return status, value["error"]

    def reapi(self, method: str, path: str, data: Any = None, key: str | None = None) -> tuple[int, Any]:
        """Status and value of an answer of reapi to the tenant."""
        access = self.tenant["providers"]["reapi"]
        body = None if data is None else json.dumps(data).encode()
        headers = {"Authorization": f"Bearer {key or access['api_key']}", "Content-Type": "application/json"}
        status, _, content = self.send(method, f"{access['base_url']}/api/v1{path}", body, headers)
        return status, json.loads(content)

    def submit(self) -> str:
        """The public id of a new job."""
        status, task = self.reapi("POST", "/images/generations", PROMPT)
        assert status == 200, task
        return str(task["id"])

    async def _open(self) -> None:
        await self.simulator.start()
        self.session = aiohttp.ClientSession()

    async def _close(self) -> None:
        await self.session.close()
        await self.simulator.stop()

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        data = None if body is None else io.BytesIO(body)
        async with self.session.request(method, url, data=data, headers=headers) as response:
            return response.status, response.headers, await response.read()


def hold_against_schema(method: str, path: str, status: int, value: Any) -> None:
    operation, _ = contract().router.match(method, path.partition("?")[0])
    assert status in operation.responses, (status, value)
    schema = operation.responses[status]
    if schema is None:
        assert value is None
    else:
        jsonschema.Draft202012Validator(dict(schema)).validate(value)
