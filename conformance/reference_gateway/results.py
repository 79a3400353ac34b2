"""From what providers deliver to what callers are handed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ..client import Image, Result
from ..reference.references import image_type
from ..reference.transport import NoAnswer, Transport
from .errors import GatewayError
from .jobs import KEPT, File, Job
from .settings import Settings
from .upstream import Upstream

PATIENCE: Final = 30.0  # seconds without a byte
TRIES: Final = 3
MEDIA_PAUSE: Final = 2.0  # seconds


class Results(Upstream):
    """Images by URL or as bytes, and how long they last."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.media = Transport()

    async def close_connections(self) -> None:
        """Those to stores of images as well."""
        await super().close_connections()
        await self.media.close()

    def expiry(self, job: Job, results: Sequence[Result], files: Sequence[File]) -> float | None:
        """When the first of the images lapses (unix seconds); None where nobody says that it does."""
        if job.wish.response_format == "b64_json":
            return None
        told = [each.expires_at for each in results if each.expires_at is not None]
        ends = [each.timestamp() if isinstance(each, datetime) else each for each in told]
        return min([*ends, *([job.created + KEPT] if files else [])], default=None)

    async def hand_over(self, job: Job, provider: str, image: Image) -> str | File | GatewayError:
        """An image as its caller wants it: by the provider's own URL, untouched, or as a file."""
        if image.data is not None:
            return File.of(image.data, image_type(image.data) or image.mime)
        if job.wish.response_format == "url":
            return image.url or ""
        return await self.fetch_image(job, provider, image.url or "")

    async def fetch_image(self, job: Job, provider: str, url: str) -> File | GatewayError:
        """The image at a provider's URL, for which nobody's key is needed."""
        for _ in range(TRIES):
            try:
                async with asyncio.timeout_at(job.limit):
                    answer = await self.media.send("GET", url, headers={}, patience=PATIENCE, redirects=True)
                    mime = image_type(answer.content)
                    if answer.ok and mime:
                        return File.of(answer.content, mime)
                    await asyncio.sleep(MEDIA_PAUSE)
            except (NoAnswer, TimeoutError):
                continue
        text = "an image was made, but could not be fetched"
        return GatewayError("result_unavailable", text, certain=False, provider=provider)
