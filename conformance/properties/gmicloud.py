"""Properties of clients of GMI Cloud (document 002_163dfc06de8826c1.txt)."""

from __future__ import annotations

from typing import Any, Final

from ..scenarios.model import Picture, Wish
from ..scenarios.space import Space
from ..scenarios.vocabulary import UNHEARD_RATIOS
from . import gmicloud_judges, gmicloud_turns, jobs, judging, limits, refusals
from .image_types import true_types
from .record import Property

ELSEWHERE_RATIOS: Final = ("2:3", "3:2", *UNHEARD_RATIOS)  # the first two are legal at other providers

_SIGNED: Final = "{gallery}/pictures/7-64x64.png?X-Amz-Signature=a%2Fb%2Bc%3D%3D&x=1"  # as object stores sign them

_CATEGORIES: Final[refusals.Categories] = {
    "key-unknown": ("auth",),
    "credits-exhausted": ("credits",),
    "rate-limited": ("rate_limited",),
    "parameter-invalid": ("invalid",),
    "internal": ("server", "ambiguous", "failed"),
    "unavailable": ("server", "ambiguous", "failed"),
}


def _listed(name: str) -> Any:
    """One of the listed values, beside anything else, and beside all the rest."""

    def explore(space: Space) -> Any:
        listed = {name: space.st.sampled_from(space.words.listed[name])}
        return space.scenarios(wish=space.wishes(**listed) | space.full(**listed))

    return explore


def _unlisted(name: str, *values: str) -> Any:
    return lambda space: space.scenarios(wish=space.plain(**{name: space.st.sampled_from(values)}), seconds=None)


def _anything(space: Space) -> Any:
    wishes = [space.wishes(), *([space.wishes(images=space.pictures())] if "url-images" in space.can else [])]
    return space.scenarios(wish=space.st.one_of(wishes), seconds=None)


def _with_pictures(space: Space) -> Any:
    return space.scenarios(wish=space.wishes(images=space.pictures()), seconds=None)


def _any_pictures(space: Space) -> Any:
    signed = space.st.just((Picture(url=_SIGNED),))
    return space.scenarios(wish=space.wishes(images=space.pictures()) | space.plain(images=signed), seconds=None)


def _too_many(space: Space) -> Any:
    many = space.st.integers(15, 20).map(lambda count: tuple(Picture(seed=number) for number in range(count)))
    return space.scenarios(wish=space.plain(images=many), seconds=None)


def _with_more_pictures(space: Space) -> Any:
    return gmicloud_turns.conversations(space, images=space.pictures(most=2))


def _with_options(space: Space) -> Any:
    options = {name: space.st.sampled_from(values) for name, values in space.words.listed.items()}
    features = {"ratio": "ratio", "resolution": "resolution", "output_format": "output-format"}
    able = {name: values for name, values in options.items() if features[name] in space.can}
    return gmicloud_turns.conversations(space, **able)


