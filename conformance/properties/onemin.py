"""Properties of clients of 1min.ai (document 004_f6cf891aa6c661aa.txt)."""

from __future__ import annotations

from typing import Any, Final

from ..scenarios.model import Picture, Wish
from ..scenarios.space import Space
from ..scenarios.vocabulary import RATIOS
from ..subjects.base import SOCKET_TIMEOUTS
from . import judging, limits, onemin_judges, refusals, waiting
from .record import Property

_CATEGORIES: Final[refusals.Categories] = {
    "key-unknown": ("auth",),
    "credits-exhausted": ("credits",),
    "rate-limited": ("rate_limited",),
    "parameter-invalid": ("invalid",),
    "internal": ("server", "ambiguous", "failed"),
    "unavailable": ("server", "ambiguous", "failed"),
}
_OBLONG: Final = tuple(ratio for ratio in RATIOS if ratio != "1:1")


def _asking(name: str, *values: Any) -> Any:
    return lambda space: space.scenarios(wish=space.plain(**{name: space.st.sampled_from(values)}), seconds=None)


def _with_picture(by: Any) -> Any:
    pictures = (Picture(by), Picture(by, "jpeg", seed=3))
    return _asking("images", pictures[:1], pictures)


def _ending(*endings: str) -> Any:
    return lambda space: space.scenarios(wish=Wish(), ending=space.st.sampled_from(endings), seconds=None)


def _under(**readings: str) -> Any:
    """Any wish, under these readings, some of which may be knobs, and any other."""

    def explore(space: Space) -> Any:
        others = space.st.sampled_from([{}, *space.single_readings()])
        return space.scenarios(
            wish=space.wishes(), readings=others.map(lambda other: {**other, **readings}), seconds=None
        )

    return explore


PROPERTIES: Final = (
    Property(
        "onemin.submit.as-documented", "onemin.submit.body",
        lambda space: space.scenarios(wish=space.wishes(), seconds=None), limits.as_documented,
        why="A body that is refused brings no image, however reasonable the wish.",
    ),
    Property(
        "onemin.submit.size-as-asked", "onemin.submit.image-size-values",
        lambda space: space.scenarios(wish=space.wishes(resolution=space.st.sampled_from(("1K", "2K", "4K")))),
        judging.arrives("resolution"), frozenset({"resolution"}),
        why="A picture with fewer pixels than were asked for is useless in print, one with more is paid for in vain.",
    ),
    Property(
        "onemin.submit.size-not-replaced", "onemin.submit.image-size-values", _asking("resolution", "8K", "16K"),
        judging.refused("resolution"), frozenset({"resolution"}),
        why="Whoever asked for 8K and gets 1K without a word finds out at the printer's.",
    ),
    Property(
        "onemin.submit.temperature-as-asked", "onemin.submit.temperature",
        _asking("temperature", 0.0, 0.3, 1.0, 1.7, 2.0), onemin_judges.number_as_asked("temperature", 1.0),
        frozenset({"temperature"}),
        why="Zero is a wish, too: where it is taken for none, pictures differ from time to time that should not.",
    ),
    Property(
        "onemin.submit.temperature-not-bent", "onemin.submit.temperature",
        _asking("temperature", 2.1, 2.01, 5.0, -0.1, 100.0), judging.refused("temperature"), frozenset({"temperature"}),
        why="A number that is bent into the range in silence hides a mistake of the caller's.",
    ),
    Property(
        "onemin.submit.top-p-as-asked", "onemin.submit.top-p", _asking("top_p", 0.0, 0.2, 0.95, 1.0),
        onemin_judges.number_as_asked("top_p", 0.95), frozenset({"top-p"}),
        why="A setting that is lost on the way makes the same request draw other pictures than it should.",
    ),
    Property(
        "onemin.submit.top-p-not-bent", "onemin.submit.top-p", _asking("top_p", 1.1, 1.01, 2.0, -0.1),
        judging.refused("top_p"), frozenset({"top-p"}),
        why="A number that is bent into the range in silence hides a mistake of the caller's.",
    ),
    Property(
        "onemin.submit.ratio-refused", "onemin.submit.no-other-parameters", _asking("ratio", *_OBLONG),
        limits.not_succeeding("ratio"), frozenset({"ratio"}),
        why="The picture is always square; whoever asked for 16:9 pays for one that does not fit.",
    ),
    Property(
        "onemin.submit.count-made-up-for", "onemin.submit.no-other-parameters", _asking("count", 2, 3, 4),
        limits.made_up_for, frozenset({"count"}),
        why="A field that the provider ignores brings one image where four were asked for, and no error.",
    ),
    Property(
        "onemin.submit.urls-refused", "onemin.submit.no-other-parameters", _with_picture("url"),
        limits.references_not_dropped, frozenset({"url-images"}), examples=5,
        why="Whoever hands over a photograph and gets a picture without it has paid for nothing.",
    ),
    Property(
        "onemin.submit.bytes-refused", "onemin.submit.no-other-parameters", _with_picture("bytes"),
        limits.references_not_dropped, frozenset({"bytes-images"}), examples=5,
        why="Whoever hands over a photograph and gets a picture without it has paid for nothing.",
    ),
    Property(
        "onemin.submit.patience", "onemin.submit.patience", waiting.long_answers, waiting.survives,
        frozenset({SOCKET_TIMEOUTS}), examples=3,
        why="There is no way to ask again for a picture; whoever hangs up before it is there has paid for nothing.",
    ),
    Property(
        "onemin.submit.ordered-once", "onemin.submit.patience", waiting.late_answers, waiting.ordered_once,
        frozenset({SOCKET_TIMEOUTS}), examples=10,
        why="The provider goes on drawing when the client hangs up; every further try is a further picture to pay for.",
    ),
    Property(
        "onemin.record.uuid-opaque", "onemin.record.uuid", _under(**{"record-uuid": "doc-like"}), judging.succeeds,
        why="A client that insists on a valid UUID throws away an image because of a name that it does not need.",
    ),
    Property(
        "onemin.record.failure-told", "onemin.record.failure",
        _ending("failed", "moderated-prompt", "moderated-output"), onemin_judges.told_of_failure,
        why="A failure that comes with status 200 is stored as a success, and found out by the customer.",
    ),
    Property(
        "onemin.record.incomplete-told", "onemin.record.incomplete", onemin_judges.incomplete,
        onemin_judges.told_of_incomplete, examples=30,
        why="An empty success is stored and shown, and breaks far from where it went wrong.",
    ),
    Property(
        "onemin.media.address", "onemin.media.temporary-url", _under(**{"result-count": "several"}),
        onemin_judges.one_true_address,
        why="A storage key is no address: the picture that was paid for cannot be opened.",
    ),
    Property(
        "onemin.media.signed-url-kept", "onemin.media.signed-query",
        lambda space: space.scenarios(wish=space.wishes(), seconds=None), onemin_judges.signed_as_it_came,
        why="One changed byte breaks the signature, and the store answers with an error where the picture was.",
    ),
    Property(
        "onemin.error.category", "onemin.error.category", refusals.refused_for(_CATEGORIES),
        refusals.told_by_status(_CATEGORIES), examples=30,
        why="Whether to wait, to pay or to change the request depends on what kind of error it is.",
    ),
)  # fmt: skip
