"""Two ways from the client to the control API: over HTTP, and straight into a simulator of this process.

    ControlError
    ├── SimulatorUnreachable    nobody answers at the address, or not in time
    ├── ControlRefused          the simulator says no, with an HTTP status and its sentence
    └── UnexpectedAnswer        whoever answers is no Safelight, or one of another version

Each carries one sentence for people as its message.
"""

import asyncio
import concurrent.futures
import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from . import PREFIX

if TYPE_CHECKING:
    from .api import ControlApi

_GLANCE = 0.05  # real seconds between two looks at a loop that does not answer


class ControlError(Exception):
    """Steering a simulator failed."""


class SimulatorUnreachable(ControlError):
    """Nobody answers at the address."""


class ControlRefused(ControlError):
    """The simulator refuses; the message is its sentence, `status` the HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


class UnexpectedAnswer(ControlError):
    """The answer is none of the control API's."""


class Transport(Protocol):
    """Carries one request to the control API and its answer back."""

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        """Status and JSON value. `path` is below `/__safelight__`, `data` the JSON body or None."""


class HttpTransport:
    """Talks to a simulator at an address such as `http://127.0.0.1:4010`; `timeout` in real seconds.

    Each call has a connection of its own, so that threads may share a transport. Proxies of the environment
    are not used. ValueError for an address that is no http(s) URL.
    """

    def __init__(self, base_url: str, token: str | None = None, *, timeout: float = 10.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"A simulator's address looks like http://127.0.0.1:4010, not {base_url!r}.")
        self._base_url = base_url.rstrip("/")
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._address = (parts.hostname, parts.port)
        self._root = parts.path.rstrip("/") + PREFIX
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        """Status and JSON value. Raises SimulatorUnreachable and UnexpectedAnswer."""
        target = self._root + path + (f"?{urlencode(query)}" if query else "")
        body = None if data is None else json.dumps(data).encode()
        status, content = self._exchange(method, target, body)
        try:
            return status, json.loads(content) if content else None
        except ValueError:
            raise UnexpectedAnswer(
                f"{self._base_url} answers {method} {target} with status {status} and no JSON: is it a Safelight?"
            ) from None

    def _exchange(self, method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
        host, port = self._address
        connection = self._connect(host, port, timeout=self._timeout)
        try:
            connection.request(method, target, body, {"Content-Type": "application/json", **self._headers})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            reason = f"no answer within {self._timeout:g} s" if isinstance(error, TimeoutError) else str(error)
            raise SimulatorUnreachable(
                f"No simulator answers at {self._base_url} ({reason}); start one with `safelight serve`."
            ) from error
        finally:
            connection.close()


class InProcessTransport:
    """Calls a simulator that lives on an event loop of this process, from any thread.

    A call from the loop's own thread, or while the loop does not run, is made at once; one from another thread
    is done by the loop while the caller waits.
    """

    def __init__(self, api: "ControlApi", loop: asyncio.AbstractEventLoop) -> None:
        self._api = api
        self._loop = loop

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        """Status and JSON value."""
        data = json.loads(json.dumps(data))  # as over HTTP: nothing is shared, and nothing passes that JSON can't say
        if self._loop.is_running() and not _runs_here(self._loop):
            return self._hand_over(method, path, query, data)
        return self._api.call(method, path, query, data)

    def _hand_over(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        answer: concurrent.futures.Future[tuple[int, Any]] = concurrent.futures.Future()

        def work() -> None:
            if answer.set_running_or_notify_cancel():
                answer.set_result(self._api.call(method, path, query, data))

        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # the loop was closed in between
            return self._api.call(method, path, query, data)
        while True:
            try:
                return answer.result(_GLANCE)
            except concurrent.futures.TimeoutError:
                # A loop that was stopped in between will not get to it, but might if it is started again.
                if not self._loop.is_running() and answer.cancel():
                    return self._api.call(method, path, query, data)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def segment(text: str) -> str:
    """The text as one segment of a path."""
    return quote(text, safe="")
