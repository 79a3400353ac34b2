"""Properties of clients of reAPI (document 000_689184e2825e36ff.txt)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any, Final

import orjson

from ..scenarios.model import Call, Picture, Wish
from ..scenarios.space import Space
from ..scenarios.vocabulary import UNHEARD_RATIOS
from ..subjects.base import EXACT_TIME, LONG_LIVED
from . import judging
from .jobs import (
    believes_the_end,
    count_arrives,
    count_not_replaced,
    follows_answer,
    none_dropped,
    tells_life,
    waits_for_word,
)
from .reapi_judges import (
    CODES,
    any_case,
    failed_code,
    failed_message,
    follows_code,
    inherits,
    inline_refused,
    keeps_job,
    known_model,
    moderated,
    not_inlined,
    not_paid_twice,
    official,
    ratio_in_its_field,
    request_id,
    same_urls,
    told_apart,
)
from .record import Property

_URLS: Final = frozenset({"url-images"})
_UNHEARD_TIERS: Final = ("8K", "3K", "16K")
_LIFE: Final = 7 * 86_400.0  # seconds

# The document shows no status beside the codes, so that any which makes sense may stand there.
_STATUSES: Final = {
    10003: (401, 403, 400),
    20003: (400, 422),
    30001: (402, 403, 429),
    50001: (429, 503),
    60099: (500, 503),
}
_SIGNED: Final = "{gallery}/pictures/7-64x64.png?X-Amz-Signature=a%2Fb%2Bc%3D%3D&x=1"  # as object stores sign them
_INLINE: Final = "data:image/png;base64,iVBORw0KGgo="
_ELSEWHERE: Final = ("ftp://127.0.0.1:9/kite.png", "kite.png")


def _with_pictures(space: Space, **fixed: Any) -> Any:
    return space.scenarios(wish=space.plain(images=space.pictures(), **fixed))


def _field(space: Space, name: str, values: Any) -> Any:
    """A wish with one of these values, beside anything else, and beside references."""
    wished = {name: space.st.sampled_from(values)}
    return space.scenarios(wish=space.wishes(**wished) | space.full(**wished))


def _several(space: Space) -> Any:
    """Any number of images, drawn from text or from references."""
    count = space.counts()
    return space.scenarios(wish=space.plain(count=count) | space.full(count=count))


def _any_references(space: Space) -> Any:
    signed = space.st.just((Picture(url=_SIGNED),))
    return space.scenarios(wish=space.plain(images=space.pictures() | signed | space.pictures(least=14, most=14)))


def _bytes(space: Space) -> Any:
    one = Picture("bytes")
    return space.scenarios(wish=space.plain(images=space.st.sampled_from([(one,), (one, replace(one, seed=1))])))


def _strange_urls(space: Space, *strange: str) -> Any:
    """References of which the first or the second is at such an address, and the other at a good one, if any."""
    bad = [Picture(url=url) for url in strange]
    images = [images for each in bad for images in ((each,), (Picture(), each), (each, Picture()))]
    return space.scenarios(wish=space.plain(images=space.st.sampled_from(images)))


def _too_many(space: Space) -> Any:
    many = space.st.integers(15, 20).map(lambda count: tuple(Picture(seed=number) for number in range(count)))
    return space.scenarios(wish=space.plain(images=many))


def _envelope(code: int, status: int, operation: str = "submit") -> tuple[dict[str, Any], ...]:
    text = orjson.dumps({"error": {"code": code, "message": "refused", "request_id": f"req_{code}-{status}"}}).decode()
    return ({"kind": "not-json", "text": text, "status": status, "operation": operation, "times": None},)


def _refusals(space: Space) -> Any:
    faults = [_envelope(code, status) for code, statuses in _STATUSES.items() for status in statuses]
    faults += [_envelope(10003, status, "poll") for status in _STATUSES[10003]]
    return space.scenarios(wish=Wish(), deadline=600.0, seconds=60.0, faults=space.st.sampled_from(faults))


def _unfinished(space: Space) -> Any:
    readings = [
        {"processing-output": output, "submit-output": submit}
        for output in ("null", "absent")
        for submit in ("absent", "null")
    ]
    return space.scenarios(
        wish=Wish(), seconds=space.st.sampled_from((60.0, 90.0, 120.0, 200.0)), deadline=900.0,
        readings=space.st.sampled_from(readings),
    )  # fmt: skip


def _strange_words(space: Space) -> Any:
    words = space.st.sampled_from(("reviewing", "queued", "pending", "in_progress", "retrying"))
    faults = space.st.builds(
        lambda word, times: ({"kind": "unknown-status", "operation": "poll", "word": word, "times": times},),
        words, space.st.integers(1, 3),
    )  # fmt: skip
    seconds = space.st.sampled_from((90.0, 60.0))
    return space.scenarios(wish=Wish(), seconds=seconds, deadline=600.0, faults=faults)


def _failures(space: Space) -> Any:
    seconds = space.st.sampled_from((60.0, None, 35.0))
    return space.scenarios(wish=Wish(), ending=space.st.sampled_from(sorted(CODES)), seconds=seconds, deadline=900.0)


def _three_failures(space: Space) -> Any:
    orders = [[{"kind": "failed", "reason": reason} for reason in order] for order in permutations(sorted(CODES))]
    faults = space.st.sampled_from(orders).map(tuple)
    return space.scenarios(calls=(Call(), Call(), Call()), seconds=40.0, deadline=600.0, faults=faults)


def _internal_errors(space: Space) -> Any:
    problems = space.st.sampled_from(("internal", "unavailable"))
    faults = space.st.builds(
        lambda problem, times, skip: (
            {"kind": "problem", "problem": problem, "operation": "poll", "times": times, "skip": skip},
        ),
        problems, space.st.integers(1, 3), space.st.integers(0, 2),
    )  # fmt: skip
    return space.scenarios(wish=Wish(), seconds=space.st.sampled_from((60.0, 50.0, 120.0)), faults=faults)


def _lost_answers(space: Space) -> Any:
    kinds = ({"kind": "reset"}, {"kind": "truncated"}, {"kind": "garbage"}, {"kind": "reset", "times": 2})
    after = [({**kind, "operation": "submit", "when": "after"},) for kind in kinds]
    return space.scenarios(wish=Wish(), seconds=60.0, deadline=600.0, faults=space.st.sampled_from(after))


def _largest(space: Space) -> Any:
    return space.scenarios(wish=Wish(resolution="4K" if "resolution" in space.can else None), seconds=120.0)


PROPERTIES: Final = (
    Property(
        "reapi.submit.model-known", "reapi.submit.model",
        lambda space: space.scenarios(wish=space.wishes() | space.plain(images=space.pictures())), known_model,
        examples=10, why="A model id that reAPI does not know is refused, so no picture is ever made.",
    ),
    Property(
        "reapi.submit.official-channel", "reapi.submit.official-channel",
        lambda space: _field(space, "channel", space.words.channels), official, frozenset({"channel"}), examples=10,
        why="Who asks for the official channel gets the other one's pictures, and never learns of it.",
    ),
    Property(
        "reapi.submit.ratio-as-asked", "reapi.submit.size",
        lambda space: _field(space, "ratio", space.words.listed["ratio"]), judging.arrives("ratio"),
        frozenset({"ratio"}), why="A picture in another shape than was asked for is paid for and thrown away.",
    ),
    Property(
        "reapi.submit.ratio-not-replaced", "reapi.submit.size",
        lambda space: _field(space, "ratio", UNHEARD_RATIOS), judging.refused("ratio"), frozenset({"ratio"}),
        why="A silent substitute is paid for, and nobody notices until somebody looks at the picture.",
    ),
    Property(
        "reapi.submit.ratio-not-in-prompt", "reapi.submit.prompt-without-ratio",
        lambda space: space.scenarios(
            wish=space.plain(prompt=space.prompts(), ratio=space.st.sampled_from(space.words.listed["ratio"]))
        ),
        ratio_in_its_field, frozenset({"ratio"}), examples=10,
        why="A ratio in the prompt is drawn as text, or fights with the one in `size`.",
    ),
    Property(
        "reapi.submit.size-inherited", "reapi.submit.size-inherited", _with_pictures, inherits, _URLS, examples=10,
        why="An edited portrait comes back square, cropped or stretched, although nobody asked for that.",
    ),
    Property(
        "reapi.submit.resolution-as-asked", "reapi.submit.resolution",
        lambda space: _field(space, "resolution", space.words.listed["resolution"]), judging.arrives("resolution"),
        frozenset({"resolution"}), examples=40,
        why="The picture is too small for its use, or costs more than was agreed to.",
    ),
    Property(
        "reapi.submit.resolution-not-replaced", "reapi.submit.resolution",
        lambda space: _field(space, "resolution", _UNHEARD_TIERS), judging.refused("resolution"),
        frozenset({"resolution"}), examples=10,
        why="A smaller picture than was asked for is delivered as if it were the right one.",
    ),
    Property(
        "reapi.submit.resolution-case", "reapi.submit.resolution-case",
        lambda space: space.scenarios(wish=space.plain(resolution=space.st.sampled_from(("2k", "4k", "1k")))),
        any_case, frozenset({"resolution"}), examples=10,
        why="A tier that reAPI takes in either case fails, or turns into the smallest, because of one letter.",
    ),
    Property(
        "reapi.submit.count-as-asked", "reapi.submit.count",
        lambda space: _field(space, "count", range(1, 5)), count_arrives, frozenset({"count"}),
        why="Fewer pictures arrive than were asked for, or more are paid for.",
    ),
    Property(
        "reapi.submit.count-not-replaced", "reapi.submit.count",
        lambda space: space.scenarios(wish=space.plain(count=space.st.integers(5, 12))), count_not_replaced,
        frozenset({"count"}), examples=10, why="Twelve pictures are asked for, four arrive, and nobody is told.",
    ),
    Property(
        "reapi.submit.references-as-given", "reapi.submit.references-http", _any_references, same_urls, _URLS,
        why="reAPI cannot fetch a signed URL that has been changed, and a reference that is lost changes the picture.",
    ),
    Property(
        "reapi.submit.references-not-inline", "reapi.submit.references-http", _bytes, not_inlined,
        frozenset({"bytes-images"}), examples=5,
        why="A picture that is sent inline is always refused, and one that is left out gives an unrelated picture.",
    ),
    Property(
        "reapi.submit.references-no-data-urls", "reapi.submit.references-http",
        lambda space: _strange_urls(space, _INLINE), inline_refused, _URLS, examples=5,
        why="A `data:` URL is always refused, and one that is left out gives an unrelated picture.",
    ),
    Property(
        "reapi.submit.references-not-dropped", "reapi.submit.references-http",
        lambda space: _strange_urls(space, *_ELSEWHERE), none_dropped, _URLS, examples=6,
        why="A reference that was left out in silence gives an unrelated picture, which is paid for.",
    ),
    Property(
        "reapi.submit.references-limit", "reapi.submit.references-limit", _too_many, none_dropped, _URLS, examples=5,
        why="Pictures beyond the fourteenth are lost in silence, and the result is not what was asked for.",
    ),
    Property(
        "reapi.submit.prompt-with-references", "reapi.submit.prompt-with-references",
        lambda space: _with_pictures(space, prompt=space.prompts()), judging.prompt_arrives, _URLS, examples=10,
        why="Without its prompt every edit is refused.",
    ),
    Property(
        "reapi.poll.id-of-answer", "reapi.poll.id", lambda space: space.scenarios(wish=Wish()), follows_answer,
        examples=10, why="A job that is paid for is never heard of again.",
    ),
    Property(
        "reapi.poll.null-while-processing", "reapi.poll.output-while-processing", _unfinished,
        waits_for_word("status", "output", "error"), examples=10,
        why="The client takes an empty field for the result or for an error, and gives up a job that is under way.",
    ),
    Property(
        "reapi.poll.unknown-status", "reapi.poll.unknown-status", _strange_words, waits_for_word("status"), examples=12,
        why="One new word of the provider's, and every job that is under way is reported as broken.",
    ),
    Property(
        "reapi.poll.end-believed", "reapi.poll.stop-at-end",
        lambda space: space.scenarios(wish=Wish(), ending=space.st.sampled_from(("succeeded", "failed"))),
        believes_the_end, examples=10,
        why="A final answer that is thrown away is lost, should the next one not come.",
    ),
    Property(
        "reapi.poll.failed-error", "reapi.poll.failed-error", _failures, failed_code, examples=10,
        why="Without the code nobody can tell whether trying again makes sense.",
    ),
    Property(
        "reapi.poll.failed-message", "reapi.poll.failed-message", _failures, failed_message, examples=10,
        why="The one sentence that says what went wrong does not reach the log.",
    ),
    Property(
        "reapi.failure.distinct", "reapi.failure.distinct", _three_failures, told_apart, frozenset({LONG_LIVED}),
        examples=6, why="Trouble of the network and a refusal by the model look alike, and both are handled wrongly.",
    ),
    Property(
        "reapi.failure.moderated", "reapi.failure.moderated-blocked",
        lambda space: space.scenarios(wish=Wish(), ending=space.moderations(), deadline=600.0), moderated,
        examples=10, why="A prompt that will never pass is tried over and over, or reported as a fault of the server.",
    ),
    Property(
        "reapi.result.all-urls", "reapi.poll.completed-all-urls",
        _several, judging.delivers_all,
        why="Pictures that were paid for never reach the caller, or in the wrong order.",
    ),
    Property(
        "reapi.error.category", "reapi.error.category", _refusals, follows_code, examples=30,
        why="An empty account looks like a bad request, and people search for the mistake in the wrong place.",
    ),
    Property(
        "reapi.error.request-id", "reapi.error.request-id", _refusals, request_id, examples=10,
        why="The provider's support asks for this id first.",
    ),
    Property(
        "reapi.poll.survives-internal-error", "reapi.poll.internal-error", _internal_errors, keeps_job,
        why="One hiccup of the server, and a picture that is already paid for is lost.",
    ),
    Property(
        "reapi.submit.no-blind-repeat", "reapi.submit.no-blind-repeat", _lost_answers, not_paid_twice, examples=8,
        why="A dropped connection makes two jobs of one, and both are paid for.",
    ),
    Property(
        "reapi.poll.default-deadline", "reapi.poll.default-deadline", _largest, judging.succeeds,
        frozenset({EXACT_TIME}), examples=10,
        why="Every large picture times out just before it is ready, and is paid for.",
    ),
    Property(
        "reapi.result.expiry", "reapi.media.life-told", lambda space: space.scenarios(wish=Wish()), tells_life(_LIFE),
        frozenset({"expiry"}), examples=10, why="Links are kept for good that are dead after a week.",
    ),
)  # fmt: skip
