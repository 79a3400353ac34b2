"""One control request as its handler sees it, and the ways to refuse it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ...specs.errors import did_you_mean
from ..problems import Problem
from ..transcript import printable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that fits its schema; `data` is the body, an empty mapping where none came."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    data: Any


class Refused(Exception):
    """A control request is refused: HTTP status, one sentence for people, further headers."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.sentence = printable(sentence)
        self.headers = headers or {}
        super().__init__(self.sentence)


def pick(what: str, name: str, known: Mapping[str, T], *, status: int = 400) -> T:
    """`known[name]`; where it is missing, a refusal that suggests the nearest name."""
    if name in known:
        return known[name]
    names = ", ".join(known) or "none"
    raise Refused(status, f"There is no {what} {name!r}{did_you_mean(name, tuple(known))}. Known: {names}.")


def sentence(error: ValueError) -> str:
    """What the core says of a value, as a sentence."""
    text = str(error)
    if text.partition(" ")[0].isalpha():  # else it begins with a name, whose case matters
        text = text[0].upper() + text[1:]
    return text if text.endswith("?") else f"{text}."


def wording(problem: Problem) -> Refused:
    """What the control API says of a problem that the shared machinery found."""
    facts = problem.facts
    match problem.kind:
        case "route-unknown":
            return Refused(404, f"There is nothing at {facts['path']}; see /__safelight__/openapi.json.")
        case "method-not-allowed":
            allowed = problem.headers["Allow"]
            return Refused(405, f"{facts['path']} takes {allowed}, not {facts['method']}.", problem.headers)
        case "parameter-missing":
            return Refused(400, f"{facts['field']} is missing.")
        case "body-malformed":
            return Refused(400, f"The request is not understood: {facts['reason']}.")
        case "body-too-large":
            return Refused(400, f"The body is larger than {facts['limit']} bytes.")
        case _:
            return Refused(400, f"{facts['field']}: {facts['reason']}, not {facts['value']}.")
