"""What a provider can be asked for, and what a request asks for beyond that."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ..client import Bytes, Category, GenerateRequest, Url

RATIOS: Final = frozenset({"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"})
RESOLUTIONS: Final = frozenset({"1K", "2K", "4K"})

Range = tuple[float, float]


@dataclass(frozen=True)
class Offer:
    """What one provider's document offers; what is empty or None can't be asked for."""

    ratios: Collection[str] = ()
    resolutions: Collection[str] = RESOLUTIONS
    counts: Collection[int] = (1,)
    formats: Collection[str] = ()
    channels: Collection[str] = ()
    temperatures: Range | None = None
    top_ps: Range | None = None
    images: tuple[type[Url | Bytes], ...] = ()
    most_images: int | None = None
    longest_prompt: int | None = None  # code points
    follow_up: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a request is not sent."""

    text: str
    category: Category = "unsupported"


def objections(request: GenerateRequest, offer: Offer) -> Iterator[Objection]:
    """Everything in a request that the provider does not offer, or would refuse."""
    if not request.prompt:
        yield Objection("a prompt is required", "invalid")
    elif offer.longest_prompt is not None and len(request.prompt) > offer.longest_prompt and request.previous is None:
        text = f"the prompt has {len(request.prompt)} characters, more than {offer.longest_prompt}"
        yield Objection(text, "invalid")
    for what, wanted, offered in _choices(request, offer):
        if wanted is not None and wanted not in offered:
            yield Objection(f"there is no {what} {wanted}")
    if request.count is not None and (isinstance(request.count, bool) or not isinstance(request.count, int)):
        yield Objection(f"the count is not a whole number: {request.count}", "invalid")
    for what, number, limits in _numbers(request, offer):
        if number is not None and not (limits and limits[0] <= number <= limits[1]):
            yield Objection(f"there is no {what} {number}")
    yield from _of_images(request, offer)
    if request.previous is not None and not offer.follow_up:
        yield Objection("there are no follow-ups")


def _choices(request: GenerateRequest, offer: Offer) -> Iterator[tuple[str, Any, Collection[Any]]]:
    yield "ratio", request.ratio, offer.ratios
    yield "resolution", request.resolution, offer.resolutions
    yield "number of images", request.count, offer.counts
    yield "output format", request.output_format, offer.formats
    yield "channel", request.channel, offer.channels


def _numbers(request: GenerateRequest, offer: Offer) -> Iterator[tuple[str, float | None, Range | None]]:
    yield "temperature", request.temperature, offer.temperatures
    yield "top-p", request.top_p, offer.top_ps


def _of_images(request: GenerateRequest, offer: Offer) -> Iterator[Objection]:
    if offer.most_images is not None and len(request.images) > offer.most_images:
        yield Objection(f"there are {len(request.images)} reference images, more than {offer.most_images}")
    for image in request.images:
        if not isinstance(image, offer.images):
            how = "by URL" if isinstance(image, Url) else "as bytes"
            yield Objection(f"reference images can't be given {how}")
        elif isinstance(image, Url) and not _is_web_address(image.url):
            yield Objection("a reference image is to have an http(s) URL")
        elif isinstance(image, Bytes) and not image.mime.startswith("image/"):
            yield Objection(f"a reference image is no {image.mime}")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
