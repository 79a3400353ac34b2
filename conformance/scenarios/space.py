"""The scenarios there are for one provider and one client, as Hypothesis strategies.

Simple values come first, since Hypothesis shrinks towards them: no fault, a plain prompt, the default readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...specs import Spec, load
from .model import Call, Picture, Scenario, Wish
from .prompts import prompts
from .vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    from ..subjects.base import Claims

THRESHOLDS: Final = (35.0, 30.0, 31.0, 60.0, 90.0, 91.0, 120.0, 150.0, 180.0, 181.0, 240.0)
"""Seconds a job takes: about the instants at which the documents change their advice."""
WAITING: Final = (5.0, 15.0, 30.0, 31.0, 45.0, 61.0, 90.0, 120.0)
"""The same for providers that answer a submit with the images."""

_FIELD_FEATURES: Final = {
    "ratio": "ratio", "resolution": "resolution", "output_format": "output-format", "temperature": "temperature",
    "top_p": "top-p",
}  # fmt: skip


@dataclass(frozen=True)
class Space:
    """Scenarios for clients of `provider` that have the features and are run under the conditions in `can`.

    Of a gateway there is what it `claims`. `effort` multiplies how much is made ready to be tried.
    """

    provider: str
    can: frozenset[str]
    seed: int = 0
    claims: Claims | None = None
    effort: float = 1.0

    @property
    def st(self) -> Any:
        """Hypothesis' strategies, so that modules of checks need not import it to be listed."""
        return st

    @cached_property
    def spec(self) -> Spec:
        """The provider's specification."""
        return load(self.provider)

    @cached_property
    def words(self) -> Vocabulary:
        """What the provider takes."""
        return vocabulary(self.provider)

    def scenarios(self, *, wish: Any = None, calls: Any = None, **parts: Any) -> SearchStrategy[Scenario]:
        """Scenarios whose parts are as given: each a value or a strategy for it.

        Without `wish` or `calls` one call asks for anything that provider and client can do; without `seconds` and
        `readings` jobs take any time and documents are taken in any way. The other parts have their defaults.
        """
        if calls is None:
            calls = st.builds(lambda each: (Call(each),), _strategy(wish) if wish is not None else self.wishes())
        parts.setdefault("seconds", self.durations())
        parts.setdefault("readings", self.readings())
        strategies = {name: _strategy(part) for name, part in parts.items()}
        return st.builds(Scenario, st.just(self.provider), _strategy(calls), seed=st.just(self.seed), **strategies)

    def wishes(self, **fixed: Any) -> SearchStrategy[Wish]:
        """What can be asked of provider and client alike; `fixed` fields are values or strategies for them."""
        parts = {"prompt": prompts(self.words.longest_prompt), **self._optional(), **fixed}
        return st.builds(Wish, **{name: _strategy(part) for name, part in parts.items()})

    def full(self, **fixed: Any) -> SearchStrategy[Wish]:
        """All that can be asked of provider and client at once, references among it."""
        options = {name: each.filter(lambda value: value is not None) for name, each in self._optional().items()}
        pictures = {"images": self.pictures()} if self._picture_ways() else {}
        return self.plain(**{**options, **pictures, **fixed})

    def plain(self, **fixed: Any) -> SearchStrategy[Wish]:
        """A plain prompt and nothing else but the `fixed` fields."""
        return st.builds(Wish, **{name: _strategy(part) for name, part in fixed.items()})

    def prompts(self) -> SearchStrategy[str]:
        """Prompts in any script, as long as the provider takes."""
        return prompts(self.words.longest_prompt)

    def pictures(self, *, least: int = 1, most: int = 3) -> SearchStrategy[tuple[Picture, ...]]:
        """References that the provider and the client take; nothing where there are none."""
        ways = self._picture_ways()
        if not ways:
            return st.nothing()
        one = st.builds(
            Picture,
            by=st.sampled_from(ways),
            format=st.sampled_from(("png", "jpeg", "webp")),
            width=st.integers(16, 96),
            height=st.integers(16, 96),
            seed=st.integers(0, 99),
        )
        return st.lists(one, min_size=least, max_size=most).map(tuple)

    def counts(self) -> SearchStrategy[int]:
        """Numbers of images; one where provider or client has no more."""
        return st.integers(1, self.words.counts) if "count" in self.can else st.just(1)

    def durations(self) -> SearchStrategy[float | None]:
        """Seconds that jobs take, near the documents' thresholds more often than not; None for the provider's own."""
        known = WAITING if self.words.waits else THRESHOLDS
        return st.one_of(st.none(), st.sampled_from(known), st.integers(2, int(known[-1])).map(float))

    def readings(self) -> SearchStrategy[Mapping[str, str]]:
        """Every default, or one or two readings that are not."""
        return st.sampled_from([{}, *self.single_readings(), *self.paired_readings()])

    def single_readings(self) -> list[Mapping[str, str]]:
        """Each reading that is no default, alone."""
        return [{name: value} for name, value in self._uncommon()]

    def paired_readings(self) -> list[Mapping[str, str]]:
        """Any two of them together."""
        pairs = combinations(self._uncommon(), 2)
        return [{one[0]: one[1], other[0]: other[1]} for one, other in pairs if one[0] != other[0]]

    def failures(self) -> SearchStrategy[str]:
        """Ways in which a job fails, but for moderation."""
        return st.sampled_from([name for name in self.spec.behaviour.failures if not name.startswith("moderated")])

    def moderations(self) -> SearchStrategy[str]:
        """Ways in which moderation ends a job."""
        return st.sampled_from([name for name in self.spec.behaviour.failures if name.startswith("moderated")])

    def faults(self, *documents: Mapping[str, Any], most: int = 1) -> SearchStrategy[tuple[Mapping[str, Any], ...]]:
        """One to `most` of these faults."""
        return st.lists(st.sampled_from(documents), min_size=1, max_size=most).map(tuple)

    def _uncommon(self) -> list[tuple[str, str]]:
        choices = self.spec.behaviour.choices.values()
        readings = [choice for choice in choices if choice.scored]
        return [(each.name, value) for each in readings for value in each.values if value != each.default]

    def _picture_ways(self) -> list[str]:
        return [way for way in sorted(self.words.pictures) if f"{way}-images" in self.can]

    def _optional(self) -> dict[str, SearchStrategy[Any]]:
        parts: dict[str, SearchStrategy[Any]] = {
            name: st.one_of(st.none(), st.sampled_from(values))
            for name, values in self.words.listed.items()
            if _FIELD_FEATURES[name] in self.can
        }
        if "count" in self.can and self.words.counts > 1:
            parts["count"] = st.one_of(st.none(), self.counts())
        if "channel" in self.can and self.words.channels:
            parts["channel"] = st.one_of(st.none(), st.sampled_from(self.words.channels))
        return parts


def _strategy(part: Any) -> SearchStrategy[Any]:
    return part if isinstance(part, SearchStrategy) else st.just(part)
