"""What a client says it can do. Checks of what is not declared do not apply; what is declared has to show itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from ...specs import provider_names

FEATURES: Final[Mapping[str, str]] = {
    "ratio": "takes an aspect ratio",
    "resolution": "takes 1K, 2K or 4K",
    "count": "takes a number of images",
    "url-images": "takes reference images by URL",
    "bytes-images": "takes reference images as bytes",
    "output-format": "takes an output format",
    "temperature": "takes a temperature",
    "top-p": "takes a top-p",
    "channel": "takes a channel, such as official",
    "follow-up": "goes on from an earlier result",
    "deadline": "takes a deadline",
    "parallel": "may be called several times at once",
    "usage": "tells the provider's counts of usage",
    "expiry": "tells when the URLs of a result lapse",
    "list": "lists jobs",
    "cancel": "cancels a call under way",
    "resume": "picks up a job by its id",
    "close": "can be closed",
}
ASKING: Final = frozenset(
    {"ratio", "resolution", "count", "url-images", "bytes-images", "output-format", "temperature", "top-p", "channel"}
)
ASSUMED: Final = ASKING | {"deadline", "parallel"}  # of clients that declare nothing
METHODS: Final = frozenset({"list", "cancel", "resume", "close"})


class UnknownFeature(ValueError):
    """A name that is no feature, or a provider that nobody knows."""

    def __init__(self, name: str, known: Iterable[str], what: str = "feature") -> None:
        near = get_close_matches(name, list(known), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
        super().__init__(f"{name!r} is no {what}{hint}")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Name and version of a client, its providers, and its features by name (see FEATURES).

    Raises UnknownFeature.
    """

    name: str = "client"
    version: str = ""
    providers: tuple[str, ...] = ()
    features: frozenset[str] = ASSUMED

    def __post_init__(self) -> None:
        for feature in self.features:
            if feature not in FEATURES:
                raise UnknownFeature(feature, FEATURES)
        for provider in self.providers:
            if provider not in provider_names():
                raise UnknownFeature(provider, provider_names(), "provider")

    @classmethod
    def of(cls, declared: Any) -> "Capabilities":
        """From an object of this class or a mapping with its fields; `features` is any collection of names."""
        if isinstance(declared, cls):
            return declared
        if not isinstance(declared, Mapping):
            raise TypeError(f"capabilities are a Capabilities or a mapping, not {type(declared).__name__}")
        known = {"name", "version", "providers", "features"}
        for name in declared:
            if name not in known:
                raise UnknownFeature(str(name), sorted(known), "field of capabilities")
        given = dict(declared)
        for name, kind in (("providers", tuple), ("features", frozenset)):
            if name in given:
                given[name] = kind(given[name])
        return cls(**given)
