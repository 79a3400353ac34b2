"""What a gateway's callers send and get, as data: the routes of one API and where its answers hold what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

from ...specs.cache import read_yaml
from .template import placeholders

FOLDER: Final = Path(__file__).with_name("dialects")

IMAGES: Final = "images"

_IMAGES: Final = frozenset({IMAGES, "image", "pictures"})  # placeholders for references

FlowKind = Literal["sync", "async"]


@dataclass(frozen=True, slots=True)
class Poll:
    """How to ask after a job: `every` so many seconds, at `path`, until `status` is one of `done` or `failed`.

    `status` is a JMESPath. Where `answer` is empty the images lie where those of the submit would.
    """

    path: str
    status: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    every: float = 5.0
    method: str = "GET"


@dataclass(frozen=True)
class Flow:
    """One way to ask for images. `answer` has JMESPaths: `images`, in each of them `url`, `base64` and `mime`; `id`."""

    kind: FlowKind
    path: str
    body: Mapping[str, Any]
    answer: Mapping[str, str]
    poll: Poll | None = None
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any], fields: Mapping[str, str]) -> Self:
        """From the document of a flow; `fields` are more fields of the body, by what they hold."""
        poll = row.get("poll")
        body = dict(row["body"])
        for name, path in fields.items():
            body = _with(body, path.split("."), f"{{{name}}}")
        return cls(
            "async" if poll else "sync", row["path"], body, row["answer"],
            Poll(**{**poll, "done": tuple(poll["done"]), "failed": tuple(poll["failed"])}) if poll else None,
            row.get("method", "POST"), row.get("headers", {}), row.get("id"),
        )  # fmt: skip

    @cached_property
    def takes(self) -> frozenset[str]:
        """What its body has a place for; references have it by `images`, in whatever form."""
        names = placeholders(self.body)
        return names | {IMAGES} if names & _IMAGES else names


@dataclass(frozen=True, slots=True)
class Dialect:
    """An API of gateways: its flows, the first of which is the usual one, and how it says the rest.

    `forms` are what the field for the form of images takes, by `url` and `bytes`. `error` and `models` have JMESPaths,
    `pictures` the ways in which references can be handed over. `provider` is the one whose own API it is.
    """

    name: str
    flows: tuple[Flow, ...]
    auth: Mapping[str, str]
    forms: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    provider: str | None = None

    @classmethod
    def of(cls, name: str, row: Mapping[str, Any], fields: Mapping[str, str]) -> Self:
        """From a document; see `Flow.of` for `fields`."""
        return cls(
            name, tuple(Flow.of(each, fields) for each in row["flows"]), row["auth"], row.get("forms", {}),
            row.get("error", {}), row.get("models", {}), tuple(row.get("pictures", ())), row.get("provider"),
        )  # fmt: skip

    def flow(self, kind: str, wants: Collection[str] = ()) -> Flow:
        """The first flow of a kind with places for what is wanted, or its first flow.

        An empty word, or one of which there is no flow, is for the usual kind.
        """
        flows = [flow for flow in self.flows if flow.kind == kind] or self.flows
        return next((flow for flow in flows if flow.takes.issuperset(wants)), flows[0])

    @property
    def kinds(self) -> frozenset[FlowKind]:
        """The kinds of flows there are."""
        return frozenset(flow.kind for flow in self.flows)


@cache
def dialect_names() -> tuple[str, ...]:
    """The dialects that come ready."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def dialect_document(name: str) -> Mapping[str, Any]:
    """The document of a ready dialect. KeyError where there is none."""
    if name not in dialect_names():
        raise KeyError(name)
    document: Mapping[str, Any] = read_yaml(FOLDER / f"{name}.yaml")
    return document


def _with(body: Mapping[str, Any], path: list[str], value: str) -> dict[str, Any]:
    """A body with one more field."""
    name, rest = path[0], path[1:]
    inner = body.get(name)
    return {**body, name: _with(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}
