"""Properties of clients of 3D AI Studio (document 001_a1a057ab71129629.txt)."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import orjson

from ..scenarios.model import Picture, Wish
from ..scenarios.space import Space
from ..scenarios.vocabulary import UNHEARD_RATIOS
from ..subjects.base import EXACT_TIME
from . import judging
from .jobs import (
    count_arrives,
    count_not_replaced,
    follows_answer,
    lasts,
    none_dropped,
    tells_life,
    waits_for_word,
    waits_when_limited,
)
from .record import Property
from .threedai_judges import (
    data_uris,
    endpoint_by_images,
    exact_images,
    fetched_or_refused,
    gives_reason,
    no_thumbnail,
    refused_as,
)

_BYTES: Final = frozenset({"bytes-images"})
_PER_IMAGE: Final = 90.0  # seconds
_LIFE: Final = 86_400.0  # seconds
_UNHEARD: Final = {"ratio": UNHEARD_RATIOS, "resolution": ("8K", "3K", "16K"), "output_format": ("gif", "bmp", "tiff")}

# Images before the end; nobody listens there, so that a client that fetches them reaches no one else.
_PREVIEW: Final = {name: f"http://127.0.0.1:9/{name}/img_001.png" for name in ("asset_url", "asset", "thumbnail")}
_EARLY: Final = {"status": "IN_PROGRESS", "progress": 60, "results": [{**_PREVIEW, "asset_type": "IMAGE"}]}


def _edits(space: Space, **fixed: Any) -> Any:
    return space.scenarios(wish=space.plain(images=space.pictures(), **fixed))


def _field(space: Space, name: str, values: Any) -> Any:
    """A wish with one of these values, beside anything else, and for an edit."""
    wished = {name: space.st.sampled_from(values)}
    return space.scenarios(wish=space.wishes(**wished) | space.full(**wished))


def _anything(space: Space) -> Any:
    return space.scenarios(wish=space.wishes() | space.plain(prompt=space.prompts(), images=space.pictures()))


def _many(space: Space) -> Any:
    return space.scenarios(wish=space.plain(images=space.pictures(most=4) | space.pictures(least=14, most=14)))


def _too_many(space: Space) -> Any:
    many = space.st.integers(15, 20).map(lambda count: tuple(Picture("bytes", seed=n) for n in range(count)))
    return space.scenarios(wish=space.plain(images=many))


def _by_url(space: Space) -> Any:
    one = space.st.builds(
        Picture, format=space.st.sampled_from(("png", "jpeg", "webp")), width=space.st.integers(16, 96),
        seed=space.st.integers(0, 99),
    )  # fmt: skip
    return space.scenarios(wish=space.plain(images=space.st.lists(one, min_size=1, max_size=3).map(tuple)))


def _gone(space: Space) -> Any:
    lost, there = Picture(url="{gallery}/gone.png"), Picture()
    images = space.st.sampled_from([(lost,), (there, lost), (lost, there)])
    return space.scenarios(wish=space.plain(images=images))


def _several(space: Space) -> Any:
    """Any number of images, generated or edited."""
    count = space.counts()
    return space.scenarios(wish=space.plain(count=count) | space.full(count=count))


def _either(space: Space) -> Any:
    """A plain call to generate or to edit."""
    return space.plain() | space.plain(images=space.pictures(most=1))


def _full_progress(space: Space) -> Any:
    readings = [
        {"pending-progress": progress, "pending-results": results}
        for progress, results in product(("reaches-100", "below-100"), ("empty", "null", "absent"))
    ]
    return space.scenarios(
        wish=Wish(), seconds=space.st.sampled_from((240.0, 300.0, 400.0)), deadline=1_200.0,
        readings=space.st.sampled_from(readings),
    )  # fmt: skip


def _early_results(space: Space) -> Any:
    fault = {"kind": "not-json", "operation": "poll", "text": orjson.dumps(_EARLY).decode()}
    faults = space.st.integers(1, 2).map(lambda times: ({**fault, "times": times},))
    return space.scenarios(wish=Wish(), seconds=90.0, deadline=900.0, faults=faults)


def _strange_words(space: Space) -> Any:
    words = space.st.sampled_from(("REVIEWING", "QUEUED", "PROCESSING", "STARTED", "RETRYING", "in_progress"))
    faults = space.st.builds(
        lambda word, times: ({"kind": "unknown-status", "operation": "poll", "word": word, "times": times},),
        words, space.st.integers(1, 3),
    )  # fmt: skip
    seconds = space.st.sampled_from((90.0, 60.0))
    return space.scenarios(wish=Wish(), seconds=seconds, deadline=600.0, faults=faults)


def _refusals(space: Space, problem: str) -> Any:
    fault = {"kind": "problem", "problem": problem, "operation": "submit", "times": None}
    return space.scenarios(wish=_either(space), deadline=600.0, readings=_error_bodies(space), faults=((fault),))


def _no_credits(space: Space) -> Any:
    poor = space.scenarios(
        wish=_either(space), deadline=600.0, readings=_error_bodies(space), credits=space.st.sampled_from((0.0, 49.0))
    )
    return poor | _refusals(space, "credits-exhausted")


def _limits(space: Space) -> Any:
    faults = space.st.builds(
        lambda operation, times, wait: (
            {"kind": "problem", "problem": "rate-limited", "operation": operation, "times": times, **wait},
        ),
        space.st.sampled_from(("submit", "poll")), space.st.sampled_from((1, 2, None)),
        space.st.sampled_from(({}, {"retry_after": 7}, {"retry_after": 20})),
    )  # fmt: skip
    return space.scenarios(
        wish=_either(space), seconds=60.0, deadline=600.0, readings=_error_bodies(space), faults=faults
    )


def _error_bodies(space: Space) -> Any:
    return space.st.sampled_from([{"error-body": body} for body in ("flat", "detail", "nested")])


def _failures(space: Space) -> Any:
    readings = [
        {"failed-status": status, "failure-reason": reason}
        for status, reason in product(("failed", "error"), ("failed-only", "always", "absent"))
    ]
    return space.scenarios(
        wish=Wish(), ending=space.failures(), seconds=space.st.sampled_from((60.0, 30.0)), deadline=900.0,
        readings=space.st.sampled_from(readings),
    )  # fmt: skip


def _slow_images(space: Space) -> Any:
    wishes = space.counts().map(lambda count: Wish(count=count if count > 1 else None))
    return wishes.flatmap(lambda wish: space.scenarios(wish=wish, seconds=_PER_IMAGE * (wish.count or 1)))


PROPERTIES: Final = (
    Property(
        "threedai.submit.edit-with-images", "threedai.submit.endpoint-by-images", _anything, endpoint_by_images,
        why="The pictures that were to be changed are ignored, and something unrelated is drawn and paid for.",
    ),
    Property(
        "threedai.submit.prompt-with-images", "threedai.submit.prompt",
        lambda space: _edits(space, prompt=space.prompts()), judging.prompt_arrives, _BYTES, examples=10,
        why="An edit without its instruction is refused, or does not do what was asked for.",
    ),
    Property(
        "threedai.submit.ratio-as-asked", "threedai.submit.aspect-ratio",
        lambda space: _field(space, "ratio", space.words.listed["ratio"]), judging.arrives("ratio"),
        frozenset({"ratio"}), why="A picture in another shape than was asked for is paid for and thrown away.",
    ),
    Property(
        "threedai.submit.ratio-not-replaced", "threedai.submit.aspect-ratio",
        lambda space: _field(space, "ratio", _UNHEARD["ratio"]), judging.refused("ratio"), frozenset({"ratio"}),
        why="A silent substitute is paid for, and nobody notices until somebody looks at the picture.",
    ),
    Property(
        "threedai.submit.resolution-as-asked", "threedai.submit.resolution",
        lambda space: _field(space, "resolution", space.words.listed["resolution"]), judging.arrives("resolution"),
        frozenset({"resolution"}), examples=40,
        why="The picture is too small for its use, or costs 80 credits in place of 50.",
    ),
    Property(
        "threedai.submit.resolution-not-replaced", "threedai.submit.resolution",
        lambda space: _field(space, "resolution", _UNHEARD["resolution"]), judging.refused("resolution"),
        frozenset({"resolution"}), examples=10,
        why="A smaller picture than was asked for is delivered as if it were the right one.",
    ),
    Property(
        "threedai.submit.format-as-asked", "threedai.submit.output-format",
        lambda space: _field(space, "output_format", space.words.listed["output_format"]),
        judging.arrives("output_format"), frozenset({"output-format"}),
        why="Files of another type than their names say are stored, and break whatever reads them.",
    ),
    Property(
        "threedai.submit.format-not-replaced", "threedai.submit.output-format",
        lambda space: _field(space, "output_format", _UNHEARD["output_format"]), judging.refused("output_format"),
        frozenset({"output-format"}), examples=10,
        why="A silent substitute is stored under the wrong type.",
    ),
    Property(
        "threedai.submit.count-as-asked", "threedai.submit.num-images",
        lambda space: _field(space, "count", range(1, 5)), count_arrives, frozenset({"count"}),
        why="Fewer pictures arrive than were asked for, or more are paid for.",
    ),
    Property(
        "threedai.submit.count-not-replaced", "threedai.submit.num-images",
        lambda space: space.scenarios(wish=space.plain(count=space.st.integers(5, 12))), count_not_replaced,
        frozenset({"count"}), examples=10, why="Twelve pictures are asked for, four arrive, and nobody is told.",
    ),
    Property(
        "threedai.edit.data-uris", "threedai.edit.images-data-uri", _edits, data_uris, _BYTES, examples=10,
        why="Bare base64 or a bare URL in `images` is refused, so that no edit ever works.",
    ),
    Property(
        "threedai.edit.urls-not-passed", "threedai.edit.images-data-uri", _by_url, fetched_or_refused,
        frozenset({"url-images"}), examples=10,
        why="A URL in `images` is refused with a message that says nothing about URLs.",
    ),
    Property(
        "threedai.edit.url-gone", "threedai.edit.images-data-uri", _gone, none_dropped, frozenset({"url-images"}),
        examples=5, why="A reference that could not be fetched is left out, and the edit of nothing is paid for.",
    ),
    Property(
        "threedai.edit.images-exact", "threedai.edit.images-exact", _many, exact_images, _BYTES,
        why="A picture that was scaled, converted, mislabelled or dropped on the way gives another edit.",
    ),
    Property(
        "threedai.edit.images-limit", "threedai.edit.images", _too_many, none_dropped, _BYTES, examples=5,
        why="Pictures beyond the fourteenth are lost in silence, and the result is not what was asked for.",
    ),
    Property(
        "threedai.poll.id-of-answer", "threedai.poll.task-id", lambda space: space.scenarios(wish=Wish()),
        follows_answer, examples=10, why="A job that is paid for is never heard of again.",
    ),
    Property(
        "threedai.poll.full-progress", "threedai.poll.finished", _full_progress,
        waits_for_word("status", "progress", "results"), examples=12,
        why="Full progress comes before the images, so that the client returns nothing, or breaks.",
    ),
    Property(
        "threedai.poll.early-results", "threedai.poll.finished", _early_results,
        waits_for_word("status", "progress", "results"), examples=5,
        why="What is there before the end is not the result: some of the images, or none that can be fetched yet.",
    ),
    Property(
        "threedai.poll.unknown-status", "threedai.poll.unknown-status", _strange_words, waits_for_word("status"),
        examples=12, why="Only one word is documented: whoever breaks at any other breaks at the first poll.",
    ),
    Property(
        "threedai.poll.failure-reason", "threedai.poll.failure-ends-wait", _failures, gives_reason, examples=15,
        why="A job that failed keeps its caller waiting until the deadline, and nobody learns why.",
    ),
    Property(
        "threedai.result.image-per-entry", "threedai.poll.result-per-image",
        _several, judging.delivers_all,
        why="Pictures that were paid for never reach the caller, or in the wrong order.",
    ),
    Property(
        "threedai.result.not-thumbnail", "threedai.poll.image-not-thumbnail",
        _several, no_thumbnail, examples=10,
        why="A thumbnail is stored as the picture; the picture itself is gone after a day.",
    ),
    Property(
        "threedai.error.credits", "threedai.error.credits-not-retried", _no_credits, refused_as("credits", 402),
        examples=10, why="Nobody learns that the wallet is empty, and every retry is refused as well.",
    ),
    Property(
        "threedai.error.invalid", "threedai.error.validation-not-retried",
        lambda space: _refusals(space, "parameter-invalid"), refused_as("invalid", 400), examples=6,
        why="A request that can never pass is sent again and again, and its author is not told what is wrong with it.",
    ),
    Property(
        "threedai.error.rate-limit", "threedai.error.rate-limit-wait", _limits, waits_when_limited,
        why="Whoever goes on at once is kept out for longer; whoever gives up without a word loses the picture.",
    ),
    Property(
        "threedai.poll.default-deadline", "threedai.poll.default-deadline", _slow_images, lasts(_PER_IMAGE),
        frozenset({EXACT_TIME}), examples=10,
        why="Four images are paid for, and the client gives up before the last is drawn.",
    ),
    Property(
        "threedai.result.expiry", "threedai.media.fetch-in-time", lambda space: space.scenarios(wish=Wish()),
        tells_life(_LIFE), frozenset({"expiry"}), examples=10,
        why="Links are kept for good that are dead after a day.",
    ),
)  # fmt: skip
