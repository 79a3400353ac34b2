"""Properties about the end of URLs that are signed: who tells it tells no later one than the signature has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space
from .record import Property
from .wire import results_of

_SIGNATURES: Final = ("X-Amz", "X-Goog")
_SIGNING: Final = ("gmicloud", "onemin")  # whose URLs may be signed
_LATE: Final = 300.0  # seconds by which a client may tell a later end, counting from when it had the URL for instance


def _signed(space: Space) -> Any:
    readings = {"media-url": "signed"} if space.provider == "gmicloud" else {}
    return space.scenarios(wish=Wish(), readings=readings, seconds=space.st.sampled_from((2.0, 60.0)))


def tells_signature(run: Run) -> Ruling:
    """The end that a result tells is not after the end that its URL has."""
    told = run.outcome.expires_at
    finals = [images for seen in run.exchanges if (images := results_of(seen))]
    ends = [end for images in finals for image in images for url in image if (end := _end_of(url)) is not None]
    if run.outcome.kind != "result" or not ends:
        return None
    if told is None or told <= min(ends) + _LATE:
        return FINE
    return f"the URL is signed until {min(ends):.0f} (unix seconds), the result tells {told:.0f}"


def _end_of(url: str | bytes) -> float | None:
    """Unix seconds at which a signed URL lapses."""
    query = parse_qs(urlsplit(url).query) if isinstance(url, str) else {}
    for name in _SIGNATURES:
        if f"{name}-Date" in query and f"{name}-Expires" in query:
            signed = datetime.strptime(query[f"{name}-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return signed.timestamp() + float(query[f"{name}-Expires"][0])
    return None


PROPERTIES: Final = (
    Property(
        "house.results.signature-end", "house.results.signature-end", _signed, tells_signature, frozenset({"expiry"}),
        examples=2, providers=_SIGNING,
        why="Who is told that a URL holds for a week does not save the picture in the hour for which it does.",
    ),
)  # fmt: skip
