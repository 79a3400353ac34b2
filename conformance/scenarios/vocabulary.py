"""What can be asked of each provider: the values that its OpenAPI file lists, under the names of a wish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from ...specs import load

RATIOS: Final = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
TIERS: Final = ("1K", "2K", "4K")
UNHEARD_RATIOS: Final = ("1:4", "7:3", "10:1")  # that no provider lists

_LISTED: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "reapi": {"ratio": ("SubmitRequest", "size"), "resolution": ("SubmitRequest", "resolution")},
    "threedai": {
        "ratio": ("GenerateRequest", "aspect_ratio"),
        "resolution": ("GenerateRequest", "resolution"),
        "output_format": ("GenerateRequest", "output_format"),
    },
    "gmicloud": {
        "ratio": ("Payload", "aspect_ratio"),
        "resolution": ("Payload", "image_size"),
        "output_format": ("Payload", "image_output_format"),
    },
    "tokaify": {"ratio": ("ImageConfig", "aspectRatio"), "resolution": ("ImageConfig", "imageSize")},
    "onemin": {"resolution": ("PromptObject", "imageSize")},
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one provider takes.

    `listed` has the values of fields that list them, `defaults` what a field means that is not sent; `counts` the
    largest number of images, `pictures` the ways in which references can be sent, `most_pictures` how many;
    `longest_prompt` in characters. `waits` says that the submit itself is answered with the images, after a while.
    `numbers` has the ranges of fields that are numbers.
    """

    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    counts: int = 1
    pictures: frozenset[str] = frozenset()
    most_pictures: int = 0
    longest_prompt: int | None = None
    waits: bool = False
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    conversations: bool = False
    lists: bool = False


_OTHERWISE: Final[Mapping[str, Mapping[str, Any]]] = {
    "reapi": {"counts": 4, "pictures": {"url"}, "most_pictures": 14, "channels": ("official",)},
    "threedai": {"counts": 4, "pictures": {"bytes"}, "most_pictures": 14},
    "gmicloud": {
        "pictures": {"url"}, "most_pictures": 14, "longest_prompt": 2_000, "conversations": True, "lists": True,
    },
    "tokaify": {"pictures": {"bytes"}, "most_pictures": 14, "waits": True, "conversations": True},
    "onemin": {"waits": True, "numbers": {"temperature": (0.0, 2.0), "top_p": (0.0, 1.0)}},
}  # fmt: skip


@cache
def vocabulary(provider: str) -> Vocabulary:
    """The vocabulary of a provider."""
    places = {name: _property(provider, *place) for name, place in _LISTED[provider].items()}
    # Tiers in the capital letters of the documents' tables.
    listed = {
        name: tuple(value for value in each["enum"] if value not in ("1k", "2k", "4k")) for name, each in places.items()
    }
    defaults = {"count": 1, "ratio": "1:1"} | {n: each["default"] for n, each in places.items() if "default" in each}
    rest = dict(_OTHERWISE[provider])
    return Vocabulary(listed, defaults, pictures=frozenset(rest.pop("pictures", ())), **rest)


def _property(provider: str, schema: str, name: str) -> Mapping[str, Any]:
    submit = next(operation for operation in load(provider).operations if operation.role == "submit")
    schemas = (submit.body_schema or {})["components"]["schemas"]
    found: Mapping[str, Any] = schemas[schema]["properties"][name]
    return schemas[found["$ref"].rpartition("/")[2]] if "$ref" in found else found
