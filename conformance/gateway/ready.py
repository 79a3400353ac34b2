"""Knowing in real time when a gateway is ready: it answers a path with anything but an error of its own."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp

BROKEN: Final = 500  # the status from which an answer says that it is not ready

_PAUSE: Final = 0.05  # real seconds between two questions
_EACH: Final = 5.0  # real seconds for one answer


async def until_ready(url: str, within: float) -> str | None:
    """Ask for this URL until it is answered. What stood in the way after so many seconds; None if it is ready."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        while True:
            problem = await _ask(http, url, min(_EACH, max(_PAUSE, ends - loop.time())))
            if problem is None or loop.time() >= ends:
                return problem
            await asyncio.sleep(_PAUSE)


async def _ask(http: aiohttp.ClientSession, url: str, seconds: float) -> str | None:
    try:
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with http.get(url, allow_redirects=False, timeout=timeout) as answer:
            return None if answer.status < BROKEN else f"it answers with {answer.status}"
    except aiohttp.ClientConnectorError:
        return "nobody listens there"
    except TimeoutError:
        return "it takes the connection and does not answer"
    except aiohttp.ServerDisconnectedError:
        return "it closes the connection without an answer"
    except aiohttp.ClientResponseError as error:
        return f"what it answers is no HTTP ({' '.join(error.message.split())})"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return str(error) or type(error).__name__
