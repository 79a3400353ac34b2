"""A fault as it is ordered: what it is to hit, when, and what happens then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...specs.complaints import complaint
from ...specs.references import dotted
from .errors import InvalidFault
from .kinds import Kind, find_kind

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, complete and valid in itself.

    Of the requests to `operation` (an id, a role, `result`, `media` or `*`; None for where the kind is at home) of
    the `providers` (none: all that it makes sense for), about `job` if one is given, `skip` pass and then `times`
    are hit (None: all), of which `probability` makes a share. `when` is the side of the commit, empty where the
    kind has none. `options` are the kind's own fields.
    """

    kind: str
    providers: tuple[str, ...] = ()
    operation: str | None = None
    job: str | None = None
    skip: int = 0
    times: int | None = 1
    probability: float | None = None
    when: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> bool:
        """Whether it strikes before the request takes effect."""
        return self.when == "before"


def read_fault(document: Any, place: str = "") -> Fault:
    """The fault that a document such as `{"kind": "reset", "operation": "poll"}` describes.

    `place` says in messages where the document stands. Raises InvalidFault.
    """
    try:
        return _read(document)
    except InvalidFault as error:
        raise InvalidFault(f"{place}: {error}" if place else str(error)) from None


def as_document(fault: Fault) -> dict[str, Any]:
    """The document that `read_fault` turns into this fault."""
    fields = {
        "kind": fault.kind,
        "provider": list(fault.providers) or EVERY,
        "operation": fault.operation,
        "job": fault.job,
        "skip": fault.skip or None,
        "probability": fault.probability,
        "when": fault.when or None,
        **fault.options,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return given if find_kind(fault.kind).standing else {**given, "times": fault.times}


def _read(document: Any) -> Fault:
    if not isinstance(document, Mapping):
        raise InvalidFault(f"a fault is a mapping with a kind, not {document!r}")
    if not isinstance(document.get("kind"), str):
        raise InvalidFault("a fault needs a kind, such as reset")
    kind = find_kind(document["kind"])
    found = complaint(kind.schema(), dict(document))
    if found is not None:
        where, problem = found
        raise InvalidFault(f"{kind.name}: {dotted(where) + ': ' if where else ''}{problem}")
    return _build(kind, document)


def _build(kind: Kind, document: Mapping[str, Any]) -> Fault:
    times = document.get("times", 1)
    return Fault(
        kind=kind.name,
        providers=_providers(document.get("provider", EVERY)),
        operation=document.get("operation"),
        job=document.get("job"),
        skip=int(document.get("skip", 0)),
        times=None if times is None or kind.standing else int(times),
        probability=document.get("probability"),
        when=document.get("when", kind.when[0] if kind.when else ""),
        options=kind.defaults() | {name: document[name] for name in kind.options if name in document},
    )


def _providers(named: str | list[str]) -> tuple[str, ...]:
    if named == EVERY:
        return ()
    return (named,) if isinstance(named, str) else tuple(named)
