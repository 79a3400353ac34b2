"""What a server answered. Judges read nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import orjson

from ...specs import Spec
from .fields import values

if TYPE_CHECKING:
    from ...mockserver.images import ImageFacts
    from .record import Order, Probe

NOT_JSON: Final = object()


@dataclass(eq=False)
class Answer:
    """A request and what came of it; times in seconds.

    `status` is 0 where there was no answer, and `lost` says why; without a connection the request was not even `sent`.
    """

    number: int
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    at: float
    until: float = 0.0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    lost: str = ""
    sent: bool = True

    @cached_property
    def data(self) -> Any:
        """The body as JSON, or NOT_JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return NOT_JSON

    @property
    def served(self) -> bool:
        """Whether the request was carried out, as far as the status tells."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the request was refused as the caller's fault."""
        return 400 <= self.status < 500

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def told(self) -> str:
        """The status and the media type, for sentences."""
        return f"{self.status or 'nothing'} {self.content_type}".rstrip()


@dataclass(eq=False)
class Picture:
    """A result: where it lies or that it came inside an answer, and what it turned out to be."""

    answer: Answer
    data: bytes = b""
    facts: ImageFacts | None = None
    said: str = ""  # the media type that the answer gives it


@dataclass(eq=False)
class Life:
    """An order and everything that followed. `strangers` are polls of the task without its key."""

    order: Order
    submit: Answer
    polls: list[Answer] = field(default_factory=list)
    after: list[Answer] = field(default_factory=list)
    strangers: list[Answer] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    balances: dict[str, tuple[float, Answer]] = field(default_factory=dict)
    task: str | None = None
    ending: str | None = None

    @property
    def answers(self) -> list[Answer]:
        """Everything in the order in which it happened."""
        found = [self.submit, *self.polls, *self.after, *self.strangers, *(p.answer for p in self.pictures)]
        found += [answer for _, answer in self.balances.values()]
        return sorted(dict.fromkeys(found), key=lambda answer: answer.number)

    @property
    def sent(self) -> Any:
        """The body of the order."""
        return self.order.body


@dataclass(eq=False)
class Evidence:
    """All that is known of a server. `problems` are sentences about what could not be found out."""

    spec: Spec
    states: States
    free: dict[str, tuple[Probe, Answer]] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    requests: int = 0

    def stage(self, name: str) -> Iterator[tuple[Answer, Life | None]]:
        """The answers of one kind.

        `submit`   to orders that were accepted
        `poll`     about tasks, and `pending`, `succeeded`, `failed`, `cancelled` those of them that say so
        `refusals` to probes on documented paths that were refused
        `reads`    to probes that are served
        """
        if name in ("refusals", "reads"):
            for probe, answer in self.free.values():
                if probe.operation and (answer.refused if name == "refusals" else answer.served):
                    yield answer, None
            return
        for life in self.lives:
            if name == "submit":
                found = [life.submit] if life.submit.served else []
            else:
                found = [answer for answer in (*life.polls, *life.after) if answer.status == 200]
            for answer in found:
                if name in ("submit", "poll") or self.states.kind(answer.data) == name:
                    yield answer, life


class States:
    """The words for the state of a task and what they mean, from the schema of a poll's answer."""

    def __init__(self, spec: Spec) -> None:
        self.poll = next((operation for operation in spec.operations if operation.role == "poll"), None)
        behaviour = spec.behaviour
        self.field = str(behaviour.raw.get("answers", {}).get("status", "status"))
        self._words: dict[str, str] = {}
        self._running = behaviour.states["running"]
        if self.poll is not None:
            named = {"pending": "running", "succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled"}
            branches = list(_branches(spec, self.poll.responses[200] or {}, self.field))
            for kind, state in named.items():
                for words in (words for words in branches if behaviour.states.get(state) in words):
                    self._words |= dict.fromkeys(words, kind)

    def word(self, data: Any) -> str | None:
        """What an answer says of the state of its task."""
        found = values(data, self.field)
        return found[0] if found and isinstance(found[0], str) else None

    def kind(self, data: Any) -> str | None:
        """The meaning of that word: pending, succeeded, failed or cancelled; None for a word that is not known."""
        return self._words.get(self.word(data) or "")

    def rank(self, data: Any) -> int:
        """How far a task has come: 0 waiting, 1 running, 2 at its end; -1 where nobody knows."""
        kind = self.kind(data)
        if kind == "pending":
            return 1 if self.word(data) == self._running else 0
        return -1 if kind is None else 2


def _branches(spec: Spec, schema: Mapping[str, Any], name: str) -> Iterator[list[str]]:
    from ...specs.openapi import resolve

    node = resolve(spec.openapi, schema)
    for branch in node.get("oneOf", [node]):
        status = resolve(spec.openapi, branch).get("properties", {}).get(name, {})
        yield [status["const"]] if "const" in status else list(status.get("enum", ()))
