"""What Schemathesis' checks say of an answer to one of its requests."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .generator import loaded

if TYPE_CHECKING:
    from schemathesis import Response

    from ..engine.outcome import Heard
    from .generator import AnyCase

# Checks that have to know how a request was made. Others would send a request of their own for some of them.
_OF_MAKING: Final = frozenset({"negative_data_rejection", "unsupported_method"})
_ASIDE: Final = "\n\n"  # in front of schemas and advice
_LONGEST_BODY: Final = 200  # characters of a body in a command
_LONGEST_REASON: Final = 240


def objection(text: str, described: str, heard: Heard, check: str) -> str | None:
    """What a check of Schemathesis' has against an answer, in one line; None for nothing.

    `text` is the OpenAPI file, `described` what the generator wrote of the request.
    """
    from schemathesis import checks
    from schemathesis.core.failures import FailureGroup

    case = _case(text, json.loads(described), heard, is_made=check in _OF_MAKING)
    try:
        case.validate_response(_response(heard), checks=[getattr(checks, check)])
    except FailureGroup as group:
        failure: Any = group.exceptions[0]
        reason = " ".join(f"{failure.title}: {failure.message.partition(_ASIDE)[0]}".split()).rstrip(":")
        return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"
    return None


def command(heard: Heard, headers: Mapping[str, str]) -> str:
    """A request as one would type it, but for its key, of which only is said whose it is if not the caller's."""
    body = heard.sent.decode("utf-8", "replace")
    words = ["curl", "-X", heard.method, heard.url]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if body:
        words += ["--data-raw", body if len(body) <= _LONGEST_BODY else f"{body[:_LONGEST_BODY]}…"]
    whose = {"own": "", "none": " without a key"}.get(heard.key, f" with a key that is {heard.key}")
    return f"{shlex.join(words)}{whose}"


def _case(text: str, row: dict[str, Any], heard: Heard, *, is_made: bool) -> AnyCase:
    """The case as it was generated, with what was sent of its body."""
    from schemathesis.core import NOT_SET
    from schemathesis.generation.meta import CaseMetadata

    operation: Any = loaded(text).find_operation_by_label(row["operation"])
    assert operation is not None, row["operation"]
    case: AnyCase = operation.Case(
        method=heard.method, path_parameters=row.get("path_parameters"), headers=row.get("headers"),
        body=_body(heard) if heard.sent else NOT_SET, media_type=row.get("media_type"),
        _meta=CaseMetadata.from_dict(row["meta"]) if is_made else None,
    )  # fmt: skip
    return case


def _body(heard: Heard) -> Any:
    try:
        return json.loads(heard.sent)
    except ValueError:
        return heard.sent


def _response(heard: Heard) -> Response:
    import requests
    from schemathesis import Response

    headers = {"Authorization": "unknown"} if heard.key not in ("own", "other", "none") else {}
    request = requests.Request(heard.method, heard.url, headers=headers, data=heard.sent or None).prepare()
    answered = {name: [value] for name, value in heard.headers.items()}
    return Response(heard.status, answered, heard.body, request, heard.until - heard.at, verify=False)
