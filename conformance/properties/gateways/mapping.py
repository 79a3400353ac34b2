"""What is asked of a gateway is what it asks for upstream, whichever provider it chooses."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from ....mockserver.sizes import TIERS
from ...checks.record import FINE, Ruling
from ...gateway.capabilities import FETCHES, NAMED
from ...scenarios.model import Call, Manner, Picture, Wish
from ...scenarios.vocabulary import RATIOS, vocabulary
from ..judging import contrast, same, shown
from ..record import Property
from ..wire import ABSENT, decoded, pictures_of, prompts_of, sent
from .money import shortage_told
from .pictures import pictures_in, told_by
from .stories import flows, images_of, story, submits
from .wherever import wherever

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space
    from ..record import RunJudge

_TRAPS: Final = (
    "nai\u0308ve ﬁne 𝔘 \u212b “quotes” \"and\" 'more', \\n {braces} ${x} %s 100% <b>&amp;</b> "
    "a\u200bb \u202ertl\u202c 👩‍👩‍👧‍👦"
)
_ODD_PROMPTS: Final = (
    _TRAPS, "  two\r\nlines\tand a tab\n\nand more \n", "nul \x00 and \x1b[31mred\x1b[0m",
    f" {'a red kite, ' * 190}{_TRAPS} ",
    "🪁" * 2_000, "🪁" * 2_001, f"{'風' * 6_000}{_TRAPS}",
)  # fmt: skip
_FORMATS: Final = ("png", "jpeg", "webp")
_GONE: Final = Picture(url="{gallery}/nothing-here.png")


def _prompts(space: Space) -> Any:
    return wherever(space, space.plain(prompt=space.st.sampled_from(_ODD_PROMPTS)))


def _prompts_for_each(space: Space) -> Any:
    """Prompts to this provider, by its name."""
    calls = [Call(Wish(each), manner=Manner(flow=flow)) for each in _ODD_PROMPTS[:2] for flow in flows(space)]
    return space.st.sampled_from([story(space, call, seconds=2.0) for call in calls])


def _ratios(space: Space) -> Any:
    return wherever(space, space.plain(ratio=space.st.sampled_from(RATIOS)))


def _tiers(space: Space) -> Any:
    return wherever(space, space.plain(resolution=space.st.sampled_from((*TIERS, "2k", "4k"))))


def _formats(space: Space) -> Any:
    return wherever(space, space.plain(output_format=space.st.sampled_from(_FORMATS)))


def _counts(space: Space) -> Any:
    return wherever(space, space.plain(count=space.st.integers(1, 4)))


def _warmth(space: Space) -> Any:
    values = {name: space.st.sampled_from((0.0, 0.5, 1.0)) for name in ("temperature", "top_p")}
    return wherever(space, space.plain(**values))


def _references(space: Space) -> Any:
    ways: list[Any] = [way for way in ("url", "bytes") if f"{way}-images" in space.can]
    one = space.st.builds(
        Picture, by=space.st.sampled_from(ways), format=space.st.sampled_from(_FORMATS), seed=space.st.integers(0, 99)
    )
    few = space.st.lists(one, min_size=1, max_size=4, unique_by=lambda picture: picture.seed)
    many = space.st.sampled_from((14, 15)).map(lambda count: [Picture(ways[0], seed=seed) for seed in range(count)])
    return wherever(space, space.plain(images=space.st.one_of(few, few, many).map(tuple)))


def _gone(space: Space) -> Any:
    """References of which one is not where it is said to be, in front of others, behind them, or alone."""
    lists = [(_GONE,), (Picture(), _GONE), (_GONE, Picture())]
    calls = [Call(Wish(images=each), manner=Manner(flow=flow)) for each in lists for flow in flows(space)]
    return space.st.sampled_from([story(space, call, seconds=2.0) for call in calls])


def _there(space: Space) -> Any:
    """References by URL, at an address that the gateway may fetch from."""
    lists = [(Picture(),), (Picture(), Picture(seed=1))]
    calls = [Call(Wish(images=each), manner=Manner(flow=flow)) for each in lists for flow in flows(space)]
    return space.st.sampled_from([story(space, call, seconds=2.0) for call in calls])


def prompt_kept(run: Run) -> Ruling:
    """Every submit has the prompt as it was given."""
    asked = submits(run)
    for seen in asked:
        texts = prompts_of(seen)
        if run.wish.prompt not in texts:
            wished, said = contrast(run.wish.prompt, texts[0] if texts else ABSENT)
            return f"the prompt was {wished}; {seen.exchange.provider} was told {said}"
    return FINE if asked else _refused(run)


def kept(name: str) -> RunJudge:
    """Every submit says of one field what the caller said; what the provider takes for granted may be left out."""

    def judge(run: Run) -> Ruling:
        wished = getattr(run.wish, name)
        asked = submits(run)
        for seen in asked:
            said = sent(seen, name)
            if said is ABSENT and vocabulary(seen.exchange.provider).defaults.get(name) == wished:
                continue
            if not same(said, wished):
                return f"{name} {shown(wished)} was asked for; {seen.exchange.provider} was told {shown(said)}"
        return FINE if asked else _refused(run)

    return judge


def format_kept(run: Run) -> Ruling:
    """The images are in the format that was asked for, or the provider was at least asked for it."""
    wished = run.wish.output_format
    asked = [seen for seen in submits(run) if seen.accepted]
    if run.outcome.kind != "result":
        return _refused(run)
    if all(sent(seen, "output_format") == wished for seen in asked):
        return FINE
    for facts in map(told_by, pictures_in(run.outcome)):
        if facts is not None and facts.format != wished:
            return f"{wished} was asked for, and {asked[0].exchange.provider} was not; the image is {facts.format}"
    return FINE


def count_kept(run: Run) -> Ruling:
    """So many images are ordered and delivered as were asked for, each of them once."""
    if run.outcome.kind != "result":
        return _refused(run)
    wished = run.wish.count or 1
    ordered = images_of(job for job in run.jobs if job.paid)
    if ordered > wished:
        return f"{wished} images were asked for, {ordered} were ordered, and each is paid"
    delivered = run.outcome.images
    if len(delivered) > wished:
        return f"{wished} images were asked for, and {len(delivered)} delivered"
    if len({image.url or image.data for image in delivered}) < len(delivered):
        return f"{wished} images were asked for, and one of them is delivered twice"
    return shortage_told(run)


def numbers_kept(run: Run) -> Ruling:
    """Providers that have a temperature are told what the caller said of it, zero included."""
    asked = [seen for seen in submits(run) if seen.exchange.provider in ("tokaify", "onemin")]
    for seen in asked:
        for name in ("temperature", "top_p"):
            wished, said = getattr(run.wish, name), sent(seen, name)
            if said != wished:
                return f"{name} {wished} was asked for; {seen.exchange.provider} was told {shown(said)}"
    return FINE if asked or run.outcome.kind == "result" else _refused(run)


def references_kept(run: Run) -> Ruling:
    """Every reference goes along, in order, in the form that the provider takes."""
    asked = submits(run)
    wished = len(run.wish.images)
    for seen in asked:
        provider, found = seen.exchange.provider, pictures_of(seen)
        if len(found) != wished:
            return f"{wished} references were handed over, {provider} was given {len(found)}"
        for number, (one, ruling) in enumerate(zip(found, _places(run, found), strict=True), start=1):
            if not ruling:
                return f"reference {number} of {wished} is not what {provider} was given: {shown(one)}"
    return FINE if asked else _refused(run)


def none_left_out(run: Run) -> Ruling:
    """No image is ordered without the reference that could not be had."""
    if run.outcome.kind == "unsupported":
        return None
    return references_kept(run) if submits(run) or run.outcome.kind == "result" else FINE


def _places(run: Run, found: list[Any]) -> list[bool]:
    """Whether each of the references of a submit is the caller's of the same number."""
    urls = iter(run.reference_urls)
    own = [next(urls) if picture.by == "url" else None for picture in run.wish.images]
    return [_is(one, data, url) for one, data, url in zip(found, run.references, own, strict=True)]


