"""What is handed out: the right pictures, all of them, to be had by whoever was given them."""

from __future__ import annotations

from base64 import b64decode
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ....mockserver.sizes import RATIOS, TIERS, pixels
from ...checks.record import FINE, Ruling
from ...checks.seen import MEDIA
from ...gateway.capabilities import ASYNC, BYTES_FORM
from ...scenarios.model import Call, Manner, Wish
from ..judging import content_of, shown
from ..record import Property
from ..wire import images_told
from .pictures import images_are_of, pictures_in, told_by
from .stories import asked, flows, story

if TYPE_CHECKING:
    from ...engine.outcome import Delivered, Heard
    from ...engine.run import Run
    from ...scenarios.space import Space

_WISHES: Final[dict[str, tuple[Any, ...]]] = {
    "ratio": ("16:9", "1:1", "9:16"), "resolution": ("1K", "2K"), "count": (1, 2, 3),
}  # fmt: skip
_SMALLEST: Final = 512  # pixels of the longer side: no image of a provider is smaller, every thumbnail is
_ID_LENGTH: Final = 8  # characters, from which on an id that is in another is no coincidence
_GUESSES: Final = 1_000_000  # that somebody who knows one id may try to find the next


def _as_url(space: Space) -> Any:
    return _formed(space, "url") if "url-form" in space.can else _formed(space, None)


def _as_bytes(space: Space) -> Any:
    return _formed(space, "bytes")


def _formed(space: Space, form: Any) -> Any:
    counts = space.st.sampled_from((1, 2)) if "count" in space.can else space.st.just(None)
    return space.st.builds(
        lambda flow, count: story(space, asked(flow, Wish(count=count), form=form), seconds=2.0),
        space.st.sampled_from(flows(space)), counts,
    )  # fmt: skip


def _again(space: Space) -> Any:
    """The same prompt twice, and the second time with another wish."""
    st = space.st
    fields: dict[str, tuple[Any, ...]] = {"prompt": ("a red kite", "a blue kite", "A red kite")}
    fields |= {name: values for name, values in _WISHES.items() if name in space.can}
    pairs = [(name, *pair) for name, values in fields.items() for pair in permutations(values, 2)]

    def told(pair: Any, flow: str) -> Any:
        name, *values = pair
        return story(space, *(asked(flow, Wish(**{name: value})) for value in values), seconds=2.0)

    return st.builds(told, st.sampled_from(pairs), st.sampled_from(flows(space)))


def _jobs(space: Space) -> Any:
    submit = Call(op="submit", manner=Manner(flow="async"))
    return space.st.booleans().map(
        lambda together: story(space, submit, submit, submit, together=together, seconds=2.0)
    )


def _three(space: Space) -> Any:
    """Three pictures one after another, at URLs where those can be asked for."""
    form: Any = "url" if "url-form" in space.can else None
    wishes = [Wish(f"kite number {number}") for number in range(3)]
    return space.st.sampled_from(
        [story(space, *(asked(flow, wish, form=form) for wish in wishes), seconds=2.0) for flow in flows(space)]
    )


def fetched_by_anybody(run: Run) -> Ruling:
    """Each URL is absolute, and the whole image lies there for whoever has no key."""
    if run.outcome.kind != "result":
        return None
    fetches = {heard.url: heard for heard in run.heard_in(0, "fetch")}
    for number, image in enumerate(run.outcome.images, start=1):
        problem = _problem_with(image, fetches)
        if problem:
            return f"image {number} {problem}"
    return images_are_of(run, 0)


def _problem_with(image: Delivered, fetches: dict[str, Heard]) -> str:
    if image.url is None or image.url.startswith("data:"):
        return ""
    if urlsplit(image.url).scheme not in ("http", "https") or not urlsplit(image.url).hostname:
        return f"is at {shown(image.url)}, which is no absolute URL"
    heard = fetches[image.url]
    if not heard.ok:
        return f"is at {shown(image.url)}, which is answered with {heard.status or heard.problem} without a key"
    label = {name.lower(): value for name, value in heard.headers.items()}.get("content-type", "")
    if not label.startswith(("image/", "application/octet-stream", "binary/")):
        return f"is at {shown(image.url)}, where something lies that is labelled {label or 'as nothing'}"
    facts = told_by(heard.body)
    if facts is None:
        return f"is at {shown(image.url)}, where {len(heard.body)} bytes lie that are no image"
    return _too_small(facts.width, facts.height)


def _too_small(width: int, height: int) -> str:
    return f"has {width}×{height} pixels, as a thumbnail has" if max(width, height) < _SMALLEST else ""


def bytes_of_provider(run: Run) -> Ruling:
    """Images that are handed over as bytes are the provider's, byte by byte."""
    if run.outcome.kind != "result":
        return None
    told = [each for seen in run.upstream for image in images_told(seen) or () for each in image]
    fetched = [seen.exchange.response_body for seen in run.upstream if seen.role == MEDIA and seen.accepted]
    for number, image in enumerate(run.outcome.images, start=1):
        if image.url is not None and not image.url.startswith("data:"):
            return f"the bytes of the images were asked for, and image {number} is the URL {shown(image.url)}"
        data = content_of(image) or b""
        facts = told_by(data)
        if facts is None:
            return f"image {number} is {len(data)} bytes that are no image"
        if data not in (*told, *fetched):
            return f"the {len(data)} bytes of image {number} are not those that the provider has of it"
        if problem := _too_small(facts.width, facts.height):
            return f"image {number} {problem}"
    return images_are_of(run, 0)