PROPERTIES: Final = (
    Property(
        "gmicloud.submit.as-documented", "gmicloud.submit.body-shape", _anything, limits.as_documented,
        why="A body that the provider refuses brings no image, however reasonable the wish.",
    ),
    Property(
        "gmicloud.submit.ratio-as-asked", "gmicloud.submit.aspect-ratio", _listed("ratio"), judging.arrives("ratio"),
        frozenset({"ratio"}),
        why="A picture in another shape than was asked for is paid for and thrown away.",
    ),
    Property(
        "gmicloud.submit.ratio-not-replaced", "gmicloud.submit.aspect-ratio", _unlisted("ratio", *ELSEWHERE_RATIOS),
        judging.refused("ratio"), frozenset({"ratio"}),
        why="2:3 works elsewhere; a silent substitute is paid for before anybody sees that its shape is another.",
    ),
    Property(
        "gmicloud.submit.size-as-asked", "gmicloud.submit.image-size", _listed("resolution"),
        judging.arrives("resolution"), frozenset({"resolution"}),
        why="A picture with fewer pixels than were asked for is useless in print, one with more is paid for in vain.",
    ),
    Property(
        "gmicloud.submit.size-not-replaced", "gmicloud.submit.image-size", _unlisted("resolution", "8K", "16K"),
        judging.refused("resolution"), frozenset({"resolution"}),
        why="Whoever asked for 8K and gets 1K without a word finds out at the printer's.",
    ),
    Property(
        "gmicloud.submit.format-as-asked", "gmicloud.submit.output-format", _listed("output_format"),
        judging.arrives("output_format"), frozenset({"output-format"}),
        why="A caller who asked for JPEG gets a PNG ten times as large, or the other way round.",
    ),
    Property(
        "gmicloud.submit.format-not-replaced", "gmicloud.submit.output-format",
        _unlisted("output_format", "webp", "avif"), gmicloud_judges.format_refused, frozenset({"output-format"}),
        why="A PNG under the name of a WebP breaks whatever opens it next.",
    ),
    Property(
        "gmicloud.submit.prompt-not-cut", "gmicloud.submit.prompt-limit", gmicloud_judges.too_long_prompts,
        limits.whole_or_not,
        why="A prompt that is cut in silence loses its last wishes, and the caller pays for a picture without them.",
    ),
    Property(
        "gmicloud.submit.prompt-of-full-length", "gmicloud.submit.prompt-limit", gmicloud_judges.longest_prompts,
        gmicloud_judges.takes_longest,
        why="Counted in bytes or UTF-16 units, Chinese or emoji are refused at a third or half of what is allowed.",
    ),
    Property(
        "gmicloud.submit.prompt-with-references", "gmicloud.submit.prompt-or-contents", _with_pictures,
        judging.prompt_arrives, frozenset({"url-images"}),
        why="An edit without its instruction gives back some picture that nobody asked for.",
    ),
    Property(
        "gmicloud.submit.references-as-given", "gmicloud.submit.image-url", _any_pictures,
        gmicloud_judges.same_references, frozenset({"url-images"}), examples=40,
        why="A reference that is lost or altered on the way leads to a picture of something else.",
    ),
    Property(
        "gmicloud.submit.references-not-dropped", "gmicloud.submit.image-url",
        lambda space: space.scenarios(wish=Wish(images=(Picture("bytes"),)), seconds=None),
        limits.references_not_dropped, frozenset({"bytes-images"}), examples=5,
        why="Whoever hands over a photograph and gets a picture without it has paid for nothing.",
    ),
    Property(
        "gmicloud.submit.references-limit", "gmicloud.submit.image-limit", _too_many, limits.references_not_dropped,
        frozenset({"url-images"}),
        why="If references beyond the fourteenth are dropped in silence, nobody knows why the picture lacks them.",
    ),
    Property(
        "gmicloud.submit.count-made-up-for", "gmicloud.submit.no-count-field",
        lambda space: space.scenarios(wish=space.plain(count=space.st.integers(2, 4)), seconds=None),
        limits.made_up_for, frozenset({"count"}),
        why="A field that the provider ignores brings one image where four were asked for, and no error.",
    ),
    Property(
        "gmicloud.poll.follows-answer", "gmicloud.poll.id", lambda space: space.scenarios(wish=Wish()),
        jobs.follows_answer, examples=10,
        why="Whoever polls another id than that of the request never learns that the paid image is ready.",
    ),
    Property(
        "gmicloud.poll.waits-for-end", "gmicloud.poll.statuses", lambda space: space.scenarios(wish=Wish()),
        jobs.waits_for_word("status", "outcome"),
        why="A call that takes queued or processing for an end gives up an image that is being made and paid for.",
    ),
    Property(
        "gmicloud.poll.cancelled-told", "gmicloud.poll.cancelled",
        lambda space: space.scenarios(wish=Wish(), ending="cancelled"), gmicloud_judges.cancelled,
        why="Somebody cancelled on purpose; a caller who hears of a time-out or a failure orders again.",
    ),
    Property(
        "gmicloud.poll.failed-told", "gmicloud.poll.statuses",
        lambda space: space.scenarios(wish=Wish(), ending=space.failures()), jobs.told_of_failure,
        why="A failure that looks like a success or a time-out is found out by the customer, or waited for in vain.",
    ),
    Property(
        "gmicloud.failure.reason-told", "gmicloud.failure.reason",
        lambda space: space.scenarios(wish=Wish(), ending=space.failures()), gmicloud_judges.tells_reason,
        why="Without the reason nobody can tell a bad day of the provider's from a request that will never work.",
    ),
    Property(
        "gmicloud.result.all-urls", "gmicloud.result.media-urls", gmicloud_judges.several_urls, judging.delivers_all,
        why="Images that were made and paid for get lost, or come in an order that means something else.",
    ),
    Property(
        "gmicloud.result.next-turn-optional", "gmicloud.result.next-turn-optional", gmicloud_judges.without_next_turn,
        judging.delivers_all,
        why="A client that insists on turns to go on from throws away a finished image that it has paid for.",
    ),
    Property(
        "gmicloud.result.true-type", "gmicloud.result.file-type", gmicloud_judges.suffixes, true_types,
        why="A PNG that is stored or served as a JPEG, because its URL ends so, does not open everywhere.",
    ),
    Property(
        "gmicloud.contents.instruction-in-last-turn", "gmicloud.contents.overrides", gmicloud_turns.conversations,
        gmicloud_turns.instruction_in_last_turn, frozenset({"follow-up"}),
        why="An instruction in the wrong place is ignored: the old picture comes again and is paid for again.",
    ),
    Property(
        "gmicloud.contents.history-whole", "gmicloud.contents.copy-and-fill", gmicloud_turns.conversations,
        gmicloud_turns.history_whole, frozenset({"follow-up"}),
        why="With a turn missing the model does not know what it is to change, and draws something new.",
    ),
    Property(
        "gmicloud.contents.references-in-last-turn", "gmicloud.contents.file-data", _with_more_pictures,
        gmicloud_turns.references_in_last_turn, frozenset({"follow-up", "url-images"}),
        why="A reference beside `contents` is ignored without an error.",
    ),
    Property(
        "gmicloud.contents.options-kept", "gmicloud.contents.options", _with_options, gmicloud_turns.options_kept,
        frozenset({"follow-up"}),
        why="A 4K picture in 16:9 becomes a square one of 1K by its first correction.",
    ),
    Property(
        "gmicloud.error.category", "gmicloud.error.category", refusals.refused_for(_CATEGORIES),
        refusals.told_by_status(_CATEGORIES), examples=30,
        why="Whether to wait, to pay or to change the request depends on what kind of error it is.",
    ),
)  # fmt: skip