def _is(one: Any, data: bytes, url: str | None) -> bool:
    if isinstance(one, dict):
        return decoded(str(one.get("data"))) == data
    text = str(one)
    if text.startswith("data:"):
        return b64decode(text.partition(",")[2]) == data
    return text == url if url is not None else text.startswith("http")  # a gateway may host what it was given as bytes


def _refused(run: Run) -> Ruling:
    """A gateway may say that it, or its provider, does not offer this."""
    outcome = run.outcome
    if outcome.kind == "result":
        return "the call was answered with images, although no provider was asked for any" if not run.jobs else None
    return FINE if 400 <= (outcome.status or 0) < 500 and outcome.kind == "error" else None


def fetched_as_claimed(run: Run) -> Ruling:
    """What the provider wants as bytes is fetched by a gateway that says that it does."""
    if run.outcome.kind != "result":
        return f"the gateway claims to fetch references, but the call ended with {run.outcome.described()}"
    missed = [url for url in run.reference_urls if not any(url.endswith(visit.path) for visit in run.visits)]
    return f"the gateway claims to fetch references, but not {shown(missed[0])}" if missed else FINE


def _property(name: str, explore: Any, judge: RunJudge, why: str, *needs: str, examples: int = 10) -> Property:
    id = f"gateway.mapping.{name}"
    return Property(id, id, explore, judge, frozenset(needs), examples, why=why, once=True)


