"""What a client is asked for, in words that are nobody's wire format."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Url:
    """A reference image by its address."""

    url: str


@dataclass(frozen=True, slots=True)
class Bytes:
    """A reference image by its content; `mime` such as `image/png`."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One wish. What is None was not asked for, and is the client's or the provider's to choose.

    `ratio` is such as `16:9`, `resolution` such as `2K`, `count` the number of images (one where None),
    `output_format` such as `jpeg`, `channel` such as `official`; `previous` is the `conversation` of an earlier
    result that this wish goes on from.
    """

    prompt: str
    ratio: str | None = None
    resolution: str | None = None
    count: int | None = None
    images: tuple[Url | Bytes, ...] = ()
    output_format: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    channel: str | None = None
    previous: Any = None
