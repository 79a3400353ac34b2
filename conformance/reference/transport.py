"""HTTP over aiohttp: a request gets an answer, or one of two exceptions that say whether it may have been heard.

NoAnswer       the request may have been heard: nobody knows what came of it
└─ NotSent     it surely was not: there was no connection
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from math import isfinite
from typing import Any, Final

import aiohttp
from yarl import URL

NOT_JSON: Final = object()
CONNECT_SECONDS: Final = 15.0


class NoAnswer(Exception):
    """The connection broke, the answer stopped in the middle, or it did not come in time."""


class NotSent(NoAnswer):
    """There was nobody to send the request to."""


@dataclass(frozen=True)
class Answer:
    """What came back, with its whole body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the request was accepted."""
        return 200 <= self.status < 300

    @cached_property
    def json(self) -> Any:
        """The JSON value of the body, whatever its label says; NOT_JSON where it is none."""
        try:
            return json.loads(self.content)  # finds out by itself in which of Unicode's encodings it is
        except (ValueError, RecursionError):
            return NOT_JSON

    @property
    def retry_after(self) -> float | None:
        """Seconds for which the provider wants to be left alone. A date is taken by the provider's own clock."""
        told = self.headers.get("Retry-After", "")
        try:
            seconds = float(told)
        except ValueError:
            then, now = _date(told), _date(self.headers.get("Date", ""))
            if then is None:
                return None
            seconds = then.timestamp() - (now.timestamp() if now else time.time())
        return max(0.0, seconds) if isfinite(seconds) else None


class Transport:
    """Connections, opened when first needed and kept until `close`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        patience: float | None = None,
        redirects: bool = False,
    ) -> Answer:
        """The answer to one request; the URL is used as it is written.

        `patience` is how many seconds may pass without a byte; with None there is no limit. Raises NoAnswer.
        """
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=patience)
        address = _address(url)
        failure: NoAnswer
        try:
            async with self._open().request(
                method, address, headers=headers, data=content, timeout=limits, allow_redirects=redirects
            ) as response:
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            failure = NotSent(f"there was no connection ({type(error).__name__})")
        except TimeoutError:
            failure = NoAnswer(f"nothing came for {patience:g} s" if patience else "nothing came")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = NoAnswer(f"the connection broke ({type(error).__name__})")
        raise failure  # out here, so that it does not carry an exception that holds the headers and thus the key

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _address(url: str) -> URL:
    try:
        return URL(url, encoded=True)
    except ValueError:
        raise NotSent("the address is no URL") from None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
