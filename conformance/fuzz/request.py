"""A generated request as data: what goes over the wire, and what checks have to know of how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .generator import AnyCase

Kind = Literal["right", "wrong", "method", "label"]

_LARGEST: Final = 100_000  # characters of a body
_NOT_SENT: Final = frozenset({
    "user-agent", "accept-encoding", "accept", "connection", "content-length", "x-schemathesis-testcaseid",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its path from the server's root, its body in Latin-1, and what is known of it in JSON.

    `kind` is `right` or `wrong` by the OpenAPI file, or what is odd about it: its `method`, which the file does not
    have, or the `label` of its content.
    """

    kind: Kind
    label: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None
    case: str

    @property
    def size(self) -> int:
        """In characters; reports prefer small ones."""
        return len(self.path) + len(self.body or "") + sum(map(len, self.headers.values()))

    @property
    def subject(self) -> str:
        """What is wrong with it and where, whatever it asks for; what it asks for where nothing is."""
        data = json.loads(self.case)["meta"]["phase"]["data"]
        if self.kind == "wrong" and data["location"]:
            return f"{data.get('scenario')} {data['location']}"
        return f"{self.label} {data.get('scenario')} {data['description'] if self.kind == 'wrong' else ''}"


def request_of(kind: Kind, case: AnyCase) -> Request | None:
    """The request of a case as it goes over the wire; None where it cannot be written down."""
    import requests

    try:
        sent = requests.Request(**case.as_transport_kwargs()).prepare()
    except (ValueError, TypeError, requests.RequestException):
        return None
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body
    if not isinstance(body, bytes | None) or len(body or b"") > _LARGEST:
        return None
    where = urlsplit(str(sent.url))
    path = f"{where.path}?{where.query}" if where.query else where.path
    headers = {name: str(value) for name, value in sent.headers.items() if name.lower() not in _NOT_SENT}
    return Request(
        kind, case.operation.label, str(sent.method), path, headers, body.decode("latin-1") if body else None,
        json.dumps(_described(case), ensure_ascii=False),
    )  # fmt: skip


def torn(request: Request) -> Request | None:
    """A wrong request like this one, whose JSON breaks off; None where it has none."""
    if not request.body or request.body[-1] not in "}]" or not is_json(request.body.encode("latin-1")):
        return None
    case = json.loads(request.case)
    case["meta"]["generation"]["mode"] = "negative"
    case["meta"]["phase"]["data"]["description"] = "JSON that breaks off"
    return replace(request, kind="wrong", body=request.body[:-1], case=json.dumps(case, ensure_ascii=False))


def scenario_of(case: AnyCase) -> str:
    """Schemathesis' name for how a request is odd; an empty one for what was drawn."""
    scenario = getattr(case.meta.phase.data, "scenario", None) if case.meta else None
    return scenario.value if scenario is not None else ""


def is_json(body: bytes) -> bool:
    """Whether bytes are JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _described(case: AnyCase) -> dict[str, Any]:
    """What Schemathesis' checks have to know of a case beside its body."""
    assert case.meta is not None
    meta = case.meta.to_dict()
    meta["generation"]["time"] = 0.0  # that it took to make it
    row = {
        "operation": case.operation.label,
        "media_type": case.media_type,
        "path_parameters": dict(case.path_parameters),
        "headers": dict(case.headers),
        "meta": {name: meta[name] for name in ("generation", "components", "phase")},
    }
    return {name: value for name, value in row.items() if value}