PROPERTIES: Final = (
    _property(
        "prompt", _prompts, prompt_kept,
        "Most people on earth do not write their prompts in ASCII, and what is cut off is not drawn.", examples=16,
    ),
    Property(
        "gateway.mapping.prompt-for-each", "gateway.mapping.prompt", _prompts_for_each, prompt_kept,
        frozenset({NAMED}), examples=4,
        why="A prompt that one provider is sent as it is and another one tidied makes two different pictures.",
    ),
    _property(
        "ratio", _ratios, kept("ratio"),
        "A picture that is made for a banner and comes as a square is paid, and thrown away.", "ratio", examples=20,
    ),
    _property(
        "resolution", _tiers, kept("resolution"),
        "4K costs more than 1K: who gets another tier pays for what was not wanted, or has not what was paid.",
        "resolution", examples=12,
    ),
    _property(
        "output-format", _formats, format_kept,
        "A PNG where a WebP was asked for is ten times as large, or does not open.", "output-format",
    ),
    _property(
        "count", _counts, count_kept,
        "Who asks for four pictures waits for four, and does not pay for five.", "count", examples=12,
    ),
    _property(
        "numbers", _warmth, numbers_kept,
        "Zero asks for the same picture each time; taken for nothing, it brings another one.", "temperature", "top-p",
        examples=8,
    ),
    _property(
        "references", _references, references_kept,
        "The first reference is the person and the second the style: swapped or lost, the picture is of another.",
        "url-images", examples=16,
    ),
    Property(
        "gateway.mapping.references-gone", "gateway.mapping.references", _gone, none_left_out,
        frozenset({"url-images"}), examples=4,
        why="A reference that is skipped because its host was down gives a picture of somebody else, which is paid.",
    ),
    Property(
        "gateway.mapping.references-fetched", "gateway.mapping.references-fetched", _there, fetched_as_claimed,
        frozenset({"url-images", FETCHES}), examples=4, providers=("threedai", "tokaify"),
        why="Callers who are told that URLs will do have no other form of their pictures at hand.",
    ),
)  # fmt: skip
