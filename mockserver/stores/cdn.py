"""A plain web host in front of the results: URLs are unsigned, refusals come from behaviour.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from . import Refusal

_PLAIN = "text/plain; charset=utf-8"


def refusal(answer: Mapping[str, object]) -> Refusal:
    """One value of a provider's `media.expired` (status, body, optional content_type) as an answer."""
    return Refusal(int(str(answer["status"])), str(answer.get("content_type") or _PLAIN), str(answer["body"]).encode())


def denied(path: str) -> Refusal:
    """The answer to somebody who may not read what lies under a path."""
    return Refusal(403, _PLAIN, b"Forbidden\n")


def missing() -> Refusal:
    """The answer for a path under which nothing lies."""
    return Refusal(404, _PLAIN, b"Not Found\n")
