"""Clients with one thing wrong with them or with the way they are offered; factories for the command line."""

import asyncio
import time
from typing import Any

from safelight.conformance.client import Capabilities, ClientError, GenerateRequest, Image, Result
from safelight.conformance.reference import ReapiClient, factory_of, make
from safelight.conformance.reference.failures import Complaint


class Codeless(ReapiClient):
    """Drops the code of a failed job."""

    def reason_of(self, body: Any) -> Complaint:
        return super().reason_of(body)._replace(code=None)


class Hasty(ReapiClient):
    """Polls ten seconds after the submit for the first time, which the document only advises against."""

    first_wait = 10.0


codeless = factory_of({"reapi": Codeless}, "codeless")
hasty = factory_of({"reapi": Hasty}, "hasty")
right = make
not_callable = 7


class _Adapter:
    def __init__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> None:
        self.provider = provider


class Spinning(_Adapter):
    """Computes for ever."""

    async def generate(self, request: GenerateRequest) -> Result:
        while True:
            pass


class Blocked(_Adapter):
    """Waits in a thread for something that never comes, in real time."""

    def generate(self, request: GenerateRequest) -> Result:
        from safelight.conformance.virtual.waits import closed_gate

        closed_gate().acquire()
        raise AssertionError


class Patient(_Adapter):
    """Waits for ever in virtual time, without asking anybody for anything."""

    async def generate(self, request: GenerateRequest) -> Result:
        await asyncio.Event().wait()
        raise AssertionError


class Offline(_Adapter):
    """Never asks the provider."""

    async def generate(self, request: GenerateRequest) -> Result:
        return Result((Image(url="https://example.com/1.png"),))


class Refusing(_Adapter):
    """Supports nothing."""

    async def generate(self, request: GenerateRequest) -> Result:
        raise ClientError("not here", category="unsupported")


class Methodless(_Adapter):
    """Has no generate()."""


class Sleepy(_Adapter):
    """A blocking client that sleeps an hour of virtual time and then gives up."""

    def generate(self, request: GenerateRequest) -> Result:
        time.sleep(3_600)
        raise ClientError("too long", category="timeout")


def mistyped(**options: Any) -> _Adapter:
    """Its capabilities have a feature that nobody knows."""
    return Patient(**options)


mistyped.capabilities = {"features": ["ratios"]}  # type: ignore[attr-defined]


def failing(**options: Any) -> _Adapter:
    """Cannot make a client."""
    raise RuntimeError("no such database")


class OnlyReapi(ReapiClient):
    """Takes one provider, and says so by refusing the others."""


def partial(*, provider: str, **options: Any) -> Any:
    """Refuses every provider but reAPI."""
    if provider != "reapi":
        raise ClientError(f"{provider} is not supported", category="unsupported")
    return OnlyReapi(**options)


partial.capabilities = Capabilities("partial", features=frozenset({"ratio"}))  # type: ignore[attr-defined]