def own_pictures(run: Run) -> Ruling:
    """Each of several calls gets the pictures of its own prompt, and no other gets the same."""
    seen: dict[bytes, int] = {}
    judged = False
    for call, outcome in enumerate(run.outcomes):
        ruling = images_are_of(run, call)
        if ruling not in (None, FINE):
            return ruling
        judged |= ruling is FINE
        for picture in pictures_in(outcome):
            if seen.setdefault(picture, call) != call:
                return f"calls {seen[picture] + 1} and {call + 1} were given the same image"
    return FINE if judged else None


def fits_the_wish(run: Run) -> Ruling:
    """The second result is one of the second wish: so many images, of that shape and size."""
    if any(outcome.kind != "result" for outcome in run.outcomes):
        return None
    for number, (call, outcome) in enumerate(zip(run.scenario.calls, run.outcomes, strict=True), start=1):
        wish = call.wish
        if wish.count is not None and len(outcome.images) != wish.count:
            return f"call {number} asked for {wish.count} images and was given {len(outcome.images)}"
        for picture in pictures_in(outcome):
            facts = told_by(picture)
            if facts is not None and not _fits(wish, facts.width, facts.height):
                asked_for = wish.ratio or wish.resolution
                return f"call {number} asked for {asked_for} and was given {facts.width}×{facts.height} pixels"
    return own_pictures(run)


def _fits(wish: Wish, width: int, height: int) -> bool:
    if wish.ratio and (width, height) not in [pixels(wish.ratio, tier) for tier in TIERS]:
        return False
    return not wish.resolution or (width, height) in [pixels(ratio, wish.resolution) for ratio in RATIOS]


def ids_of_nobody(run: Run) -> Ruling:
    """Ids differ, do not hold those of the provider, and do not lead to each other."""
    ids = [outcome.task_id for outcome in run.outcomes if outcome.kind == "result" and outcome.task_id]
    if len(ids) < 2:
        return None
    if len(set(ids)) < len(ids):
        return f"two jobs have the id {ids[0]!r}"
    for job in run.jobs:
        for id in ids:
            if job.id in id or job.id in _plain(id) or (len(id) >= _ID_LENGTH and id in job.id):
                return f"the id {id!r} of a job is that of {job.provider}, {job.id!r}"
    for one, other in pairwise(ids):
        if _choices_between(one, other) < _GUESSES:
            return f"the ids {one!r} and {other!r} follow each other, so that the next one can be guessed"
    return FINE


def places_of_nobody(run: Run) -> Ruling:
    """The URL of an image that the gateway has itself does not lead to that of another."""
    if any(outcome.kind != "result" for outcome in run.outcomes):
        return None
    own = urlsplit(run.heard[0].url).netloc
    urls = [image.url for outcome in run.outcomes for image in outcome.images[:1] if image.url]
    for one, other in pairwise(url for url in urls if urlsplit(url).netloc == own):
        if one == other or _choices_between(one, other) < _GUESSES:
            return f"the images at {shown(one)} and {shown(other)} are for anybody who can count"
    return FINE


def _plain(id: str) -> str:
    """An id that is base64 of something, as that."""
    try:
        return b64decode(f"{id.rpartition('_')[2]}===", altchars=b"-_").decode("utf-8", "replace")
    except ValueError:
        return ""


def _choices_between(one: str, other: str) -> int:
    """How many ids there are, at least, that have in common what these two have."""
    if len(one) != len(other):
        return 0 if one.isdigit() and other.isdigit() and abs(int(one) - int(other)) < _GUESSES else _GUESSES
    different = sum(a != b for a, b in zip(one, other, strict=True))
    return _GUESSES if different >= len(str(_GUESSES)) else 10**different


PROPERTIES: Final = (
    Property(
        "gateway.results.url-fetches", "gateway.results.url-fetches", _as_url, fetched_by_anybody, examples=3,
        why="A URL that wants a key, or is half of one, shows nothing in the browser of whoever it was made for.",
    ),
    Property(
        "gateway.results.same-bytes", "gateway.results.same-bytes", _as_bytes, bytes_of_provider,
        frozenset({BYTES_FORM}), examples=3,
        why="Bytes that were cut, encoded twice or taken from the thumbnail are found out when the URL has lapsed.",
    ),
    Property(
        "gateway.results.of-this-wish", "gateway.results.of-this-wish", _again, fits_the_wish, examples=4,
        why="A cache that knows the prompt alone gives who asks for a banner the square of a minute ago.",
    ),
    Property(
        "gateway.results.ids", "gateway.results.ids", _jobs, ids_of_nobody, frozenset({ASYNC}), examples=2, once=True,
        why="Who can guess an id, or was told it by the provider, has the pictures of all others.",
    ),
    Property(
        "gateway.results.places", "gateway.results.places", _three, places_of_nobody, examples=2,
        why="Pictures at URLs without a key are only as secret as the next URL is hard to guess.",
    ),
)  # fmt: skip
