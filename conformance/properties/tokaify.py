"""Properties of clients of Tokaify (document 003_3d92b7b05b46e1d1.txt)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ..scenarios.model import Call, Picture, Scenario, Wish
from ..scenarios.prompts import PLAIN, TELLING
from ..scenarios.space import Space
from ..scenarios.vocabulary import UNHEARD_RATIOS
from ..subjects.base import SOCKET_TIMEOUTS
from . import judging, limits, refusals, tokaify_answers, tokaify_judges, waiting
from .record import Property

_CATEGORIES: Final[refusals.Categories] = {
    "key-unknown": ("auth",),
    "rate-limited": ("rate_limited",),
    "parameter-invalid": ("invalid",),
    "internal": ("server", "ambiguous", "failed"),
    "unavailable": ("server", "ambiguous", "failed", "unsupported"),
    "credits-exhausted": ("credits", "auth"),  # a 403, whose code only the relay's own documentation explains
}
_UNAVAILABLE: Final = ("model-unknown", "unavailable")
_WITHOUT_IMAGE: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("no-image", {}),
    ("no-image", {"no-image": "text-only"}),
    ("recitation", {}),
    ("other", {"usage": "absent"}),
    ("moderated-output", {}),
    ("moderated-prompt", {}),
    ("moderated-prompt", {"empty-candidates": "bare"}),
)


def _listed(name: str) -> Any:
    """One of the listed values, beside anything else, and beside all the rest."""

    def explore(space: Space) -> Any:
        listed = {name: space.st.sampled_from(space.words.listed[name])}
        return space.scenarios(wish=space.wishes(**listed) | space.full(**listed))

    return explore


def _unlisted(name: str, *values: str) -> Any:
    return lambda space: space.scenarios(wish=space.plain(**{name: space.st.sampled_from(values)}), seconds=None)


def _numbers(name: str, *values: float) -> Any:
    return lambda space: space.scenarios(wish=space.plain(**{name: space.st.sampled_from(values)}), seconds=None)


def _anything(space: Space) -> Any:
    wishes = [space.wishes(), *([space.wishes(images=space.pictures())] if "bytes-images" in space.can else [])]
    return space.scenarios(wish=space.st.one_of(wishes), seconds=None)


def _telling(space: Space) -> Any:
    """Prompts in many scripts, alone and beside everything else that can be asked for."""
    pictures = (Picture("bytes", "jpeg"),) if "bytes-images" in space.can else ()
    options: dict[str, Any] = {name: values[-1] for name, values in space.words.listed.items() if name in space.can}
    plain = Scenario(space.provider, seed=space.seed)
    wishes = [Wish(prompt=prompt) for prompt in (PLAIN, *TELLING)]
    wishes += [replace(wish, images=pictures, **options) for wish in wishes]
    return space.st.sampled_from([replace(plain, calls=(Call(wish),)) for wish in wishes])


def _with_pictures(space: Space) -> Any:
    many = space.plain(images=space.pictures(least=14, most=14))
    return space.scenarios(wish=space.wishes(images=space.pictures()) | many, seconds=None)


def _with_urls(space: Space) -> Any:
    formats = space.st.sampled_from(("png", "jpeg", "webp"))
    picture = space.st.builds(Picture, format=formats, seed=space.st.integers(0, 99))
    gone = space.st.just(Picture(url="{gallery}/gone.png"))
    pictures = space.st.lists(picture | gone, min_size=1, max_size=2).map(tuple)
    return space.scenarios(wish=space.plain(images=pictures), seconds=None)


def _under(name: str, *values: str) -> Any:
    """Any wish, under one of these values of a reading and any other reading beside it."""

    def explore(space: Space) -> Any:
        st = space.st
        others = st.sampled_from([{}, *space.single_readings()])
        readings = st.builds(lambda other, value: {**other, name: value}, others, st.sampled_from(values))
        return space.scenarios(wish=space.wishes(), readings=readings, seconds=None)

    return explore


def _counted(space: Space) -> Any:
    """One call, or two in a row, whose answers have counts."""
    twice = (Call(), Call(Wish("a red kite in a blue sky above a green field")))
    in_a_row = space.scenarios(calls=twice, readings={"usage": "full"}, seconds=None)
    return _under("usage", "full")(space) | in_a_row


def _ending(*endings: str) -> Any:
    return lambda space: space.scenarios(wish=Wish(), ending=space.st.sampled_from(endings), seconds=None)


def _without_image(space: Space) -> Any:
    plain = Scenario(space.provider, seed=space.seed)
    ways = [replace(plain, ending=ending, readings=readings) for ending, readings in _WITHOUT_IMAGE]
    return space.st.sampled_from(ways)


def _moderated(space: Space) -> Any:
    return space.scenarios(wish=Wish(), ending=space.moderations(), seconds=None)


PROPERTIES: Final = (
    Property(
        "tokaify.request.as-documented", "tokaify.request.body", _anything, limits.as_documented,
        why="A body that is refused brings no image, however reasonable the wish.",
    ),
    Property(
        "tokaify.path.model-name", "tokaify.path.model", lambda space: space.scenarios(wish=Wish()),
        tokaify_judges.known_model, examples=5,
        why="Another model draws worse or costs more, and a misspelt one is not served at all.",
    ),
    Property(
        "tokaify.auth.key-sent", "tokaify.auth.bearer", lambda space: space.scenarios(wish=Wish()),
        tokaify_judges.key_sent, examples=10,
        why="The first example of the document works only where no key is needed, which may end any day.",
    ),
    Property(
        "tokaify.contents.prompt-verbatim", "tokaify.contents.text", _telling, tokaify_judges.prompt_in_last_turn,
        why="A prompt that is changed on the way draws what nobody asked for.",
    ),
    Property(
        "tokaify.contents.prompt-last", "tokaify.contents.text", tokaify_judges.conversations,
        tokaify_judges.prompt_in_last_turn, frozenset({"follow-up"}),
        why="A new prompt that stands before the old one is not followed: the old picture comes again.",
    ),
    Property(
        "tokaify.contents.references-as-given", "tokaify.contents.inline-data", _with_pictures,
        tokaify_judges.same_images, frozenset({"bytes-images"}),
        why="A reference with a wrong type or damaged bytes is refused, or leads to a picture of something else.",
    ),
    Property(
        "tokaify.contents.references-by-url", "tokaify.contents.inline-data", _with_urls,
        tokaify_judges.no_reference_lost, frozenset({"url-images"}),
        why="The provider takes no plain URLs; a reference that is dropped is missed only when the picture is there.",
    ),
    Property(
        "tokaify.contents.follow-up", "tokaify.contents.follow-up", tokaify_judges.conversations,
        tokaify_judges.goes_on, frozenset({"follow-up"}),
        why="Without the earlier image the model draws a new one, where a small change was asked for.",
    ),
    Property(
        "tokaify.config.ratio-as-asked", "tokaify.config.image-config", _listed("ratio"), judging.arrives("ratio"),
        frozenset({"ratio"}),
        why="A ratio that stands where it has no effect brings a square picture, which is paid for.",
    ),
    Property(
        "tokaify.config.ratio-not-replaced", "tokaify.config.aspect-ratio", _unlisted("ratio", *UNHEARD_RATIOS),
        judging.refused("ratio"), frozenset({"ratio"}),
        why="A silent substitute is paid for, and nobody notices until somebody looks at the picture.",
    ),
    Property(
        "tokaify.config.size-as-asked", "tokaify.config.image-size", _listed("resolution"),
        judging.arrives("resolution"), frozenset({"resolution"}),
        why="A picture with fewer pixels than were asked for is useless in print, one with more is paid for in vain.",
    ),
    Property(
        "tokaify.config.size-not-replaced", "tokaify.config.image-size", _unlisted("resolution", "8K", "16K"),
        judging.refused("resolution"), frozenset({"resolution"}),
        why="Whoever asked for 8K and gets 1K without a word finds out at the printer's.",
    ),
    Property(
        "tokaify.config.temperature-as-asked", "tokaify.config.object", _numbers("temperature", 0.0, 0.7, 1.5, 2.0),
        tokaify_judges.number_in_place("temperature"), frozenset({"temperature"}),
        why="A temperature that stands beside `generationConfig` has no effect, and nobody is told.",
    ),
    Property(
        "tokaify.config.top-p-as-asked", "tokaify.config.object", _numbers("top_p", 0.0, 0.5, 0.9, 1.0),
        tokaify_judges.number_in_place("top_p"), frozenset({"top-p"}),
        why="A top-p that stands beside `generationConfig` has no effect, and nobody is told.",
    ),
    Property(
        "tokaify.config.count-by-calls", "tokaify.config.candidate-count-one",
        lambda space: space.scenarios(wish=space.plain(count=space.st.integers(2, 3)), seconds=None),
        limits.made_up_for, frozenset({"count"}),
        why="Several candidates in one call take longer and cost more; too few images cost the caller another round.",
    ),
    Property(
        "tokaify.answer.every-image", "tokaify.answer.every-image", _under("image-parts", "several"),
        judging.delivers_all,
        why="Images that were made and paid for get lost.",
    ),
    Property(
        "tokaify.answer.all-candidates", "tokaify.answer.every-image", tokaify_answers.with_images,
        tokaify_judges.delivers_scripted,
        why="Images that were made and paid for get lost, or words are taken for images.",
    ),
    Property(
        "tokaify.answer.no-draft", "tokaify.answer.every-image", _under("thought-parts", "before"),
        judging.delivers_all,
        why="A small draft is delivered as the picture that was ordered, or beside it.",
    ),
    Property(
        "tokaify.answer.among-texts", "tokaify.answer.inline-data", _under("text-part", "around", "none", "before"),
        judging.delivers_all,
        why="A client that looks for the image at a fixed place finds words there on some days, and loses the image.",
    ),
    Property(
        "tokaify.answer.true-bytes", "tokaify.answer.bytes", _under("output-mime", "jpeg", "png"),
        tokaify_judges.true_bytes,
        why="A JPEG under the name of a PNG, or bytes that were changed on the way, do not open.",
    ),
    Property(
        "tokaify.answer.large-body", "tokaify.answer.large-body",
        lambda space: space.scenarios(wish=Wish(), readings={"image-weight": "photographic"}, seconds=None),
        tokaify_judges.decoded_whole, examples=1,
        why="Pictures at 4K are large; where a limit cuts them, they are paid for and lost.",
    ),
    Property(
        "tokaify.answer.usage-told", "tokaify.answer.usage", _counted, tokaify_judges.tells_usage,
        frozenset({"usage"}), examples=10,
        why="What is billed follows the tokens; whoever is not told them cannot check a bill.",
    ),
    Property(
        "tokaify.answer.usage-optional", "tokaify.answer.usage", _under("usage", "empty", "absent"),
        judging.delivers_all,
        why="A client that insists on counts throws away an image that it has paid for.",
    ),
    Property(
        "tokaify.block.no-image-error", "tokaify.block.no-image-error", _without_image,
        tokaify_judges.told_of_no_image,
        why="An empty success is stored and shown, and breaks far from where it went wrong.",
    ),
    Property(
        "tokaify.block.empty-answer-error", "tokaify.block.no-image-error", tokaify_answers.without_images,
        tokaify_judges.told_of_no_image,
        why="An answer that is empty in a new way crashes the caller, or passes for a success.",
    ),
    Property(
        "tokaify.block.reason-named", "tokaify.block.finish-reason-error",
        _ending("moderated-output", "moderated-output-prohibited", "recitation", "other", "no-image"),
        tokaify_judges.names_reason,
        why="Only who knows the reason can change the prompt instead of paying for the same refusal again.",
    ),
    Property(
        "tokaify.block.prompt-reason-named", "tokaify.block.blocked", _moderated, tokaify_judges.names_reason,
        why="A caller who is not told that the prompt was blocked tries it again, and may lose the account.",
    ),
    Property(
        "tokaify.duration.read-timeout", "tokaify.duration.read-timeout", waiting.long_answers, waiting.survives,
        frozenset({SOCKET_TIMEOUTS}), examples=3,
        why="A picture at 4K takes two minutes; whoever hangs up before that pays without getting it.",
    ),
    Property(
        "tokaify.duration.no-second-call", "tokaify.duration.no-second-call", waiting.late_answers,
        waiting.ordered_once, frozenset({SOCKET_TIMEOUTS}), examples=10,
        why="The provider goes on drawing when the client hangs up; every further try is a further picture to pay for.",
    ),
    Property(
        "tokaify.model.unavailable-told", "tokaify.model.fallback", refusals.refused_for(_UNAVAILABLE),
        tokaify_judges.tells_unavailable, examples=10,
        why="Preview models come and go; whoever cannot tell that from other failures cannot switch to another.",
    ),
    Property(
        "tokaify.error.category", "tokaify.error.category", refusals.refused_for(_CATEGORIES),
        refusals.told_by_status(_CATEGORIES), examples=30,
        why="Whether to wait, to pay or to change the request depends on what kind of error it is.",
    ),
)  # fmt: skip
