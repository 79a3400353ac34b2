"""HTTP clients of every sort, each as a function from a request to what came of it: a text, or a kind of failure."""

import http.client
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import httpx
import requests
import urllib3

Headers = dict[str, str]
Send = Callable[[str, float | None, Headers], str]  # url, read time-out in seconds, headers
AsyncSend = Callable[[str, float | None, Headers], Awaitable[str]]
Blocking = Callable[[], AbstractContextManager[Send]]
Asynchronous = Callable[[], AbstractAsyncContextManager[AsyncSend]]

_PATIENT = aiohttp.ClientTimeout(total=None)


@contextmanager
def requests_client() -> Iterator[Send]:
    """A `requests.Session`."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda url, timeout, headers: session.post(url, data=b"{}", timeout=timeout, headers=headers).text


@contextmanager
def httpx_client() -> Iterator[Send]:
    """A `httpx.Client`."""
    with httpx.Client(trust_env=False, verify=False) as client:
        yield lambda url, timeout, headers: client.post(url, content=b"{}", timeout=timeout, headers=headers).text


@contextmanager
def urllib3_client() -> Iterator[Send]:
    """A `urllib3.PoolManager`."""
    with urllib3.PoolManager(retries=False) as pool:

        def send(url: str, timeout: float | None, headers: Headers) -> str:
            return pool.request("POST", url, body=b"{}", timeout=timeout, headers=headers).data.decode()

        yield send


@contextmanager
def urllib_client() -> Iterator[Send]:
    """`urllib.request`, which opens a connection for each request."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send(url: str, timeout: float | None, headers: Headers) -> str:
        with opener.open(urllib.request.Request(url, b"{}", headers), timeout=timeout) as response:
            text: str = response.read().decode()
            return text

    yield send


@asynccontextmanager
async def aiohttp_client() -> AsyncIterator[AsyncSend]:
    """An `aiohttp.ClientSession`."""
    async with aiohttp.ClientSession(timeout=_PATIENT) as session:

        async def send(url: str, patience: float | None, headers: Headers) -> str:
            limits = aiohttp.ClientTimeout(total=None, sock_read=patience)
            async with session.post(url, data=b"{}", timeout=limits, headers=headers) as response:
                return await response.text()

        yield send


@asynccontextmanager
async def httpx_async_client() -> AsyncIterator[AsyncSend]:
    """A `httpx.AsyncClient`."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:

        async def send(url: str, patience: float | None, headers: Headers) -> str:
            return (await client.post(url, content=b"{}", timeout=patience, headers=headers)).text

        yield send


BLOCKING: dict[str, Blocking] = {
    "requests": requests_client,
    "httpx": httpx_client,
    "urllib3": urllib3_client,
    "urllib": urllib_client,
}
ASYNCHRONOUS: dict[str, Asynchronous] = {"aiohttp": aiohttp_client, "httpx": httpx_async_client}
FAILURES = (
    requests.RequestException,
    httpx.HTTPError,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    aiohttp.ClientError,
    OSError,
)


def failure(error: BaseException) -> str:
    """`timeout`, `refused` or `broken`, from what an error says or was caused by."""
    chain = list(_chain(error))
    if any(isinstance(each, TimeoutError) for each in chain):
        return "timeout"
    if any(isinstance(each, ConnectionRefusedError) for each in chain):
        return "refused"
    return "broken"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        reason: Any = getattr(error, "reason", None) or getattr(error, "os_error", None)
        if isinstance(reason, BaseException):
            yield reason
        error = error.__cause__ or error.__context__
