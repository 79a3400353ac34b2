"""The simulator on a manual clock, and what every demonstration does on it: ask, wait, download, verify."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from ...fixtures.reading import Request
from ...mockserver.clock import Clock
from ...mockserver.images import DAMAGED, NotAnImage, describe, open_image, prompt_sha256
from ...mockserver.media import EXTENSIONS
from ...mockserver.server import Simulator
from ...mockserver.tenants import Tenant
from ...specs import Behaviour
from ...specs.model import Polling

PATIENCE = 3600.0  # virtual seconds after which a job counts as lost
UNDOCUMENTED_PAUSE = 5.0  # seconds between polls where the document gives no cadence

_GLANCE = 0.01  # real seconds between looks at a call that is still open

T = TypeVar("T")


class NotDelivered(Exception):
    """Why an example did not come to its images, in a few words."""


class Unwritable(Exception):
    """The folder for the images cannot be used; a sentence for people."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that was downloaded, verified and saved. Size in pixels."""

    file: Path
    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A started simulator, a connection to it, and the folder for the images."""

    simulator: Simulator
    session: aiohttp.ClientSession
    output: Path

    @property
    def tenant(self) -> Tenant:
        """The tenant that owns every job of the demonstration."""
        return self.simulator.world.default

    @property
    def clock(self) -> Clock:
        """The clock, which stands still until somebody here moves it."""
        return self.tenant.clock

    def behaviour(self, provider: str) -> Behaviour:
        """What is specified beside the OpenAPI file."""
        return self.simulator.world.specs[provider].behaviour

    def api_url(self, provider: str) -> str:
        """Where the provider's API is, without a trailing slash."""
        return self.simulator.world.api_url(self.tenant, provider)

    def key(self, provider: str) -> str:
        """A key that the provider accepts."""
        return self.simulator.world.ready_key(self.tenant, provider)

    async def send(self, provider: str, request: Request) -> Any:
        """The JSON that answers a documented request. Raises NotDelivered for an error status."""
        url = f"{self.api_url(provider)}{request.path}"
        json = {} if request.body is None else {"json": request.body}
        async with self.session.request(request.method, url, headers=request.headers, **json) as response:
            if response.status != 200:
                raise NotDelivered(f"HTTP {response.status} on {request.path}: {await response.text()}")
            return await response.json()

    async def download(self, url: str) -> bytes:
        """What lies at a result's URL. Raises NotDelivered for an error status."""
        async with self.session.get(url) as response:
            if response.status != 200:
                raise NotDelivered(f"HTTP {response.status} for the image {url}")
            return await response.read()

    async def while_time_passes(self, answer: Awaitable[T]) -> T:
        """What an open call brings; the clock goes on to the end of the job that the call waits for."""
        task = asyncio.ensure_future(answer)
        while not task.done():
            await asyncio.wait([task], timeout=_GLANCE)
            left = max((job.end()[0] for job in self.tenant.jobs), default=0.0) - self.clock.now()
            self.clock.advance(max(0.0, left))
        return task.result()

    def wait_until(self, instant: float) -> None:
        """Move the clock to `instant` (unix seconds), unless it is there already."""
        self.clock.advance(max(0.0, instant - self.clock.now()))

    def save(self, name: str, data: bytes, prompt: str, size: tuple[int, int]) -> Picture:
        """Verify an image and write it to `name` with its format's suffix. Raises NotDelivered or Unwritable."""
        form = _verify(data, prompt, size)
        file = self.output / f"{name}.{EXTENSIONS[form]}"
        with _writing(self.output):
            file.write_bytes(data)
        return Picture(file, form, *size)


def make_folder(output: Path) -> None:
    """Make the folder for the images and try it. Raises Unwritable."""
    probe = output / ".safelight"
    with _writing(output):
        output.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()


def poll_times(polling: Polling | None) -> Iterator[float]:
    """Seconds after the submit at which to poll: as seldom as the document recommends, up to our patience."""
    at = (polling.first_after if polling else None) or UNDOCUMENTED_PAUSE
    while at <= PATIENCE:
        yield at
        at += _pause(polling, at)


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Unwritable(f"The images cannot be written to {output}: {reason}; choose another --output.") from None


def _pause(polling: Polling | None, at: float) -> float:
    for band in polling.bands if polling else ():
        if band.until is None or at < band.until:
            return band.every[1]
    return UNDOCUMENTED_PAUSE


def _verify(data: bytes, prompt: str, size: tuple[int, int]) -> str:
    try:
        facts = describe(data)
        open_image(data).load()
    except (NotAnImage, *DAMAGED) as error:
        raise NotDelivered(f"what was downloaded is not an image: {error}") from None
    if (facts.width, facts.height) != size:
        raise NotDelivered(f"the image is {facts.width}×{facts.height}, not {size[0]}×{size[1]}")
    if facts.prompt_sha256 != prompt_sha256(prompt):
        raise NotDelivered("the image belongs to another prompt")
    return facts.format
