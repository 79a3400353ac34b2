"""Reference images that a provider wants as bytes although the caller has a URL."""

from typing import Final

from ..client import Bytes, ClientError
from .transport import Answer, NoAnswer, Transport

PATIENCE: Final = 30.0  # seconds without a byte

_BEGINNINGS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


async def fetch_reference(transport: Transport, url: str) -> Bytes:
    """The image at a URL that is not the provider's, so that nothing of the caller's goes there.

    Raises ClientError of category `invalid`.
    """
    try:
        answer = await transport.send("GET", url, headers={"Accept": "image/*"}, patience=PATIENCE, redirects=True)
    except NoAnswer as lost:
        raise ClientError(f"the reference image {url} could not be fetched: {lost}", category="invalid") from None
    if not answer.ok:
        raise ClientError(f"the reference image {url} was answered with {answer.status}", category="invalid")
    mime = image_type(answer.content) or _label(answer)
    if not mime.startswith("image/"):
        raise ClientError(f"there is no image at {url}", category="invalid")
    return Bytes(answer.content, mime)


def image_type(content: bytes) -> str | None:
    """The type of an image by how it begins; None for others than the usual."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for beginning, mime in _BEGINNINGS.items() if content.startswith(beginning)), None)


def _label(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
